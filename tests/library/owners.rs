//! Who may change what: for every kind of change, another profile's image is
//! refused, and a missing image is reported as missing.

use vitrine_core::model::{
    ErrorCode, GalleryId, ImageEdit, ImageId, OrderBy, PageRequest, Rating, Removal, View, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture, references, refusal};
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_an_image_checks_its_owner() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let picture = import_picture(&ana, &a_png(16, 16), generated()).await;
    let reference = import_picture(&ana, &a_png(16, 16), references(None)).await;
    let gallery = bob.create_gallery("Bob's").await.unwrap().id;
    let before = (ana.detail(&picture).await.unwrap(), ana.detail(&reference).await.unwrap());

    let cases = [
        (picture.clone(), ErrorCode::NotAuthorized),
        (reference.clone(), ErrorCode::NotAuthorized),
        (ImageId::generate(), ErrorCode::NotFound),
    ];
    for (id, expected) in cases {
        let one = || vec![id.clone()];
        assert_eq!(refusal(bob.set_visibility(one(), Visibility::Public).await.unwrap()), expected);
        assert_eq!(refusal(bob.remove(one(), Removal::ToTrash).await.unwrap()), expected);
        assert_eq!(refusal(bob.remove(one(), Removal::Permanent).await.unwrap()), expected);
        assert_eq!(refusal(bob.restore(one()).await.unwrap()), expected);
        assert_eq!(refusal(bob.add_to_gallery(&gallery, one()).await.unwrap()), expected);
        assert_eq!(refusal(bob.take_from_gallery(&gallery, one()).await.unwrap()), expected);
        let edit = ImageEdit { prompt: Some("mine now".into()), ..ImageEdit::default() };
        assert_eq!(bob.edit(&id, edit).await.unwrap_err().code(), expected);
    }
    assert_eq!((ana.detail(&picture).await.unwrap(), ana.detail(&reference).await.unwrap()), before);

    // An image in another profile's trash is still not mine.
    ana.remove(vec![picture.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(refusal(bob.restore(vec![picture.clone()]).await.unwrap()), ErrorCode::NotAuthorized);
    bob.empty_trash().await.unwrap();
    assert_eq!(ana.restore(vec![picture.clone()]).await.unwrap().done, [picture]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_of_a_gallery_checks_its_owner() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let hers = ana.create_gallery("Faces").await.unwrap();
    for (gallery, expected) in
        [(hers.id.clone(), ErrorCode::NotAuthorized), (GalleryId::generate(), ErrorCode::NotFound)]
    {
        assert_eq!(bob.rename_gallery(&gallery, "Mine").await.unwrap_err().code(), expected);
        assert_eq!(bob.delete_gallery(&gallery).await.unwrap_err().code(), expected);
        assert_eq!(bob.arrange_galleries(vec![gallery.clone()]).await.unwrap_err().code(), expected);
        assert_eq!(bob.set_gallery_cover(&gallery, None).await.unwrap_err().code(), expected);
        let mine = import_picture(&bob, &a_png(16, 16), references(None)).await;
        match bob.add_to_gallery(&gallery, vec![mine.clone()]).await {
            Ok(report) => assert_eq!(refusal(report), expected),
            Err(error) => assert_eq!(error.code(), expected),
        }
        let view = View::References { gallery: Some(gallery) };
        assert_eq!(
            bob.tiles(&view, OrderBy::Made, &PageRequest::first(5)).await.unwrap_err().code(),
            expected
        );
        bob.remove(vec![mine], Removal::Permanent).await.unwrap();
    }
    assert_eq!(ana.galleries().await.unwrap(), [hers]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_on_many_images_reports_on_each() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let hers = import_picture(&ana, &a_png(16, 16), generated()).await;
    let his = import_picture(&bob, &a_png(16, 16), generated()).await;
    let nobodys = ImageId::generate();
    let report =
        bob.remove(vec![hers.clone(), his.clone(), nobodys.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(report.done, [his]);
    let failed: Vec<_> = report.failed.into_iter().map(|failure| (failure.id, failure.error.code)).collect();
    assert_eq!(failed, [(hers, ErrorCode::NotAuthorized), (nobodys, ErrorCode::NotFound)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_sees_its_own_images_only() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    import_picture(&ana, &a_png(16, 16), generated()).await;
    import_picture(&ana, &a_png(16, 16), references(None)).await;
    let first = PageRequest::first(10);
    assert!(bob.get_my_images(&first).await.unwrap().page.is_empty());
    assert!(bob.get_my_references(&first).await.unwrap().page.is_empty());
    for view in [View::History, View::Feed, View::Trash, View::References { gallery: None }] {
        assert!(bob.tiles(&view, OrderBy::Made, &first).await.unwrap().page.is_empty(), "{view:?}");
    }
    assert_eq!(bob.counts().await.unwrap(), vitrine_core::model::Counts::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_profile_chose_with_and_noted_is_not_shown_to_others() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let hers = import_picture(&ana, &a_png(16, 16), generated()).await;
    let ids = || vec![hers.clone()];
    ana.set_visibility(ids(), Visibility::Public).await.unwrap();
    ana.set_rating(ids(), Rating::try_from(5).unwrap()).await.unwrap();
    ana.set_favourite(ids(), true).await.unwrap();
    ana.set_note(ids(), "for the client").await.unwrap();
    let shown = ana.create_collection("Client").await.unwrap();
    ana.add_to_collection(&shown.id, ids()).await.unwrap();
    for (library, chosen) in [(&ana, (5, true, "for the client", 1)), (&bob, (0, false, "", 0))] {
        let first = PageRequest::first(10);
        let listed = library.get_public_feed(&first).await.unwrap().page.remove(0);
        let rating = u8::from(listed.rating);
        assert_eq!((rating, listed.favourite, listed.note.as_str(), listed.collections.len()), chosen);
        let detail = library.detail(&hers).await.unwrap();
        let rating = u8::from(detail.rating);
        assert_eq!((rating, detail.favourite, detail.note.as_str(), detail.collections.len()), chosen);
    }
}
