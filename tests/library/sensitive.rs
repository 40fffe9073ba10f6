//! Which images are sensitive: the artist's choice comes first, then the words
//! that the artist listed.

use vitrine_core::Library;
use vitrine_core::catalog::Catalog;
use vitrine_core::model::{
    ErrorCode, FeedSettings, ImageDetail, ImageEdit, ImageId, OrderBy, PageRequest, Removal, SearchPlace,
    SensitiveMark, View, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture, references, refusal};
use vitrine_tests::pictures::{Picture, a_png};
use vitrine_tests::rows;

fn saying(prompt: &str) -> Picture {
    let seed = prompt.bytes().fold(7, |seed, byte| seed * 31 % 1_000_003 + u64::from(byte));
    a_png(16, 16).seed(seed).with_text("parameters", &format!("{prompt}\nSteps: 20, Sampler: Euler"))
}

/// Saves a list of words as the settings of the feed do, and applies it.
async fn list_words(fixture: &LibraryFixture, library: &Library, words: &[&str]) -> usize {
    let catalog = Catalog::open(&fixture.folder().join("catalog.db")).unwrap();
    let sensitive_words = words.iter().map(|word| (*word).to_owned()).collect();
    let settings = FeedSettings { sensitive_words, ..FeedSettings::default() };
    catalog.set_feed_settings(&library.owner(), serde_json::to_string(&settings).unwrap()).await.unwrap();
    library.mark_sensitive_words().await.unwrap()
}

async fn mark(library: &Library, id: &ImageId) -> Option<SensitiveMark> {
    let ImageDetail { sensitive, sensitive_mark, .. } = library.detail(id).await.unwrap();
    assert_eq!(sensitive, sensitive_mark.is_some_and(SensitiveMark::is_sensitive));
    let tile = library.tiles_of(vec![id.clone()]).await.unwrap().remove(0);
    assert_eq!(tile.sensitive, sensitive, "tile and details agree");
    sensitive_mark
}

async fn found(library: &Library, query: &str) -> Vec<ImageId> {
    let page = library.search(query, SearchPlace::History, &PageRequest::first(50)).await.unwrap();
    page.page.into_iter().map(|image| image.record.id).collect()
}

/// Returns the last byte of each row of the packed list, which has its flags.
async fn flags(library: &Library, view: View) -> Vec<u8> {
    let packed = library.view_index(&view, OrderBy::Made, || true).await.unwrap().unwrap();
    let count = u32::from_le_bytes(packed[..4].try_into().unwrap()) as usize;
    packed[packed.len() - count..].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_is_shown_in_every_list_and_can_be_searched() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let plain = import_picture(&library, &saying("a fox"), generated()).await;
    let marked = import_picture(&library, &saying("a red fox"), generated()).await;
    library.set_visibility(vec![marked.clone()], Visibility::Public).await.unwrap();
    let report = library.set_sensitive(vec![marked.clone()], true).await.unwrap();
    assert_eq!((report.done, report.failed.len()), (vec![marked.clone()], 0));

    assert_eq!(mark(&library, &marked).await, Some(SensitiveMark::Yes));
    assert_eq!(mark(&library, &plain).await, None);
    assert_eq!(flags(&library, View::History).await, [5, 0]);
    assert_eq!(flags(&library, View::Feed).await, [5]);
    for query in ["is:sensitive ", "fox is:sensitive ", "fox -is:unlisted is:sensitive "] {
        assert_eq!(found(&library, query).await, std::slice::from_ref(&marked), "{query}");
    }
    for query in ["-is:sensitive ", "fox -is:sensitive "] {
        assert_eq!(found(&library, query).await, std::slice::from_ref(&plain), "{query}");
    }
    let both = vec![marked.clone(), plain];
    assert_eq!(library.selection_summary(both, || true).await.unwrap().unwrap().sensitive, 1);

    library.remove(vec![marked.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(flags(&library, View::Trash).await, [5]);
    library.set_sensitive(vec![marked.clone()], false).await.unwrap();
    assert_eq!(flags(&library, View::Trash).await, [1], "also in the trash");
}

#[tokio::test(flavor = "multi_thread")]
async fn references_and_images_of_others_cannot_be_marked() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let image = import_picture(&ana, &saying("a fox"), generated()).await;
    let reference = import_picture(&ana, &a_png(16, 16).seed(2), references(None)).await;
    for sensitive in [true, false] {
        let refused = ana.set_sensitive(vec![reference.clone()], sensitive).await.unwrap();
        assert_eq!(refusal(refused), ErrorCode::InvalidInput);
        let refused = bob.set_sensitive(vec![image.clone()], sensitive).await.unwrap();
        assert_eq!(refusal(refused), ErrorCode::NotAuthorized);
        let unknown = ana.set_sensitive(vec![ImageId::generate()], sensitive).await.unwrap();
        assert_eq!(refusal(unknown), ErrorCode::NotFound);
    }
    let some = ana.set_sensitive(vec![reference.clone(), image.clone()], true).await.unwrap();
    assert_eq!((some.done, some.failed.len()), (vec![image], 1));
    assert_eq!(mark(&ana, &reference).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_words_mark_what_is_there_what_is_imported_and_what_is_edited() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let fox = import_picture(&library, &saying("a (Fox:1.2) in snow"), generated()).await;
    let other = import_picture(&library, &saying("foxes in snow"), generated()).await;
    let removed = import_picture(&library, &saying("an old fox"), generated()).await;
    library.remove(vec![removed.clone()], Removal::ToTrash).await.unwrap();

    assert_eq!(list_words(&fixture, &library, &["fox", "bare skin"]).await, 2);
    assert_eq!(mark(&library, &fox).await, Some(SensitiveMark::Words));
    assert_eq!(mark(&library, &removed).await, Some(SensitiveMark::Words), "it can be restored");
    assert_eq!(mark(&library, &other).await, None);
    assert_eq!(library.mark_sensitive_words().await.unwrap(), 0, "the list is applied once");

    let new = import_picture(&library, &saying("bare_skin, sunlight"), generated()).await;
    assert_eq!(mark(&library, &new).await, Some(SensitiveMark::Words));

    let write = |prompt: &str| ImageEdit { prompt: Some(prompt.to_owned()), ..ImageEdit::default() };
    library.edit(&other, write("one fox")).await.unwrap();
    assert_eq!(mark(&library, &other).await, Some(SensitiveMark::Words));
    library.edit(&other, write("one wolf")).await.unwrap();
    assert_eq!(mark(&library, &other).await, None);

    assert_eq!(list_words(&fixture, &library, &["wolf"]).await, 4);
    assert_eq!(mark(&library, &other).await, Some(SensitiveMark::Words));
    assert_eq!(mark(&library, &fox).await, None);
    assert_eq!(list_words(&fixture, &library, &[]).await, 1);
    assert_eq!(mark(&library, &other).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_never_change_what_the_artist_decided() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let fox = import_picture(&library, &saying("a fox"), generated()).await;
    let owl = import_picture(&library, &saying("an owl"), generated()).await;
    list_words(&fixture, &library, &["fox"]).await;
    library.set_sensitive(vec![fox.clone()], false).await.unwrap();
    library.set_sensitive(vec![owl.clone()], true).await.unwrap();
    for words in [&["fox", "owl"][..], &["owl"], &[], &["fox"]] {
        list_words(&fixture, &library, words).await;
        assert_eq!(mark(&library, &fox).await, Some(SensitiveMark::No), "{words:?}");
        assert_eq!(mark(&library, &owl).await, Some(SensitiveMark::Yes), "{words:?}");
    }
    // A mark that is taken back leaves nothing that a later list would have to respect.
    library.set_sensitive(vec![owl.clone()], false).await.unwrap();
    assert_eq!(mark(&library, &owl).await, None);
    list_words(&fixture, &library, &["owl"]).await;
    assert_eq!(mark(&library, &owl).await, Some(SensitiveMark::Words));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_marks_only_images_of_its_own_profile() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let of_ana = import_picture(&ana, &saying("a fox"), generated()).await;
    let of_bob = import_picture(&bob, &saying("a fox"), generated()).await;
    assert_eq!(list_words(&fixture, &bob, &["fox"]).await, 1);
    assert_eq!(mark(&ana, &of_ana).await, None);
    assert_eq!(mark(&bob, &of_bob).await, Some(SensitiveMark::Words));
    let later = import_picture(&ana, &saying("another fox"), generated()).await;
    assert_eq!(mark(&ana, &later).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_images_are_marked_in_parts() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let catalog = Catalog::open(&fixture.folder().join("catalog.db")).unwrap();
    let row = |number: u32| {
        let mut sha256 = [0; 32];
        sha256[..4].copy_from_slice(&number.to_le_bytes());
        let mut row = rows::row(&library.owner(), &number.to_string(), 1, sha256);
        row.generation.prompt = if number.is_multiple_of(3) { "a fox".into() } else { "an owl".into() };
        row
    };
    catalog.create_generated((0..5_000).map(row).collect(), None, |_| Ok(())).await.unwrap();
    assert_eq!(list_words(&fixture, &library, &["fox"]).await, 1_667);
    let flags = flags(&library, View::History).await;
    assert_eq!(flags.iter().filter(|flags| **flags & 4 != 0).count(), 1_667);
    assert_eq!(list_words(&fixture, &library, &["fox", "owl"]).await, 3_333);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_pass_is_finished_when_the_library_catches_up() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let fox = import_picture(&library, &saying("a fox"), generated()).await;
    let catalog = Catalog::open(&fixture.folder().join("catalog.db")).unwrap();
    let settings = FeedSettings { sensitive_words: vec!["fox".into()], ..FeedSettings::default() };
    catalog.set_feed_settings(&library.owner(), serde_json::to_string(&settings).unwrap()).await.unwrap();
    assert_eq!(mark(&library, &fox).await, None, "the program ended here");
    library.catch_up(tokio_util::sync::CancellationToken::new()).await;
    assert_eq!(mark(&library, &fox).await, Some(SensitiveMark::Words));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_list_stops_no_import_and_takes_no_mark_away() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let fox = import_picture(&library, &saying("a fox"), generated()).await;
    list_words(&fixture, &library, &["fox"]).await;
    let catalog = Catalog::open(&fixture.folder().join("catalog.db")).unwrap();
    catalog.set_feed_settings(&library.owner(), "{\"sensitive_words\":[\"fo".into()).await.unwrap();
    assert_eq!(library.mark_sensitive_words().await.unwrap(), 0);
    let edit = ImageEdit { prompt: Some("a young fox".into()), ..ImageEdit::default() };
    library.edit(&fox, edit).await.unwrap();
    assert_eq!(mark(&library, &fox).await, Some(SensitiveMark::Words));
    let owl = import_picture(&library, &saying("an owl"), generated()).await;
    assert_eq!(mark(&library, &owl).await, None);
}
