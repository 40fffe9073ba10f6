//! A disk that fills up: a file system of two megabytes, in a mount namespace
//! in which this binary runs the test `inside_the_small_disk` again.

use crate::world::{World, files_under, generated, import};
use std::path::Path;
use std::process::Command;
use vitrine_core::import::{Outcome, RejectionReason};
use vitrine_core::model::{ErrorCode, PageRequest, UnixMs};
use vitrine_tests::pictures::a_png;

/// Names the mount point for `inside_the_small_disk`.
const DISK: &str = "VITRINE_TEST_SMALL_DISK";
const ME: &str = "full_disk::inside_the_small_disk";
/// Namespaces of one's own need no rights on most systems; else root makes one.
const SCRIPT: &str = r#"
inner='mount -t tmpfs -o size=2m,mode=1777 tmpfs "$0" && exec "$1" --exact "$2" --nocapture'
if unshare -Urm true 2>/dev/null; then exec unshare -Urm sh -euc "$inner" "$@"; fi
exec sudo -n --preserve-env unshare -m sh -euc "$inner" "$@"
"#;

#[test]
fn a_disk_that_fills_up_refuses_the_rest_and_keeps_what_was_acknowledged() {
    let disk = tempfile::tempdir().unwrap();
    let run = Command::new("sh")
        .args(["-euc", SCRIPT, "sh"])
        .arg(disk.path())
        .arg(std::env::current_exe().unwrap())
        .arg(ME)
        .env(DISK, disk.path())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    assert!(run.status.success() && said.contains("1 passed"), "{said}");
}

/// The part played on the small disk; elsewhere it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn inside_the_small_disk() {
    let Some(disk) = std::env::var_os(DISK) else { return };
    let disk = Path::new(&disk);
    let mut world = World::new();
    world.put_library_in(disk);
    let library = world.open().await;
    // 12 of about 350 kB each, where there is room for a few.
    let paths = (1..=12)
        .map(|seed| a_png(340, 340).noise().seed(seed).write_to(&world.inbox(), &format!("{seed}.png")))
        .collect();

    let summary = import(&library, paths, generated()).await;

    assert!(summary.imported > 0 && summary.rejected > 0, "{summary:?}");
    assert_eq!(summary.imported + summary.rejected, 12);
    for file in summary.files.iter().filter(|file| file.outcome == Outcome::Rejected) {
        assert_eq!(file.code, Some(RejectionReason::DiskFull), "{file:?}");
        assert!(file.reason.as_deref().unwrap().contains("full"), "{file:?}");
    }
    let rows = library.get_my_images(&PageRequest::first(100)).await.unwrap().page;
    assert_eq!(rows.len(), summary.imported as usize);
    for row in &rows {
        let bytes = std::fs::read(world.inbox().join(&row.filename)).unwrap();
        assert_eq!(world.original_on_disk(&bytes), Some(bytes));
    }
    assert!(files_under(&world.folder().join("originals/.incoming")).is_empty());

    // Not a byte is left: no backup, and nothing of one.
    let filler = disk.join("filler");
    let mut all = std::fs::File::create(&filler).unwrap();
    while std::io::Write::write(&mut all, &[0; 4096]).is_ok_and(|written| written > 0) {}
    let full = library.back_up_if_due(UnixMs::now()).await.unwrap_err();
    assert_eq!(full.code(), ErrorCode::DiskFull, "{full:?}");
    assert!(files_under(&world.folder().join("backups")).is_empty());
    std::fs::remove_file(&filler).unwrap();

    // With room again, the same import brings the rest and nothing twice.
    let remount = Command::new("mount").args(["-o", "remount,size=32m"]).arg(disk).status().unwrap();
    assert!(remount.success());
    let again = import(&library, vec![world.inbox()], generated()).await;
    assert_eq!((again.imported, again.duplicates), (summary.rejected, summary.imported), "{again:?}");
    assert!(library.back_up_if_due(UnixMs::now()).await.unwrap());
}
