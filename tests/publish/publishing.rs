//! Publishing to a real store: what anybody can read there, and that nothing hidden is.

use std::time::Duration;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::model::{
    DetailsChoice, ErrorCode, FeedActivity, FeedChoices, FeedSettings, GalleryId, ImageId, PublicDetails,
    Removal, TermsBefore, TermsEdit, Visibility,
};
use vitrine_tests::feed_files::{FeedFiles, assert_nowhere, objects_under};
use vitrine_tests::fixture::{
    LibraryFixture, generated, get, import_again, import_bytes, import_picture, push, references, until,
};
use vitrine_tests::pictures::{a_jpeg, a_png};

/// The parameter text of a picture with a prompt.
fn parameters(prompt: &str) -> String {
    format!(
        "{prompt}\nNegative prompt: ugly frame\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 42, Size: 64x48, Model: secretmodel"
    )
}

/// Imports a picture with this prompt.
pub(crate) async fn import_prompt(library: &Library, seed: u64, prompt: &str) -> ImageId {
    import_picture(
        library,
        &a_png(64, 48).seed(seed).with_text("parameters", &parameters(prompt)),
        generated(),
    )
    .await
}

/// Publishes until nothing is left to do.
pub(crate) async fn publish(library: &Library) {
    let pushed = library.publish_feed(Some(Duration::from_mins(2)), CancellationToken::new()).await.unwrap();
    let status = library.feed_status().await.unwrap();
    assert!(pushed.is_complete, "{pushed:?} {status:?}");
    let settled = [FeedActivity::Published, FeedActivity::Off, FeedActivity::NotPublished];
    assert!(settled.contains(&status.activity), "{status:?}");
}

pub(crate) async fn make_public(library: &Library, ids: &[ImageId]) {
    let report = library.set_visibility(ids.to_vec(), Visibility::Public).await.unwrap();
    assert!(report.failed.is_empty(), "{report:?}");
}

/// Returns every object of the profile's feed, by its path in the feed.
pub(crate) async fn site(fixture: &LibraryFixture) -> FeedFiles {
    objects_under(&fixture.bucket(), &format!("feed/{}/", fixture.owner())).await
}

fn text<'a>(files: &'a FeedFiles, path: &str) -> &'a str {
    std::str::from_utf8(&files[path]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn public_images_can_be_read_by_anybody_and_nothing_else_can() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let public = [
        import_prompt(&library, 1, "a harbour at dawn").await,
        import_prompt(&library, 2, "an old gardener").await,
        import_prompt(&library, 3, "a paper city").await,
    ];
    let unlisted = import_prompt(&library, 4, "confidential sketch").await;
    let reference = import_picture(&library, &a_jpeg(40, 40).seed(5), references(None::<GalleryId>)).await;
    make_public(&library, &public).await;
    library.set_feed_on(true).await.unwrap();
    push(&library).await;
    publish(&library).await;

    let status = library.feed_status().await.unwrap();
    assert_eq!((status.images, status.published, status.changes), (3, 3, 0));
    let (code, page) = get(status.address.as_deref().unwrap()).await;
    assert_eq!(code, 200);
    assert!(String::from_utf8(page).unwrap().contains("a harbour at dawn"));
    let files = site(&fixture).await;
    assert_eq!(files.keys().filter(|path| path.starts_with("i/")).count(), 3);
    assert_eq!(files.keys().filter(|path| path.starts_with("m/")).count(), 3);
    for id in [&unlisted, &reference] {
        let image = library.detail(id).await.unwrap();
        assert_nowhere(&files, image.r2_key.as_str());
        assert_nowhere(&files, id.as_str());
    }
    for secret in ["confidential", fixture.folder().to_str().unwrap()] {
        assert_nowhere(&files, secret);
    }
    // The permanent links of public images are not mentioned either.
    for id in &public {
        assert_nowhere(&files, library.detail(id).await.unwrap().r2_key.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_becomes_unlisted_is_gone_from_every_file() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let kept = import_prompt(&library, 11, "a kept picture").await;
    let taken_back = import_prompt(&library, 12, "a withdrawn picture").await;
    make_public(&library, &[kept.clone(), taken_back.clone()]).await;
    library.set_feed_on(true).await.unwrap();
    publish(&library).await;
    let before = site(&fixture).await;

    library.set_visibility(vec![taken_back.clone()], Visibility::Unlisted).await.unwrap();
    publish(&library).await;
    let after = site(&fixture).await;
    assert_nowhere(&after, "withdrawn");
    let bucket = fixture.bucket();
    let mut gone = 0;
    for path in before.keys().filter(|path| !after.contains_key(*path)) {
        let key = format!("feed/{}/{path}", fixture.owner());
        let (status, _) =
            get(&bucket.public_url(&vitrine_core::model::ObjectKey::parse(&key).unwrap())).await;
        assert_eq!(status, 404, "{path}");
        gone += 1;
    }
    assert_eq!(gone, 4, "the page, the copy and two thumbnails");

    library.remove(vec![kept], Removal::ToTrash).await.unwrap();
    publish(&library).await;
    assert_nowhere(&site(&fixture).await, "kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_whose_damaged_original_was_replaced_is_published() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 48).seed(400).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    std::fs::write(fixture.original_path(&bytes).unwrap(), &bytes[..bytes.len() / 2]).unwrap();
    make_public(&library, &[id]).await;
    library.set_feed_on(true).await.unwrap();
    let _ = library.publish_feed(Some(Duration::from_mins(2)), CancellationToken::new()).await.unwrap();
    let status = library.feed_status().await.unwrap();
    assert_eq!((status.published, status.problem_count), (0, 1));

    import_again(&library, bytes).await;
    publish(&library).await;
    let status = library.feed_status().await.unwrap();
    assert_eq!((status.published, status.problem_count), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_in_place_of_an_original_is_not_published() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let [public, unlisted] = [410, 411].map(|seed| a_png(64, 48).seed(seed).noise().bytes());
    let id = import_bytes(&library, public.clone(), generated()).await;
    import_bytes(&library, unlisted.clone(), generated()).await;
    std::fs::write(fixture.original_path(&public).unwrap(), &unlisted).unwrap();
    make_public(&library, &[id]).await;
    library.set_feed_on(true).await.unwrap();
    let _ = library.publish_feed(Some(Duration::from_mins(2)), CancellationToken::new()).await.unwrap();
    assert!(site(&fixture).await.keys().all(|path| !path.starts_with("m/")), "no picture is published");

    // Another process says the same.
    drop(library);
    let library = fixture.open().await;
    let status = library.feed_status().await.unwrap();
    assert_eq!((status.published, status.problem_count, status.changes), (0, 1, 0));
    assert_eq!(status.problems[0].reason, "The original on this disk is damaged.");

    import_again(&library, public).await;
    publish(&library).await;
    assert_eq!(library.feed_status().await.unwrap().published, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_original_that_is_nowhere_is_a_problem_for_every_process() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let bytes = a_png(64, 48).seed(420).noise().bytes();
    let id = import_bytes(&library, bytes.clone(), generated()).await;
    std::fs::remove_file(fixture.original_path(&bytes).unwrap()).unwrap();
    make_public(&library, &[id]).await;
    library.set_feed_on(true).await.unwrap();
    let _ = library.publish_feed(Some(Duration::from_mins(2)), CancellationToken::new()).await.unwrap();
    let published = library.feed_status().await.unwrap();
    drop(library);
    let library = fixture.open().await;
    assert_eq!(library.feed_status().await.unwrap(), published);
    assert_eq!((published.changes, published.problem_count), (0, 1));
    assert_eq!(published.problems[0].reason, "The original is not on this disk.");
    import_again(&library, bytes).await;
    publish(&library).await;
    assert_eq!(library.feed_status().await.unwrap().published, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_prompts_are_in_no_byte() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let id = import_prompt(&library, 21, "an unspeakable recipe").await;
    let by_itself = import_prompt(&library, 22, "a forgotten formula").await;
    make_public(&library, &[id.clone(), by_itself.clone()]).await;
    library
        .save_feed_settings(FeedSettings {
            is_on: true,
            details: PublicDetails::Hide,
            ..FeedSettings::default()
        })
        .await
        .unwrap();
    publish(&library).await;
    let files = site(&fixture).await;
    for secret in ["unspeakable", "formula", "secretmodel", "ugly frame", "picture.png"] {
        assert_nowhere(&files, secret);
    }

    // One image says otherwise, and shows its prompt alone.
    library.set_public_terms(vec![id], TermsEdit::both(Some(PublicDetails::Prompt), None)).await.unwrap();
    publish(&library).await;
    let files = site(&fixture).await;
    assert!(files.values().any(|bytes| memchr::memmem::find(bytes, b"unspeakable").is_some()));
    for secret in ["formula", "secretmodel", "ugly frame"] {
        assert_nowhere(&files, secret);
    }
    // What was shown is hidden again.
    let terms = library.public_terms(&by_itself).await.unwrap();
    assert!(terms.shown.is_empty() && terms.refusal.is_none() && terms.address.is_some(), "{terms:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_of_changes_gives_the_bytes_of_a_fresh_publication() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..40 {
        ids.push(import_prompt(&library, 100 + seed, &format!("picture number {seed}")).await);
    }
    make_public(&library, &ids[..30]).await;
    library.set_feed_on(true).await.unwrap();
    publish(&library).await;
    library.set_visibility(ids[3..9].to_vec(), Visibility::Unlisted).await.unwrap();
    publish(&library).await;
    make_public(&library, &ids[5..40]).await;
    let settings = library.feed_settings().await.unwrap();
    library.save_feed_settings(FeedSettings { title: "Later".into(), ..settings }).await.unwrap();
    publish(&library).await;
    let after_history = site(&fixture).await;

    library.set_feed_on(false).await.unwrap();
    publish(&library).await;
    assert_eq!(site(&fixture).await.len(), 0);
    assert_eq!(library.feed_status().await.unwrap().activity, FeedActivity::Off);
    library.set_feed_on(true).await.unwrap();
    publish(&library).await;
    let fresh = site(&fixture).await;
    assert_eq!(after_history.keys().collect::<Vec<_>>(), fresh.keys().collect::<Vec<_>>());
    for (path, bytes) in &fresh {
        assert_eq!(after_history[path], *bytes, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_hidden_while_many_images_are_published_is_not_published() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..150 {
        ids.push(import_prompt(&library, 500 + seed, &format!("picture number {seed}.")).await);
    }
    make_public(&library, &ids).await;
    library.set_feed_on(true).await.unwrap();
    let publishing = {
        let library = library.clone();
        tokio::spawn(async move { publish(&library).await })
    };
    let fixture = &fixture;
    let is_begun = || async { site(fixture).await.keys().any(|path| path.starts_with("m/")) };
    until("the first copy is published", is_begun).await;
    // The newest image is the first to be published, and the oldest the last.
    let hidden = vec![ids[149].clone(), ids[0].clone()];
    library.set_visibility(hidden, Visibility::Unlisted).await.unwrap();
    publishing.await.unwrap();
    publish(&library).await;
    let status = library.feed_status().await.unwrap();
    assert_eq!((status.published, status.changes), (148, 0));
    let files = site(fixture).await;
    for prompt in ["picture number 149.", "picture number 0."] {
        assert_nowhere(&files, prompt);
    }
    let (page, built) = library.preview_feed(CancellationToken::new(), |_, _| ()).await.unwrap();
    assert_eq!((built.images, built.problems.len()), (148, 0));
    for (path, bytes) in &files {
        assert_eq!(std::fs::read(page.parent().unwrap().join(path)).unwrap(), *bytes, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_toggle_costs_at_most_sixteen_requests() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..60 {
        ids.push(import_prompt(&library, 200 + seed, &format!("picture {seed}")).await);
    }
    make_public(&library, &ids).await;
    library.set_feed_on(true).await.unwrap();
    publish(&library).await;
    for id in ids.iter().step_by(17) {
        for visibility in [Visibility::Unlisted, Visibility::Public] {
            let before = library.bucket_usage().await.unwrap();
            library.set_visibility(vec![id.clone()], visibility).await.unwrap();
            let pushed =
                library.publish_feed(Some(Duration::from_mins(1)), CancellationToken::new()).await.unwrap();
            let changed = pushed.transfers.published + pushed.transfers.withdrawn;
            assert!(changed > 0 && changed <= 16, "{pushed:?}");
            let after = library.bucket_usage().await.unwrap();
            let (class_a, class_b) = (after.class_a - before.class_a, after.class_b - before.class_b);
            assert!(class_a > 0 && class_a <= 16 && class_b <= 16, "{class_a} and {class_b} requests");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_has_the_same_pages_as_the_bucket() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let ids = [
        import_prompt(&library, 41, "first </script><script>alert(1)</script>").await,
        import_prompt(&library, 42, "second ]]> & \u{202e}gnp.exe").await,
    ];
    make_public(&library, &ids).await;
    library.set_feed_on(true).await.unwrap();
    publish(&library).await;
    let published = site(&fixture).await;
    let (page, built) = library.preview_feed(CancellationToken::new(), |_, _| ()).await.unwrap();
    assert_eq!((built.images, built.problems.len()), (2, 0));
    let folder = page.parent().unwrap();
    for (path, bytes) in &published {
        assert_eq!(std::fs::read(folder.join(path)).unwrap(), *bytes, "{path}");
    }
    let target = fixture.inbox().join("site");
    let built = library.build_feed(target.clone(), None, CancellationToken::new(), |_, _| ()).await.unwrap();
    assert_eq!(built.images, 2);
    let index = std::fs::read_to_string(target.join("index.html")).unwrap();
    assert!(!index.contains("http://127.0.0.1") && !index.contains("<script>alert"), "{index}");
    // It may be written again, and a folder of somebody else may not.
    library.build_feed(target.clone(), None, CancellationToken::new(), |_, _| ()).await.unwrap();
    let other = fixture.inbox().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("novel.txt"), "mine").unwrap();
    for refused in [other, fixture.folder().join("outgoing"), fixture.folder().join("new").join("site")] {
        assert!(library.build_feed(refused, None, CancellationToken::new(), |_, _| ()).await.is_err());
    }
    let text = text(&published, "feed.json");
    assert!(serde_json::from_str::<serde_json::Value>(text).is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_cannot_be_published_stays_off() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let refused = library.set_feed_on(true).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::NotConfigured);
    let on = FeedSettings { is_on: true, ..FeedSettings::default() };
    assert_eq!(library.save_feed_settings(on).await.unwrap_err().code(), ErrorCode::NotConfigured);
    assert!(!library.feed_settings().await.unwrap().is_on);
    // Switching off is always possible.
    assert_eq!(library.set_feed_on(false).await.unwrap().activity, FeedActivity::Off);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_status_says_what_the_images_show_by_the_profile_and_by_themselves() {
    let fixture = LibraryFixture::with_bucket();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 0..4 {
        ids.push(import_prompt(&library, 300 + seed, "a picture").await);
    }
    make_public(&library, &ids).await;
    let settings = FeedSettings { details: PublicDetails::Prompt, ..FeedSettings::default() };
    library.save_feed_settings(settings).await.unwrap();
    let edit = TermsEdit::both(Some(PublicDetails::Hide), Some(true));
    let report = library.set_public_terms(vec![ids[0].clone(), ids[0].clone()], edit).await.unwrap();
    assert_eq!(
        report.before,
        [TermsBefore { terms: TermsEdit::both(None, None), ids: vec![ids[0].clone()] }]
    );
    // Only one of the two choices, for two images that differ.
    let edit = TermsEdit { details: Some(DetailsChoice::Show), camera: None };
    let report = library.set_public_terms(ids[..2].to_vec(), edit).await.unwrap();
    assert_eq!(report.before.len(), 2);
    let shown = library.feed_status().await.unwrap().shown;
    assert_eq!(shown, FeedChoices { show: 2, prompt: 2, hide: 0, keep_camera: 1 });
    // What each had before, it gets back.
    for TermsBefore { terms, ids } in report.before {
        library.set_public_terms(ids, terms).await.unwrap();
    }
    let shown = library.feed_status().await.unwrap().shown;
    assert_eq!(shown, FeedChoices { show: 0, prompt: 3, hide: 1, keep_camera: 1 });
    let summary = library.selection_summary(ids, || true).await.unwrap().unwrap();
    let names: Vec<_> =
        summary.public_details.most.iter().map(|one| (one.name.as_str(), one.images)).collect();
    assert_eq!(names, [("profile", 3), ("hide", 1)]);
    assert_eq!((summary.public_camera.different, summary.public_camera.without), (2, 0));
}
