//! A disk that fills up: a file system of two megabytes, in a mount namespace
//! in which this binary runs the test `inside_the_small_disk` again.

use crate::world::{World, files_under, generated, import, push};
use std::path::Path;
use std::process::Command;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::catalog::Removal;
use vitrine_core::import::{Outcome, RejectionReason};
use vitrine_core::model::{ErrorCode, ImageId, PageRequest, UnixMs, Visibility};
use vitrine_tests::pictures::a_png;

/// Names the mount point for `inside_the_small_disk`.
const DISK: &str = "VITRINE_TEST_SMALL_DISK";
const ME: &str = "full_disk::inside_the_small_disk";
/// Namespaces of one's own need no rights on most systems; else root makes one.
const SCRIPT: &str = r#"
inner='mount -t tmpfs -o size=3m,mode=1777 tmpfs "$0" && exec "$1" --exact "$2" --nocapture'
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

/// Changes an image until the log of the catalog finds no room, and looks that
/// a refused change left nothing.
async fn changes_are_refused_whole(library: &Library, id: &ImageId) {
    let mut visibility = library.detail(id).await.unwrap().visibility.unwrap();
    for _ in 0..10_000 {
        let other = if visibility == Visibility::Public { Visibility::Unlisted } else { Visibility::Public };
        match library.set_visibility(vec![id.clone()], other).await {
            Ok(report) => {
                assert!(report.failed.is_empty(), "{report:?}");
                visibility = other;
            }
            Err(refused) => {
                assert_eq!(refused.code(), ErrorCode::DiskFull, "{refused:?}");
                assert_eq!(library.detail(id).await.unwrap().visibility, Some(visibility));
                let refused = library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap_err();
                assert_eq!(refused.code(), ErrorCode::DiskFull, "{refused:?}");
                assert_eq!(library.detail(id).await.unwrap().removed_at, None);
                return;
            }
        }
    }
    panic!("the full disk took everything");
}

/// The part played on the small disk; elsewhere it does nothing.
#[tokio::test(flavor = "multi_thread")]
async fn inside_the_small_disk() {
    let Some(disk) = std::env::var_os(DISK) else { return };
    let disk = Path::new(&disk);
    let mut world = World::with_bucket();
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
    let first = PageRequest::first(100);
    let rows = library.get_my_images(&first).await.unwrap().page;
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

    changes_are_refused_whole(&library, &rows[0].id).await;
    // What was sent and could not be written down is asked for again.
    let stopped = library.push(None, CancellationToken::new()).await;
    assert!(stopped.is_err_and(|error| error.code() == ErrorCode::DiskFull));
    assert!(library.get_my_images(&first).await.unwrap().page.iter().all(|image| !image.stored));
    std::fs::remove_file(&filler).unwrap();

    // With room again, the same import brings the rest and nothing twice.
    let remount = Command::new("mount").args(["-o", "remount,size=32m"]).arg(disk).status().unwrap();
    assert!(remount.success());
    assert_eq!(push(&library).await.stored, summary.imported);
    assert_eq!(world.keys_in_bucket().await.len(), rows.len());
    let again = import(&library, vec![world.inbox()], generated()).await;
    assert_eq!((again.imported, again.duplicates), (summary.rejected, summary.imported), "{again:?}");
    assert!(library.back_up_if_due(UnixMs::now()).await.unwrap());
}
