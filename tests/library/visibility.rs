//! Unlisted stays unlisted: an unlisted image or a reference never appears in
//! the feed, in any form.

use std::task::Poll;
use vitrine_core::model::{ErrorCode, OrderBy, PageRequest, Removal, View, Visibility};
use vitrine_tests::fixture::{LibraryFixture, feed, generated, import_picture, references, refusal};
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn an_unlisted_image_or_reference_never_enters_the_feed_in_any_form() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let unlisted = import_picture(&ana, &a_png(16, 16).seed(1), generated()).await;
    let reference = import_picture(&ana, &a_png(16, 16).seed(2), references(None)).await;
    let public = import_picture(&ana, &a_png(16, 16).seed(3), generated()).await;
    ana.set_visibility(vec![public.clone()], Visibility::Public).await.unwrap();

    let forced = ana.set_visibility(vec![reference.clone()], Visibility::Public).await.unwrap();
    assert_eq!(refusal(forced), ErrorCode::InvalidInput);

    for library in [&ana, &bob] {
        assert_eq!(feed(library).await, std::slice::from_ref(&public));
        let tiles = library.tiles(&View::Feed, OrderBy::Made, &PageRequest::first(100)).await.unwrap().page;
        assert_eq!(tiles.into_iter().map(|tile| tile.id).collect::<Vec<_>>(), std::slice::from_ref(&public));
        assert_eq!(library.counts().await.unwrap().feed, 1);
    }
    let seen = bob.tiles_of(vec![unlisted, reference, public.clone()]).await.unwrap();
    assert_eq!(seen.into_iter().map(|tile| tile.id).collect::<Vec<_>>(), [public]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_image_leaves_the_feed_when_it_is_unlisted_or_removed() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let id = import_picture(&ana, &a_png(16, 16), generated()).await;
    let one = || vec![id.clone()];
    ana.set_visibility(one(), Visibility::Public).await.unwrap();
    assert_eq!(feed(&bob).await, one());
    ana.set_visibility(one(), Visibility::Unlisted).await.unwrap();
    assert!(feed(&bob).await.is_empty());
    assert!(bob.tiles_of(one()).await.unwrap().is_empty());

    ana.set_visibility(one(), Visibility::Public).await.unwrap();
    ana.remove(one(), Removal::ToTrash).await.unwrap();
    assert!(feed(&bob).await.is_empty());
    assert!(bob.tiles_of(one()).await.unwrap().is_empty(), "another's trash is nobody's business");
    assert_eq!(refusal(ana.set_visibility(one(), Visibility::Public).await.unwrap()), ErrorCode::InTrash);
    // Restoring brings back what was removed: a public image.
    ana.restore(one()).await.unwrap();
    assert_eq!(feed(&bob).await, one());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_of_many_rapid_switches_wins() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    for (last, other) in
        [(Visibility::Unlisted, Visibility::Public), (Visibility::Public, Visibility::Unlisted)]
    {
        let mut switches = Vec::new();
        for at in 0..41 {
            let visibility = if at % 2 == 0 { last } else { other };
            // The changes are requested in this order, without waiting for an
            // answer.
            let mut switch = Box::pin(library.set_visibility(vec![id.clone()], visibility));
            match std::future::poll_fn(|context| Poll::Ready(switch.as_mut().poll(context))).await {
                Poll::Ready(answered) => assert_eq!(answered.unwrap().done.len(), 1),
                Poll::Pending => switches.push(switch),
            }
        }
        for switch in switches {
            switch.await.unwrap();
        }
        let expected = if last == Visibility::Public { vec![id.clone()] } else { vec![] };
        assert_eq!(feed(&library).await, expected);
        assert_eq!(library.detail(&id).await.unwrap().visibility, Some(last));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reader_ever_sees_a_switch_of_many_images_half_done() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..20 {
        ids.push(import_picture(&library, &a_png(16, 16).seed(seed), generated()).await);
    }
    let switching = {
        let (library, ids) = (library.clone(), ids.clone());
        tokio::spawn(async move {
            for _ in 0..10 {
                library.set_visibility(ids.clone(), Visibility::Public).await.unwrap();
                library.set_visibility(ids.clone(), Visibility::Unlisted).await.unwrap();
            }
        })
    };
    while !switching.is_finished() {
        let seen = feed(&library).await.len();
        assert!(seen == 0 || seen == 20, "{seen} of 20 were public");
    }
    switching.await.unwrap();
}
