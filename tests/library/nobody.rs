//! Tests of what permissions forbid, where the user is root.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The user `nobody`, whom permissions stop.
const NOBODY: u32 = 65_534;

/// Plays a test again as `nobody` if this process is root, to whom nothing is
/// unreadable. Says whether it did.
///
/// # Panics
/// When the test fails there.
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
