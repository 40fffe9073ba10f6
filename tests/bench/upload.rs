//! Uploading pictures from a library to an S3 server on this machine, compared with `rclone copy` of the same
//! files with as many transfers. Every run uses new keys.

use crate::material::{PICTURES, megabytes, pictures, run, scratch, settle, text};
use crate::report::{Goal, Measured, median};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use vitrine_tests::process::{Cli, tool};
use vitrine_tests::s3::{BUCKET, S3Server};

const RUNS: usize = 3;

pub(crate) async fn measure() -> Vec<Measured> {
    let (folder, paths) = pictures();
    let size = megabytes(&paths);
    let server = S3Server::start();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for number in 0..RUNS {
        // Each program goes first in turn.
        if number % 2 == 0 {
            ours.push(size / vitrine(&server, &folder).await);
            theirs.push(size / rclone(&server, &folder, number));
        } else {
            theirs.push(size / rclone(&server, &folder, number));
            ours.push(size / vitrine(&server, &folder).await);
        }
    }
    vec![Measured {
        name: "upload",
        unit: "MB/s, beside rclone",
        ours: median(&ours),
        theirs: Some(median(&theirs)),
        goal: Goal::AtLeastTimes(1.0),
    }]
}

/// Returns the seconds that the upload took.
async fn vitrine(server: &S3Server, folder: &Path) -> f64 {
    let library = scratch("upload-");
    let cli = Cli::on(library.path()).with_env(server.env());
    let _ = cli.run(["import", "--json", text(folder)]).await.exits_with(0);
    settle();
    let started = Instant::now();
    let pushed = cli.run(["push", "--json"]).await;
    let took = started.elapsed().as_secs_f64();
    assert_eq!(pushed.exits_with(0).json()["stored"], PICTURES, "every picture is stored");
    took
}

/// Returns the seconds that the copy took.
fn rclone(server: &S3Server, folder: &Path, number: usize) -> f64 {
    let mut command = Command::new(tool("rclone"));
    command.args(["copy", "--transfers", "4", text(folder), &format!(":s3:{BUCKET}/rclone-{number}")]);
    command.envs([
        ("RCLONE_CONFIG", "/dev/null"),
        ("RCLONE_S3_PROVIDER", "Other"),
        ("RCLONE_S3_ENDPOINT", &server.endpoint()),
        ("RCLONE_S3_ACCESS_KEY_ID", &server.keys.access_key_id),
        ("RCLONE_S3_SECRET_ACCESS_KEY", &server.keys.secret_access_key),
        ("RCLONE_S3_NO_CHECK_BUCKET", "true"),
    ]);
    settle();
    let started = Instant::now();
    run(&mut command);
    started.elapsed().as_secs_f64()
}
