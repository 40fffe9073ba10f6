//! Folders that cannot be opened, and catalogs that must not be opened.

use vitrine_core::model::ErrorCode;
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture, until};
use vitrine_tests::pictures::a_png;

/// The position of `user_version` in SQLite's file format: four bytes,
/// big-endian.
const USER_VERSION: std::ops::Range<usize> = 60..64;

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_of_a_newer_vitrine_is_refused_and_left_untouched() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_picture(&library, &a_png(16, 16), generated()).await;
    drop(library);
    let catalog = fixture.folder().join("catalog.db");
    until("the catalog is closed", async || !fixture.folder().join("catalog.db-wal").exists()).await;
    let mut bytes = std::fs::read(&catalog).unwrap();
    bytes[USER_VERSION].copy_from_slice(&9_999_u32.to_be_bytes());
    std::fs::write(&catalog, &bytes).unwrap();

    let refused = fixture.try_open_as(None).await.err().unwrap();

    assert_eq!(refused.code(), ErrorCode::CatalogTooNew);
    assert!(std::fs::read(&catalog).unwrap() == bytes, "the newer catalog was written to");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_a_catalog_is_refused_and_left_untouched() {
    let fixture = LibraryFixture::new();
    std::fs::create_dir(fixture.folder()).unwrap();
    let catalog = fixture.folder().join("catalog.db");
    let text = b"this is a letter, not a database, and long enough to be taken for one".repeat(20);
    std::fs::write(&catalog, &text).unwrap();
    let refused = fixture.try_open_as(None).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::CatalogDamaged, "{refused:?}");
    assert_eq!(std::fs::read(&catalog).unwrap(), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_refused_with_the_reason() {
    let mut fixture = LibraryFixture::new();
    // Nobody can write here, not even root.
    fixture.put_library_in(std::path::Path::new("/proc"));
    let refused = fixture.try_open_as(None).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::LibraryUnusable);
    let message = refused.to_failure().message;
    assert!(message.starts_with("The library folder cannot be used"), "{message}");

    let file = fixture.inbox().join("a-file");
    std::fs::write(&file, b"").unwrap();
    fixture.put_library_in(&file);
    assert_eq!(fixture.try_open_as(None).await.err().unwrap().code(), ErrorCode::LibraryUnusable);
}
