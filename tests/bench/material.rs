//! The pictures that everything is measured with, and where they are. They are made once and stored
//! in `target/bench`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use vitrine_tests::pictures::{Picture, a_jpeg, a_png, a_webp};
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

/// A kind of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What generators write by default.
    Png,
    Jpeg,
    WebP,
    Png2048,
    Png4096,
    /// Of about 100 kB each.
    Small,
}

impl Kind {
    /// Returns the name of the folder, the number of pictures, how a file ends, and one such picture.
    fn what(self) -> (&'static str, u64, &'static str, Picture) {
        match self {
            Self::Png => ("pictures-1024", PICTURES, "png", a_png(SIDE, SIDE)),
            Self::Jpeg => ("pictures-jpeg", PICTURES, "jpg", a_jpeg(SIDE, SIDE)),
            Self::WebP => ("pictures-webp", PICTURES, "webp", a_webp(SIDE, SIDE)),
            Self::Png2048 => ("pictures-2048", PICTURES / 4, "png", a_png(SIDE * 2, SIDE * 2)),
            Self::Png4096 => ("pictures-4096", PICTURES / 16, "png", a_png(SIDE * 4, SIDE * 4)),
            Self::Small => ("pictures-small", PICTURES * 10, "png", a_png(SIDE / 4, SIDE / 4)),
        }
    }

    /// Returns the folder of the pictures, and the pictures in it.
    pub(crate) fn pictures(self) -> (PathBuf, Vec<PathBuf>) {
        let (name, count, extension, picture) = self.what();
        let folder = cache().join(name);
        let file = |number: u64| format!("picture-{number:04}.{extension}");
        let paths: Vec<PathBuf> = (0..count).map(|number| folder.join(file(number))).collect();
        if folder.is_dir() {
            return (folder, paths);
        }
        let unfinished = scratch("pictures-");
        let next = AtomicU64::new(0);
        let paint = || {
            while let Some(number) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|n| *n < count) {
                let picture = picture.clone().seed(number + 1).generated_like();
                picture.write_to(unfinished.path(), &file(number));
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
}

/// Returns the usual pictures, and their folder.
pub(crate) fn pictures() -> (PathBuf, Vec<PathBuf>) {
    Kind::Png.pictures()
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
