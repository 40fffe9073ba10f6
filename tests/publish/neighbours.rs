//! Feeds at addresses at which somebody else already has something: another library, or a person with a page.

use crate::publishing::{import_prompt, make_public, publish, site};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::FeedPush;
use vitrine_core::model::{
    FeedActivity, FeedSettings, FeedStatus, ObjectKey, TransferProblemCode, Visibility,
};
use vitrine_tests::feed_files::{FeedFiles, assert_nowhere, put_page};
use vitrine_tests::fixture::LibraryFixture;

/// Publishes as far as it is possible.
async fn try_to_publish(library: &Library) -> FeedPush {
    library.publish_feed(Some(Duration::from_mins(1)), CancellationToken::new()).await.unwrap()
}

fn key_of(fixture: &LibraryFixture, path: &str) -> ObjectKey {
    ObjectKey::parse(&format!("feed/{}/{path}", fixture.owner())).unwrap()
}

async fn with_a_feed(fixture: &LibraryFixture, seed: u64, prompt: &str) -> Library {
    let library = fixture.open().await;
    let ids = [import_prompt(&library, seed, prompt).await, import_prompt(&library, seed + 1, prompt).await];
    make_public(&library, &ids).await;
    library.set_feed_on(true).await.unwrap();
    library
}

async fn set_title(library: &Library, title: &str) {
    let settings = library.feed_settings().await.unwrap();
    library.save_feed_settings(FeedSettings { title: title.into(), ..settings }).await.unwrap();
}

fn names_left(status: &FeedStatus) -> Vec<&str> {
    status.left_in_bucket.iter().map(|left| left.filename.as_str()).collect()
}

async fn expect_same(fixture: &LibraryFixture, before: &FeedFiles) {
    let now = site(fixture).await;
    assert_eq!(now.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (path, bytes) in before {
        assert_eq!(now[path], *bytes, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_that_publishes_where_another_one_does_leaves_its_feed_whole() {
    let first = LibraryFixture::with_bucket();
    let ana = with_a_feed(&first, 1, "the first library").await;
    publish(&ana).await;
    let before = site(&first).await;

    let second = first.beside();
    let bob = with_a_feed(&second, 11, "the second library").await;
    assert!(!try_to_publish(&bob).await.is_complete);
    let status = bob.feed_status().await.unwrap();
    assert_eq!((status.activity, status.published), (FeedActivity::NotPublished, 0), "{status:?}");
    assert!(status.reason.as_ref().unwrap().starts_with("Another library publishes its feed"), "{status:?}");
    let parked = bob.transfers(100).await.unwrap().into_iter().filter_map(|transfer| transfer.problem);
    let codes: Vec<_> = parked.map(|problem| problem.code).collect();
    assert!(
        !codes.is_empty() && codes.iter().all(|code| *code == TransferProblemCode::OtherLibrary),
        "{codes:?}"
    );
    // Nothing of the second library went out beside the first.
    expect_same(&first, &before).await;

    // The same, if it is tried again, and if it is taken back.
    bob.set_feed_on(true).await.unwrap();
    assert!(!try_to_publish(&bob).await.is_complete);
    expect_same(&first, &before).await;
    bob.set_feed_on(false).await.unwrap();
    let pushed = try_to_publish(&bob).await;
    assert!(pushed.is_complete && pushed.transfers.left_in_bucket > 0, "{pushed:?}");
    assert_eq!(pushed.transfers.withdrawn, 0, "{pushed:?}");
    let status = bob.feed_status().await.unwrap();
    assert_eq!(status.activity, FeedActivity::Off, "{status:?}");
    assert!(names_left(&status).contains(&"index.html"), "{status:?}");
    expect_same(&first, &before).await;

    // The first one goes on as before, and the second one can have the address after it.
    set_title(&ana, "Still mine").await;
    publish(&ana).await;
    ana.set_feed_on(false).await.unwrap();
    publish(&ana).await;
    assert!(site(&first).await.is_empty());
    bob.set_feed_on(true).await.unwrap();
    publish(&bob).await;
    assert!(names_left(&bob.feed_status().await.unwrap()).is_empty());
    assert_nowhere(&site(&first).await, "the first library");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_somebody_else_has_at_the_address_survives_publishing_and_taking_back() {
    let fixture = LibraryFixture::with_bucket();
    let key = key_of(&fixture, "index.html");
    put_page(&fixture.bucket(), &key, "<html>my own page</html>", None).await;
    let library = with_a_feed(&fixture, 21, "a picture").await;
    assert!(!try_to_publish(&library).await.is_complete);
    let status = library.feed_status().await.unwrap();
    assert_eq!(status.activity, FeedActivity::NotPublished, "{status:?}");
    assert!(status.reason.as_ref().unwrap().contains("did not publish is at this address"), "{status:?}");
    let problem = status.problems.iter().find(|problem| problem.filename == "index.html");
    assert!(problem.unwrap().reason.contains("Vitrine did not publish"), "{status:?}");
    let files = site(&fixture).await;
    assert_eq!(files["index.html"], b"<html>my own page</html>");
    assert!(files.contains_key("feed.json"), "the rest is published");

    library.set_feed_on(false).await.unwrap();
    let pushed = try_to_publish(&library).await;
    assert!(pushed.is_complete, "{pushed:?}");
    assert_eq!(names_left(&library.feed_status().await.unwrap()), ["index.html"]);
    let files = site(&fixture).await;
    assert_eq!(files.keys().collect::<Vec<_>>(), ["index.html"]);
    assert_eq!(files["index.html"], b"<html>my own page</html>");

    // Deleted by hand, it makes room.
    library.set_feed_on(true).await.unwrap();
    assert!(!try_to_publish(&library).await.is_complete);
    fixture.bucket().delete_image(&key).await.unwrap();
    library.set_feed_on(true).await.unwrap();
    publish(&library).await;
    assert!(site(&fixture).await["index.html"].starts_with(b"<!doctype html>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_took_the_place_of_a_published_file_is_neither_overwritten_nor_deleted() {
    let fixture = LibraryFixture::with_bucket();
    let library = with_a_feed(&fixture, 31, "a picture").await;
    publish(&library).await;
    let other = fixture.beside();
    other.open().await;
    let (bucket, mark) = (fixture.bucket(), other.mark().await);
    let (page, feed) = (key_of(&fixture, "index.html"), key_of(&fixture, "feed.json"));
    put_page(&bucket, &page, "<html>mine now</html>", None).await;
    put_page(&bucket, &feed, "<html>of another library</html>", Some(&mark)).await;

    set_title(&library, "Later").await;
    assert!(!try_to_publish(&library).await.is_complete);
    let files = site(&fixture).await;
    assert_eq!(files["index.html"], b"<html>mine now</html>");
    assert_eq!(files["feed.json"], b"<html>of another library</html>");

    library.set_feed_on(false).await.unwrap();
    assert!(try_to_publish(&library).await.is_complete);
    let status = library.feed_status().await.unwrap();
    let mut left = names_left(&status);
    left.sort_unstable();
    assert_eq!(left, ["feed.json", "index.html"]);
    assert_eq!(site(&fixture).await.keys().collect::<Vec<_>>(), ["feed.json", "index.html"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_leaves_a_feed_of_which_another_library_has_a_file() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let (kept, hidden) = (
        import_prompt(&library, 41, "a kept lamp").await,
        import_prompt(&library, 42, "a hidden door").await,
    );
    make_public(&library, &[kept, hidden.clone()]).await;
    library.set_feed_on(true).await.unwrap();
    publish(&library).await;
    let other = fixture.beside();
    other.open().await;
    put_page(&fixture.bucket(), &key_of(&fixture, "atom.xml"), "other", Some(&other.mark().await)).await;

    library.set_visibility(vec![hidden], Visibility::Unlisted).await.unwrap();
    assert!(!try_to_publish(&library).await.is_complete);
    let files = site(&fixture).await;
    assert_nowhere(&files, "a hidden door");
    assert_eq!(files["atom.xml"], b"other");
    assert!(files.contains_key("index.html"));
}
