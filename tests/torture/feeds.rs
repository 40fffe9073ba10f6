//! Kills a program while it publishes a feed and takes images back, at every kill point that it reaches. A second run
//! ends in the bytes of a fresh publication.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::model::{KillPoint, ObjectKey, PublicDetails, TermsEdit, Visibility};
use vitrine_tests::fixture::{LibraryFixture, generated, get, import_picture, push};
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3;

/// The kill points, and how often they may be reached before the program aborts there.
const KILLS: [(KillPoint, u64); 13] = [
    (KillPoint::FeedCopiesKept, 1),
    (KillPoint::FeedCopiesKept, 2),
    (KillPoint::FeedPutsQueued, 1),
    (KillPoint::FeedPutsQueued, 2),
    (KillPoint::FeedPutsQueued, 4),
    (KillPoint::FeedDeletionsQueued, 1),
    (KillPoint::FeedDeletionsQueued, 2),
    (KillPoint::FeedCopiesDropped, 1),
    (KillPoint::FeedCopiesDropped, 2),
    (KillPoint::PutSending, 3),
    (KillPoint::PutAnswered, 5),
    (KillPoint::DeleteAnswered, 1),
    (KillPoint::TransferConfirmed, 7),
];
/// The signal of an abort.
const ABORTED: i32 = 6;

async fn publish(library: &Library) {
    library.retry_transfers(None).await.unwrap();
    let pushed = library.publish_feed(Some(Duration::from_mins(1)), CancellationToken::new()).await.unwrap();
    assert!(pushed.is_complete, "{pushed:?} {:?}", library.feed_status().await);
}

/// Returns every object of the profile's feed, by its key.
async fn site(fixture: &LibraryFixture) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let page = fixture.bucket().list(&format!("feed/{}/", fixture.owner()), None).await.unwrap();
    assert_eq!(page.next_cursor, None);
    for object in page.objects {
        let url = fixture.bucket().public_url(&ObjectKey::parse(&object.key).unwrap());
        let (status, bytes) = get(&url).await;
        assert_eq!(status, 200, "{}", object.key);
        files.insert(object.key, bytes);
    }
    files
}

/// Lets a program publish until it aborts at a kill point.
async fn live(fixture: &LibraryFixture, kill_point: KillPoint, count: u64) {
    // The abort must not leave a core file.
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -c 0; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_torture-child")]);
    command.arg(fixture.folder()).arg(fixture.owner().as_str()).arg(fixture.inbox().join("log")).arg("feed");
    command.arg(format!("{kill_point:?}")).arg(count.to_string());
    command.envs(s3::shared().env()).stdin(Stdio::null()).stderr(Stdio::null());
    let status = tokio::task::spawn_blocking(move || command.status().unwrap()).await.unwrap();
    assert_eq!(status.signal(), Some(ABORTED), "{kill_point:?} was not reached {count} times: {status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_was_killed_anywhere_ends_in_the_bytes_of_a_fresh_publication() {
    for (kill_point, count) in KILLS {
        let fixture = LibraryFixture::with_bucket();
        let library = fixture.open().await;
        let mut ids = Vec::new();
        for seed in 0..3 {
            let text = format!("prompt {seed}\nSteps: 20, Sampler: Euler, Seed: 42, Model: plain");
            let picture = a_png(32, 24).seed(seed).with_text("parameters", &text);
            ids.push(import_picture(&library, &picture, generated()).await);
        }
        push(&library).await;
        library.close().await.unwrap();
        drop(library);
        live(&fixture, kill_point, count).await;

        let library = fixture.open().await;
        library.set_visibility(vec![ids[0].clone(), ids[2].clone()], Visibility::Public).await.unwrap();
        library.set_visibility(vec![ids[1].clone()], Visibility::Unlisted).await.unwrap();
        library
            .set_public_terms(vec![ids[0].clone()], TermsEdit::both(Some(PublicDetails::Hide), None))
            .await
            .unwrap();
        library.set_feed_on(true).await.unwrap();
        publish(&library).await;
        let after_kill = site(&fixture).await;
        library.set_feed_on(false).await.unwrap();
        publish(&library).await;
        assert_eq!(site(&fixture).await.len(), 0, "{kill_point:?} {count}");
        library.set_feed_on(true).await.unwrap();
        publish(&library).await;
        let fresh = site(&fixture).await;
        let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(&after_kill), names(&fresh), "{kill_point:?} {count}");
        assert!(after_kill == fresh, "{kill_point:?} {count}");
    }
}
