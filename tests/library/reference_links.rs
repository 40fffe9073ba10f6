//! Generated images know the references they were made with.

use vitrine_core::Library;
use vitrine_core::library::ImportChoices;
use vitrine_core::model::{ImageId, PageRequest, Removal, SearchPlace, Source, Tile};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture, references};
use vitrine_tests::pictures::a_png;

fn ids(tiles: &[Tile]) -> Vec<ImageId> {
    tiles.iter().map(|tile| tile.id.clone()).collect()
}

async fn with_references(library: &Library) -> Vec<ImageId> {
    let request = PageRequest::first(10);
    let page = library.search("has:references ", SearchPlace::History, &request).await.unwrap();
    page.page.into_iter().map(|image| image.record.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_of_a_link_show_each_other_until_it_is_removed() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let image = import_picture(&library, &a_png(30, 20), generated()).await;
    let other = import_picture(&library, &a_png(31, 20), generated()).await;
    let pose = import_picture(&library, &a_png(40, 20), references(None)).await;
    let face = import_picture(&library, &a_png(50, 20), references(None)).await;
    for _ in 0..2 {
        library.link_references(vec![image.clone(), other.clone()], vec![pose.clone()]).await.unwrap();
    }
    library.link_references(vec![image.clone()], vec![face.clone()]).await.unwrap();
    assert_eq!(ids(&library.made_with(&image).await.unwrap().linked), [pose.clone(), face.clone()]);
    assert_eq!(ids(&library.made_with(&pose).await.unwrap().linked), [other.clone(), image.clone()]);
    assert_eq!(with_references(&library).await, [other.clone(), image.clone()]);

    assert!(library.link_references(vec![pose.clone()], vec![image.clone()]).await.is_err());
    library.unlink_reference(&image, &face).await.unwrap();
    assert_eq!(ids(&library.made_with(&image).await.unwrap().linked), std::slice::from_ref(&pose));

    // A reference in the trash is hidden, and one that was deleted permanently
    // is forgotten.
    library.remove(vec![pose.clone()], Removal::ToTrash).await.unwrap();
    assert!(library.made_with(&image).await.unwrap().linked.is_empty());
    library.restore(vec![pose.clone()]).await.unwrap();
    assert_eq!(library.made_with(&image).await.unwrap().linked.len(), 1);
    library.remove(vec![pose], Removal::Permanent).await.unwrap();
    assert!(with_references(&library).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn references_that_the_metadata_names_are_suggested_until_linked() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let source = Source::Bytes { filename: "hand.png".into(), bytes: a_png(40, 20).bytes() };
    let cancel = tokio_util::sync::CancellationToken::new();
    let summary = library
        .import(vec![source], references(None), ImportChoices::default(), cancel, |_| (), |_| ())
        .await
        .unwrap();
    let hand = summary.files[0].id.clone().unwrap();
    let graph = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "poses/hand.png"}},
        "2": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "latent_image": ["1", 0]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}}"#;
    let image = import_picture(&library, &a_png(64, 64).with_text("prompt", graph), generated()).await;
    assert_eq!(ids(&library.made_with(&image).await.unwrap().suggested), std::slice::from_ref(&hand));
    library.link_references(vec![image.clone()], vec![hand.clone()]).await.unwrap();
    let now = library.made_with(&image).await.unwrap();
    assert_eq!((ids(&now.linked), now.suggested.len()), (vec![hand], 0));
}
