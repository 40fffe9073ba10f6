//! Uploading pictures from a library to an S3 server on this machine, compared with `rclone copy` of the same
//! files with as many transfers: large and small pictures, and a server that is far away. Every run uses new
//! keys.

use crate::far::far_away;
use crate::material::{Kind, megabytes, run, scratch, settle, text};
use crate::report::{Goal, Measured, median};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use vitrine_tests::process::{Cli, tool};
use vitrine_tests::s3::{BUCKET, S3Server};

const RUNS: usize = 3;
const ROUND_TRIP: Duration = Duration::from_millis(50);

/// What is uploaded, and to where.
struct Case {
    name: &'static str,
    kind: Kind,
    is_far: bool,
}

const CASES: [Case; 4] = [
    Case { name: "upload of 1.5 MB files", kind: Kind::Png, is_far: false },
    Case { name: "upload of 1.5 MB files, 50 ms away", kind: Kind::Png, is_far: true },
    Case { name: "upload of 100 kB files", kind: Kind::Small, is_far: false },
    Case { name: "upload of 100 kB files, 50 ms away", kind: Kind::Small, is_far: true },
];

pub(crate) async fn measure() -> Vec<Measured> {
    let server = S3Server::start();
    let far = far_away(server.port(), ROUND_TRIP).await;
    let mut measured = Vec::new();
    for Case { name, kind, is_far } in CASES {
        let (folder, paths) = kind.pictures();
        let size = megabytes(&paths);
        let to = Target { server: &server, port: if is_far { far } else { server.port() } };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for number in 0..RUNS {
            // Each program goes first in turn.
            if number % 2 == 0 {
                ours.push(size / to.vitrine(&folder, paths.len()).await);
                theirs.push(size / to.rclone(&folder, &format!("{is_far}-{number}")));
            } else {
                theirs.push(size / to.rclone(&folder, &format!("{is_far}-{number}")));
                ours.push(size / to.vitrine(&folder, paths.len()).await);
            }
        }
        measured.push(Measured {
            name,
            unit: "MB/s, beside rclone",
            ours: median(&ours),
            anchor: Some(median(&theirs)),
            limit: None,
            goal: Goal::AtLeastTimes(1.0),
        });
    }
    measured
}

/// A way to the server.
struct Target<'a> {
    server: &'a S3Server,
    port: u16,
}

impl Target<'_> {
    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the seconds that the upload took.
    async fn vitrine(&self, folder: &Path, count: usize) -> f64 {
        let library = scratch("upload-");
        let env = self.server.env().into_iter().map(|(name, value)| match name {
            "R2_ENDPOINT" => (name, self.endpoint()),
            _ => (name, value),
        });
        let cli = Cli::on(library.path()).with_env(env);
        let _ = cli.run(["import", "--json", text(folder)]).await.exits_with(0);
        settle();
        let started = Instant::now();
        let pushed = cli.run(["push", "--json"]).await;
        let took = started.elapsed().as_secs_f64();
        assert_eq!(pushed.exits_with(0).json()["stored"], count, "every picture is stored");
        took
    }

    /// Returns the seconds that the copy took.
    fn rclone(&self, folder: &Path, to: &str) -> f64 {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let mut command = Command::new(tool("rclone"));
        command.args(["copy", "--transfers", "4", text(folder), &format!(":s3:{BUCKET}/rclone-{name}-{to}")]);
        command.envs([
            ("RCLONE_CONFIG", "/dev/null"),
            ("RCLONE_S3_PROVIDER", "Other"),
            ("RCLONE_S3_ENDPOINT", &self.endpoint()),
            ("RCLONE_S3_ACCESS_KEY_ID", &self.server.keys.access_key_id),
            ("RCLONE_S3_SECRET_ACCESS_KEY", &self.server.keys.secret_access_key),
            ("RCLONE_S3_NO_CHECK_BUCKET", "true"),
        ]);
        settle();
        let started = Instant::now();
        run(&mut command);
        started.elapsed().as_secs_f64()
    }
}
