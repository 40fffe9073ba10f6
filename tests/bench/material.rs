//! The pictures that everything is measured with, and where they are. They are made once and stored
//! in `target/bench`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{must, target_dir, tool};

/// The number of pictures.
pub(crate) const PICTURES: u64 = 200;
/// Width and height of each picture in pixels, like those that generators make.
const SIDE: u32 = 1024;

/// Returns the folder for everything that is made for the benchmark.
pub(crate) fn cache() -> PathBuf {
    let cache = target_dir().join("bench");
    must(std::fs::create_dir_all(&cache), "making target/bench");
    cache
}

/// Returns a folder on the same disk as everything else that is measured. It is deleted when the
/// value is dropped.
pub(crate) fn scratch(prefix: &str) -> TempDir {
    must(TempDir::with_prefix_in(prefix, cache()), "making a folder in target/bench")
}

/// Returns the folder of the pictures, and the pictures in it.
pub(crate) fn pictures() -> (PathBuf, Vec<PathBuf>) {
    let folder = cache().join("pictures");
    let paths: Vec<PathBuf> =
        (0..PICTURES).map(|number| folder.join(format!("picture-{number:03}.png"))).collect();
    if folder.is_dir() {
        return (folder, paths);
    }
    let unfinished = scratch("pictures-");
    let next = AtomicU64::new(0);
    let paint = || {
        while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < PICTURES) {
            let picture = a_png(SIDE, SIDE).seed(number + 1).generated_like();
            picture.write_to(unfinished.path(), &format!("picture-{number:03}.png"));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..cores() {
            scope.spawn(paint);
        }
    });
    must(std::fs::rename(unfinished.path(), &folder), "keeping the pictures");
    (folder, paths)
}

/// Returns the total size of files, in millions of bytes.
pub(crate) fn megabytes(paths: &[PathBuf]) -> f64 {
    let size = |path: &PathBuf| must(std::fs::metadata(path), "reading a picture's size").len();
    let bytes: u64 = paths.iter().map(size).sum();
    f64::from(u32::try_from(bytes / 1000).unwrap_or(u32::MAX)) / 1000.0
}

/// Returns the number of processors of the machine.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Runs another program to its end.
///
/// # Panics
/// Panics if it fails.
pub(crate) fn run(command: &mut Command) {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = must(command.stdout(Stdio::null()).output(), &format!("running {name}"));
    assert!(output.status.success(), "{name} failed: {}", String::from_utf8_lossy(&output.stderr));
}

/// Waits until the disk has everything that was written, so that no program pays for the one before
/// it.
pub(crate) fn settle() {
    run(&mut Command::new(tool("sync")));
}

/// Returns the path as text.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_else(|| panic!("{} is not UTF-8", path.display()))
}
