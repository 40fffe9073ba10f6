//! What an import cannot read or accept is reported, and its progress is known early.

use crate::nobody::passed_as_nobody;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use vitrine_core::library::{ImportChoices, ImportSummary};
use vitrine_core::model::{ErrorCode, ImportProgress, Outcome, RejectionReason, Source};
use vitrine_tests::fixture::{LibraryFixture, generated, import};
use vitrine_tests::pictures::a_png;

const ME: &str = "passing_over::folders_and_files_that_cannot_be_read_are_refused_by_name";

fn forbid(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

fn refused(summary: &ImportSummary) -> Vec<(&str, RejectionReason)> {
    let files = summary.files.iter().filter(|file| file.outcome == Outcome::Rejected);
    files.map(|file| (file.name.as_str(), file.code.unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_and_files_that_cannot_be_read_are_refused_by_name() {
    if passed_as_nobody(ME) {
        return;
    }
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let inbox = fixture.inbox();
    for folder in ["closed", "blind"] {
        std::fs::create_dir(inbox.join(folder)).unwrap();
        a_png(16, 16).seed(9).write_to(&inbox.join(folder), "inside.png");
    }
    a_png(16, 16).write_to(&inbox, "good.png");
    for name in ["secret.avif", "secret without a name", "secret.png", "secret.txt"] {
        std::fs::write(inbox.join(name), b"x").unwrap();
        forbid(&inbox.join(name), 0o000);
    }
    forbid(&inbox.join("closed"), 0o000);
    // The names in this folder can be listed, but nothing else.
    forbid(&inbox.join("blind"), 0o444);

    let summary = import(&library, vec![inbox.clone()], generated()).await;
    let unreadable = RejectionReason::Unreadable;
    let expected = [
        ("inside.png", unreadable),
        ("closed", unreadable),
        ("secret.avif", unreadable),
        ("secret.png", unreadable),
        ("secret.txt", unreadable),
        ("secret without a name", unreadable),
    ];
    assert_eq!(refused(&summary), expected);
    assert_eq!((summary.imported, summary.passed_over.others), (1, 0));
    let closed = summary.files.iter().find(|file| file.name == "closed").unwrap();
    assert!(closed.reason.as_deref().unwrap().contains("this folder"), "{closed:?}");

    // The same happens when the folder itself is named.
    let summary = import(&library, vec![inbox.join("closed")], generated()).await;
    assert_eq!(refused(&summary), [("closed", unreadable)]);
    forbid(&inbox.join("closed"), 0o700);
    forbid(&inbox.join("blind"), 0o700);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_files_are_named_however_many_were_imported_before() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    // Copies of one picture are the cheapest files.
    let picture = a_png(2, 2).bytes();
    for number in 0..5_010 {
        std::fs::write(fixture.inbox().join(format!("{number}.png")), &picture).unwrap();
    }
    std::fs::write(fixture.inbox().join("zzz.png"), b"no picture").unwrap();
    let summary = import(&library, vec![fixture.inbox()], generated()).await;
    assert_eq!((summary.imported, summary.duplicates, summary.rejected), (1, 5_009, 1));
    assert_eq!(refused(&summary), [("zzz.png", RejectionReason::NotAnImage)]);
    assert_eq!(summary.files.len(), 5_001);
}

async fn progress_of(
    library: &vitrine_core::Library,
    fixture: &LibraryFixture,
) -> (ImportSummary, Vec<ImportProgress>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let progress = Arc::clone(&told);
    let summary = library
        .import(
            vec![Source::Path(fixture.inbox())],
            generated(),
            ImportChoices::default(),
            CancellationToken::new(),
            |_| (),
            move |now| progress.lock().unwrap().push(now),
        )
        .await
        .unwrap();
    let told = std::mem::take(&mut *told.lock().unwrap());
    (summary, told)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_number_of_files_is_known_long_before_the_import_ends() {
    let fixture = LibraryFixture::new();
    fixture.set("VITRINE_IMPORT_WORKERS", "1");
    let library = fixture.open().await;
    for seed in 0..120 {
        let folder = fixture.inbox().join(format!("{}", seed % 4));
        std::fs::create_dir_all(&folder).unwrap();
        a_png(160, 160).noise().seed(seed).write_to(&folder, &format!("{seed}.png"));
        std::fs::write(folder.join(format!("{seed}.txt")), "a prompt").unwrap();
    }
    let (summary, told) = progress_of(&library, &fixture).await;
    assert_eq!((summary.imported, summary.done, summary.total), (120, 120, Some(120)));
    assert!(told.iter().all(|now| now.done <= now.total && now.total <= 120), "{told:?}");
    assert!(told.windows(2).all(|two| two[0].done <= two[1].done), "{told:?}");
    let known = told.iter().find(|now| !now.counting).unwrap();
    assert!(known.total == 120 && known.done < 60, "{known:?}");
    let last = told.last().unwrap();
    assert_eq!((last.done, last.total, last.running, last.seconds_left), (120, 120, false, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_count_has_no_gap_for_files_that_are_not_what_they_seemed() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    a_png(16, 16).write_to(&fixture.inbox(), "a.png");
    std::fs::write(fixture.inbox().join("nameless"), b"no picture").unwrap();
    a_png(16, 16).seed(2).write_to(&fixture.inbox(), "a picture that is called.txt");
    let (summary, told) = progress_of(&library, &fixture).await;
    assert_eq!((summary.imported, summary.rejected, summary.passed_over.others), (2, 0, 1));
    let last = told.last().unwrap();
    assert_eq!((last.done, last.total), (3, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_cannot_be_watched() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let other = LibraryFixture::new();
    drop(other.open().await);
    for folder in [fixture.folder(), fixture.folder().join("originals"), other.folder().join("thumbnails")] {
        let refused = library.watch_folder(folder, Vec::new()).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidInput);
    }
}
