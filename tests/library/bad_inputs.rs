//! Imports every kind of bad input in one batch with good ones. Each bad input
//! is refused for its own reason, the rest is imported, and nothing unfinished
//! is left behind.

use crate::nobody::passed_as_nobody;
use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use vitrine_core::model::{Outcome, PageRequest, RejectionReason, Settings};
use vitrine_tests::fixture::{LibraryFixture, generated, import};
use vitrine_tests::folders::files_under;
use vitrine_tests::pictures::{a_gif, a_jpeg, a_png, a_webp, bomb_png};

const ME: &str = "bad_inputs::each_bad_input_is_refused_with_its_reason_and_the_rest_is_imported";

fn write_bad_inputs(inbox: &Path) -> BTreeMap<&'static str, RejectionReason> {
    let whole = a_png(200, 200).noise().bytes();
    let write = |name: &str, bytes: &[u8]| std::fs::write(inbox.join(name), bytes).unwrap();
    write("notes.txt", b"a prompt, not a picture");
    write("lies.png", b"this only says that it is a PNG");
    write("empty.png", b"");
    write("truncated.png", &whole[..whole.len() / 2]);
    write("large.png", &a_png(700, 700).noise().bytes());
    write("bomb.png", &bomb_png(60_000, 60_000));
    write("drawing.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>");
    write("secret.png", &whole);
    std::fs::set_permissions(inbox.join("secret.png"), std::fs::Permissions::from_mode(0o000)).unwrap();
    std::fs::create_dir(inbox.join("folder.png")).unwrap();
    symlink(inbox.join("moved-away.png"), inbox.join("link.png")).unwrap();
    BTreeMap::from([
        ("notes.txt", RejectionReason::NotAnImage),
        ("lies.png", RejectionReason::NotAnImage),
        ("empty.png", RejectionReason::Empty),
        ("truncated.png", RejectionReason::Truncated),
        ("large.png", RejectionReason::TooLarge),
        ("bomb.png", RejectionReason::TooManyPixels),
        ("drawing.svg", RejectionReason::Svg),
        ("secret.png", RejectionReason::Unreadable),
        ("folder.png", RejectionReason::Directory),
        ("link.png", RejectionReason::Missing),
        ("gone.png", RejectionReason::Missing),
    ])
}

/// Returns names with the media types of their contents.
fn write_good_inputs(inbox: &Path) -> BTreeMap<&'static str, &'static str> {
    a_png(64, 48).write_to(inbox, "plain.png");
    a_jpeg(64, 48).write_to(inbox, "says it is.png");
    a_webp(64, 48).write_to(inbox, "🦊 fox.webp");
    a_gif(64, 48).write_to(inbox, "two\nlines.gif");
    BTreeMap::from([
        ("plain.png", "image/png"),
        ("says it is.png", "image/jpeg"),
        ("🦊 fox.webp", "image/webp"),
        ("two\nlines.gif", "image/gif"),
    ])
}

#[tokio::test(flavor = "multi_thread")]
async fn each_bad_input_is_refused_with_its_reason_and_the_rest_is_imported() {
    if passed_as_nobody(ME) {
        return;
    }
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    library.save_settings(Settings { max_upload_mb: 1, ..Settings::default() }).await.unwrap();
    let bad = write_bad_inputs(&fixture.inbox());
    let good = write_good_inputs(&fixture.inbox());
    let paths = bad.keys().chain(good.keys()).map(|name| fixture.inbox().join(name)).collect();

    let summary = import(&library, paths, generated()).await;

    let refused: BTreeMap<_, _> = summary
        .files
        .iter()
        .filter(|file| file.outcome == Outcome::Rejected)
        .map(|file| (file.name.as_str(), file.code.unwrap()))
        .collect();
    assert_eq!(refused, bad);
    for file in summary.files.iter().filter(|file| file.outcome == Outcome::Rejected) {
        let reason = file.reason.as_deref().unwrap();
        assert!(reason.ends_with('.') && reason.contains(' ') && !reason.contains('/'), "{reason}");
        assert!(!reason.contains("os error"), "{reason}");
    }

    let rows = library.get_my_images(&PageRequest::first(100)).await.unwrap().page;
    let taken: BTreeMap<_, _> =
        rows.iter().map(|row| (row.filename.as_str(), row.content_type.as_str())).collect();
    assert_eq!(taken, good);
    for name in good.keys() {
        let bytes = std::fs::read(fixture.inbox().join(name)).unwrap();
        assert_eq!(fixture.original_on_disk(&bytes), Some(bytes), "{name:?}");
    }
    // There is neither an original of a refused file nor a temporary file.
    assert_eq!(files_under(&fixture.folder().join("originals")).len(), good.len());
    assert_eq!(fixture.thumbnails().len(), good.len());
    assert_eq!(library.transfers(100).await.unwrap().len(), good.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_imported_at_any_depth_without_counting_its_sidecars() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let folder = fixture.inbox().join("2025 exports");
    std::fs::create_dir_all(folder.join("deeper")).unwrap();
    a_png(32, 32).seed(1).write_to(&folder, "a.png");
    a_png(32, 32).seed(2).write_to(&folder.join("deeper"), "b.png");
    std::fs::write(folder.join("a.txt"), "the prompt of a").unwrap();
    std::fs::write(folder.join("broken.png"), "not a picture").unwrap();

    let summary = import(&library, vec![folder], generated()).await;
    assert_eq!((summary.imported, summary.rejected), (2, 1), "{summary:?}");
}
