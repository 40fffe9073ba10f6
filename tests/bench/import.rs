//! The whole import of a folder of pictures: reading, hashing, decoding, making a thumbnail, and saving the
//! original and the row on disk. It is compared with `vipsthumbnail`, which only makes the thumbnails, with
//! one process per processor.

use crate::material::{PICTURES, cores, pictures, run, scratch, settle, text};
use crate::report::{Goal, Measured, median};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use vitrine_tests::process::{Cli, tool};

const RUNS: usize = 3;
/// The number of files per `vipsthumbnail` process: enough that its start does not matter, and few enough
/// that no process is idle for long.
const FILES_EACH: &str = "20";

pub(crate) async fn measure() -> Vec<Measured> {
    let (folder, paths) = pictures();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        settle();
        theirs.push(vips(&paths));
        settle();
        ours.push(vitrine(&folder).await);
    }
    vec![Measured {
        name: "import",
        unit: "images/s, beside vipsthumbnail",
        ours: median(&ours),
        theirs: Some(median(&theirs)),
        goal: Goal::AtLeastTimes(2.5),
    }]
}

async fn vitrine(folder: &Path) -> f64 {
    let library = scratch("import-");
    let started = Instant::now();
    let ran = Cli::on(library.path()).run(["import", "--json", text(folder)]).await;
    let took = started.elapsed().as_secs_f64();
    let lines = ran.exits_with(0).json_lines();
    let imported = lines.iter().filter(|line| line["outcome"] == "imported").count();
    assert_eq!(imported as u64, PICTURES, "every picture is imported");
    per_second(took)
}

fn vips(paths: &[PathBuf]) -> f64 {
    let out = scratch("vips-");
    let mut command = Command::new(tool("xargs"));
    command.args(["-a", text(&list(out.path(), paths)), "-d", "\\n", "-n", FILES_EACH]);
    command.args(["-P", &cores().to_string()]).arg(tool("vipsthumbnail"));
    // The same size and quality as ours.
    command.args(["--size", "512", "-o", &format!("{}/%s.jpg[Q=82]", text(out.path()))]);
    let started = Instant::now();
    run(&mut command);
    let took = started.elapsed().as_secs_f64();
    let made = paths.iter().filter_map(|path| path.file_stem()).filter(|stem| {
        let mut name = stem.to_os_string();
        name.push(".jpg");
        out.path().join(name).is_file()
    });
    assert_eq!(made.count() as u64, PICTURES, "vipsthumbnail made every thumbnail");
    per_second(took)
}

fn list(folder: &Path, paths: &[PathBuf]) -> PathBuf {
    let lines: Vec<&str> = paths.iter().map(|path| text(path)).collect();
    let list = folder.join("files.txt");
    vitrine_tests::process::must(std::fs::write(&list, lines.join("\n") + "\n"), "listing the pictures");
    list
}

fn per_second(seconds: f64) -> f64 {
    f64::from(u32::try_from(PICTURES).unwrap_or(u32::MAX)) / seconds
}
