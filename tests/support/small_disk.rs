//! A file system of its own for a test: small enough to fill, or read-only. The
//! test binary runs one of its tests again in a mount namespace.

use crate::process::must;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names the mount point for the test that runs inside.
const DISK: &str = "VITRINE_TEST_SMALL_DISK";
/// Namespaces of one's own need no rights on most systems; else root makes one.
const SCRIPT: &str = r#"
inner='mount -t tmpfs -o size="$3",mode=1777 tmpfs "$0" && exec "$1" --exact "$2" --nocapture'
if unshare -Urm true 2>/dev/null; then exec unshare -Urm sh -euc "$inner" "$@"; fi
exec sudo -n --preserve-env unshare -m sh -euc "$inner" "$@"
"#;

/// Runs a test of this binary, by its full name, on a disk of this size.
///
/// # Panics
/// When it fails there.
pub fn run_inside(test: &str, size: &str) {
    let disk = must(tempfile::tempdir(), "making a mount point");
    let mut run = Command::new("sh");
    run.args(["-euc", SCRIPT, "sh"]).arg(disk.path());
    run.arg(must(std::env::current_exe(), "asking for the path of this program")).args([test, size]);
    let run = must(run.env(DISK, disk.path()).output(), "running sh");
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

/// The disk, for a test that [`run_inside`] runs; elsewhere there is none, and
/// the test does nothing.
pub fn disk() -> Option<PathBuf> {
    std::env::var_os(DISK).map(PathBuf::from)
}

/// Fills a disk to its last byte, and returns the file that takes the room.
///
/// # Panics
/// When a file cannot even be made.
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
/// When the system refuses.
pub fn remount(disk: &Path, options: &str) {
    let remount =
        must(Command::new("mount").args(["-o", &format!("remount,{options}")]).arg(disk).status(), "mount");
    assert!(remount.success(), "remounting with {options}");
}

/// Says whether this program has files of a folder open. Without room a library
/// is closed and leaves its log, so that is no sign.
pub fn has_open_files(folder: &Path) -> bool {
    let handles = must(std::fs::read_dir("/proc/self/fd"), "listing open files");
    handles
        .flatten()
        .any(|handle| std::fs::read_link(handle.path()).is_ok_and(|path| path.starts_with(folder)))
}
