//! A separate file system for a test, either small enough to fill or read-only.
//! The test binary runs one of its tests again in a mount namespace.

use crate::process::must;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The variable that tells the test inside its mount point.
const DISK: &str = "VITRINE_TEST_SMALL_DISK";
/// Most systems allow new namespaces without privileges. Otherwise root creates
/// one.
const SCRIPT: &str = r#"
inner='mount -t tmpfs -o size="$3",mode=1777 tmpfs "$0" && exec "$1" --exact "$2" --nocapture'
if unshare -Urm true 2>/dev/null; then exec unshare -Urm sh -euc "$inner" "$@"; fi
exec sudo -n --preserve-env unshare -m sh -euc "$inner" "$@"
"#;

/// Runs a test of this binary, given by its full name, on a disk of this size.
///
/// # Panics
/// Panics if the test fails there.
pub fn run_inside(test: &str, size: &str) {
    let disk = must(tempfile::tempdir(), "making a mount point");
    let mut run = Command::new("sh");
    run.args(["-euc", SCRIPT, "sh"]).arg(disk.path());
    run.arg(must(std::env::current_exe(), "asking for the path of this program")).args([test, size]);
    let run = must(run.env(DISK, disk.path()).output(), "running sh");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

/// Returns the disk for a test that [`run_inside`] runs. Returns `None`
/// elsewhere, where the test does nothing.
pub fn disk() -> Option<PathBuf> {
    std::env::var_os(DISK).map(PathBuf::from)
}

/// Fills a disk to its last byte, and returns the file that takes the space.
///
/// # Panics
/// Panics if not even a file can be created.
pub fn fill(disk: &Path) -> PathBuf {
    let filler = disk.join("filler");
    let mut file = must(std::fs::OpenOptions::new().append(true).create(true).open(&filler), "filling");
    for size in [65_536, 4096, 1] {
        while file.write(&vec![0; size]).is_ok_and(|written| written > 0) {}
    }
    filler
}

/// Mounts a disk again with other options.
///
/// # Panics
/// Panics if the system refuses.
pub fn remount(disk: &Path, options: &str) {
    let remount =
        must(Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(disk).status(), "mount");
    assert!(remount.success(), "remounting with {options}");
}

/// Says whether this program has files of a folder open. A remaining log is not
/// a sign of that, because a library that is closed without free space leaves
/// its log.
pub fn has_open_files(folder: &Path) -> bool {
    let handles = must(std::fs::read_dir("/proc/self/fd"), "listing open files");
    handles
        .flatten()
        .any(|handle| std::fs::read_link(handle.path()).is_ok_and(|path| path.starts_with(folder)))
}
