//! Runs tests of missing permissions even if the user is root.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The id of the user `nobody`, who is subject to permissions.
const NOBODY: u32 = 65_534;

/// Runs a test again as `nobody` if this process is root, because root can read
/// everything. Returns whether it did.
///
/// # Panics
/// Panics if the test fails there.
pub(crate) fn passed_as_nobody(test: &str) -> bool {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return false;
    }
    let run = Command::new("/proc/self/exe")
        .args(["--exact", test, "--nocapture"])
        .current_dir("/")
        .uid(NOBODY)
        .gid(NOBODY)
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
    true
}
