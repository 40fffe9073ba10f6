//! The whole import of a folder of pictures: reading, hashing, decoding, making a thumbnail, and saving the
//! original and the row on disk. It is compared with `vipsthumbnail`, which only makes the thumbnails, with
//! one process per processor. The limit is decoding and making the thumbnails in memory, with one thread per
//! processor.

use crate::material::{Kind, cores, run, scratch, settle, text};
use crate::report::{Goal, Measured, median};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio_util::sync::CancellationToken;
use vitrine_core::import::{Memory, ReadLimits, SourceImage, decode, read};
use vitrine_core::model::ThumbnailSize;
use vitrine_tests::process::{Cli, must, tool};

const RUNS: usize = 3;
/// The number of files per `vipsthumbnail` process: enough that its start does not matter, and few enough
/// that no process is idle for long.
const FILES_EACH: &str = "20";

const KINDS: [(&str, Kind, Goal); 5] = [
    ("import of PNGs, 1024 px", Kind::Png, Goal::AtLeastTimes(2.5)),
    ("import of JPEGs, 1024 px", Kind::Jpeg, Goal::AtLeastTimes(1.0)),
    ("import of WebPs, 1024 px", Kind::WebP, Goal::AtLeastTimes(1.0)),
    ("import of PNGs, 2048 px", Kind::Png2048, Goal::AtLeastTimes(1.0)),
    ("import of PNGs, 4096 px", Kind::Png4096, Goal::AtLeastTimes(1.0)),
];

pub(crate) async fn measure() -> Vec<Measured> {
    let mut measured = Vec::new();
    for (name, kind, goal) in KINDS {
        let (folder, paths) = kind.pictures();
        let count = paths.len();
        let (mut ours, mut theirs, mut limits) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..RUNS {
            settle();
            theirs.push(per_second(count, vips(&paths)));
            settle();
            ours.push(per_second(count, vitrine(&folder, count).await));
            limits.push(per_second(count, bare(&paths)));
        }
        measured.push(Measured {
            name,
            unit: "images/s, beside vipsthumbnail",
            ours: median(&ours),
            anchor: Some(median(&theirs)),
            limit: Some(median(&limits)),
            goal,
        });
    }
    measured
}

/// Returns the seconds that importing a folder takes.
async fn vitrine(folder: &Path, count: usize) -> f64 {
    let library = scratch("import-");
    let started = Instant::now();
    let ran = Cli::on(library.path()).run(["import", "--json", text(folder)]).await;
    let took = started.elapsed().as_secs_f64();
    let lines = ran.exits_with(0).json_lines();
    let imported = lines.iter().filter(|line| line["outcome"] == "imported").count();
    assert_eq!(imported, count, "every picture is imported");
    took
}

/// Returns the seconds that `vipsthumbnail` takes.
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
    assert_eq!(made.count(), paths.len(), "vipsthumbnail made every thumbnail");
    took
}

/// Returns the seconds that decoding and making the thumbnails take, when all files are in memory.
fn bare(paths: &[PathBuf]) -> f64 {
    let (limits, memory, cancel) = (ReadLimits::default(), Memory::default(), CancellationToken::new());
    let sources: Vec<SourceImage> =
        paths.iter().map(|path| must(read(path, &limits), "reading a picture")).collect();
    let next = AtomicUsize::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..cores() {
            let _ = scope.spawn(|| {
                while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let made = decode(source, &limits, ThumbnailSize::Medium, &memory, &cancel);
                    assert!(!must(made, "decoding a picture").thumbnail.is_empty(), "a thumbnail is made");
                }
            });
        }
    });
    started.elapsed().as_secs_f64()
}

fn list(folder: &Path, paths: &[PathBuf]) -> PathBuf {
    let lines: Vec<&str> = paths.iter().map(|path| text(path)).collect();
    let list = folder.join("files.txt");
    must(std::fs::write(&list, lines.join("\n") + "\n"), "listing the pictures");
    list
}

fn per_second(count: usize, seconds: f64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds
}
