//! What other programs get of pictures: copies where the artist wants them, and pixels for the clipboard.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::SaveTo;
use vitrine_core::model::{ErrorCode, ImageId, PageRequest};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_picture, refusal};
use vitrine_tests::pictures::a_png;

async fn imported(fixture: &LibraryFixture, library: &Library, name: &str, seed: u64) -> (ImageId, Vec<u8>) {
    let path = a_png(24, 16).noise().seed(seed).write_to(&fixture.inbox(), name);
    let id = import(library, vec![path.clone()], generated()).await.files.remove(0).id.unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::remove_file(path).unwrap();
    (id, bytes)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_copies_are_whole_and_replace_no_file_of_a_folder() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (one, one_bytes) = imported(&fixture, &library, "fox.png", 1).await;
    let (other, other_bytes) = imported(&fixture, &library, "fox.png", 2).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("fox.png"), "somebody else's").unwrap();
    let missing = ImageId::generate();
    let report = library
        .save_copies(
            vec![one.clone(), missing.clone(), other.clone()],
            SaveTo::Folder(folder.path().to_owned()),
            CancellationToken::new(),
        )
        .await
        .unwrap();
    assert_eq!(report.done, [one.clone(), other]);
    assert_eq!((report.failed.len(), &report.failed[0].id), (1, &missing));
    assert_eq!(names(folder.path()), ["fox (2).png", "fox (3).png", "fox.png"]);
    assert_eq!(fs::read(folder.path().join("fox.png")).unwrap(), b"somebody else's");
    assert_eq!(fs::read(folder.path().join("fox (2).png")).unwrap(), one_bytes);
    assert_eq!(fs::read(folder.path().join("fox (3).png")).unwrap(), other_bytes);

    // A file that was chosen in the dialog is replaced.
    let file = folder.path().join("fox.png");
    let save = library.save_copies(vec![one.clone()], SaveTo::File(file.clone()), CancellationToken::new());
    assert_eq!(save.await.unwrap().done.len(), 1);
    assert_eq!(fs::read(file).unwrap(), one_bytes);
    assert_eq!(names(folder.path()).len(), 3, "nothing half written is left");

    let nowhere = SaveTo::Folder(folder.path().join("missing"));
    let report = library.save_copies(vec![one.clone()], nowhere, CancellationToken::new()).await.unwrap();
    assert_eq!(refusal(report), ErrorCode::InvalidInput);
    let inside = SaveTo::Folder(fixture.folder().join("originals"));
    let report = library.save_copies(vec![one.clone()], inside, CancellationToken::new()).await.unwrap();
    assert_eq!(refusal(report), ErrorCode::InvalidInput);
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let to = SaveTo::Folder(folder.path().to_owned());
    assert_eq!(refusal(library.save_copies(vec![one], to, cancelled).await.unwrap()), ErrorCode::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clipboard_gets_the_pixels_of_the_original() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let picture = a_png(24, 16).noise().seed(3);
    let id = import_picture(&library, &picture, generated()).await;
    let bitmap = library.bitmap(&id).await.unwrap();
    assert_eq!((bitmap.width, bitmap.height), (24, 16));
    let expected = image::load_from_memory(&picture.bytes()).unwrap().into_rgba8().into_raw();
    assert_eq!(Sha256::digest(&bitmap.rgba), Sha256::digest(&expected));
    assert_eq!(library.bitmap(&ImageId::generate()).await.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generated_image_can_be_a_reference_as_well() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (id, bytes) = imported(&fixture, &library, "fox.png", 4).await;
    assert_eq!(library.use_as_references(vec![id.clone()]).await.unwrap().done, std::slice::from_ref(&id));
    assert_eq!(
        library.use_as_references(vec![id.clone()]).await.unwrap().failed.len(),
        0,
        "again is harmless"
    );
    let references = library.get_my_references(&PageRequest::first(5)).await.unwrap().page;
    assert_eq!(references.len(), 1);
    assert_eq!(references[0].record.filename, "fox.png");
    assert_eq!(references[0].record.sha256, hex::encode(Sha256::digest(&bytes)));
    let refused = library.use_as_references(vec![references[0].record.id.clone()]).await.unwrap();
    assert_eq!(refusal(refused), ErrorCode::InvalidInput);
}
