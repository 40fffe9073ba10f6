//! What a search finds: words, phrases, conditions, and text in scripts without
//! spaces.

use vitrine_core::Library;
use vitrine_core::model::{ImageEdit, ImageId, PageRequest, SavedSearch, SearchPlace, Visibility};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture};
use vitrine_tests::pictures::a_png;

const FOX: &str = "a red fox in deep snow\nNegative prompt: blurry, wolf\nSteps: 20, Sampler: Euler, CFG scale: 7, \
    Seed: 4242, Size: 64x64, Model hash: 45a21ea00a, Model: dreamshaper_8, Version: v1.10.1";
const TOWER: &str = "東京タワーの夜景, 한국어 풍경, snow on deep roofs\nSteps: 20, Sampler: Euler, CFG scale: 7, \
    Seed: 77, Size: 96x64, Model: flux1-dev, Version: v1.10.1";

async fn two_pictures(library: &Library) -> (ImageId, ImageId) {
    let fox = import_picture(library, &a_png(64, 64).with_text("parameters", FOX), generated()).await;
    let tower = import_picture(library, &a_png(96, 64).with_text("parameters", TOWER), generated()).await;
    (fox, tower)
}

async fn found(library: &Library, query: &str) -> Vec<ImageId> {
    let page = library.search(query, SearchPlace::History, &PageRequest::first(50)).await.unwrap();
    page.page.into_iter().map(|image| image.record.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_phrases_keys_and_exclusions_find_the_right_images() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (fox, tower) = two_pictures(&library).await;
    let (only_fox, only_tower) = (vec![fox.clone()], vec![tower.clone()]);
    let both = vec![tower, fox];
    for (query, expected) in [
        ("fox ", &only_fox),
        ("FOX ", &only_fox),
        ("fo", &only_fox),
        ("fo* snow ", &only_fox),
        ("snow ", &both),
        ("\"deep snow\"", &only_fox),
        ("\"snow deep\"", &vec![]),
        ("snow -fox ", &only_tower),
        ("-fox ", &only_tower),
        ("wolf ", &vec![]),
        ("-wolf ", &both),
        ("prompt:wolf ", &vec![]),
        ("-negative:wolf ", &only_tower),
        ("negative:wolf ", &only_fox),
        ("model:dreamshaper ", &only_fox),
        ("model:\"flux1 dev\"", &only_tower),
        ("seed:4242 ", &only_fox),
        ("4242 ", &only_fox),
        ("tool:automatic1111 ", &both),
        ("tool:comfyui ", &vec![]),
        ("size:96x64 ", &only_tower),
        ("is:square ", &only_fox),
        ("-is:square ", &only_tower),
        ("is:landscape snow ", &only_tower),
        ("after:2020 snow ", &both),
        ("before:2020 snow ", &vec![]),
        ("before:2020 ", &vec![]),
        ("is:public ", &vec![]),
        ("has:references ", &vec![]),
        ("", &both),
        ("AND OR NOT ( \" ", &vec![]),
        ("(fox:1.2) ", &vec![]),
        ("\u{0} ^fox{} + NEAR( fox ", &vec![]),
    ] {
        assert_eq!(&found(&library, query).await, expected, "{query:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chinese_japanese_and_korean_are_found_by_any_part() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (_, tower) = two_pictures(&library).await;
    for part in ["東京", "京タ", "夜景", "景", "국어", "풍경 ", "タワーの夜"] {
        assert_eq!(found(&library, part).await, std::slice::from_ref(&tower), "{part}");
    }
    assert!(found(&library, "京東").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_edits_removals_and_visibility() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let (fox, tower) = two_pictures(&library).await;
    let edit = ImageEdit { prompt: Some("an owl".into()), ..ImageEdit::default() };
    library.edit(&fox, edit).await.unwrap();
    assert_eq!(found(&library, "owl ").await, std::slice::from_ref(&fox));
    assert!(found(&library, "fox ").await.is_empty());
    library.set_visibility(vec![fox.clone()], Visibility::Public).await.unwrap();
    assert_eq!(found(&library, "is:public ").await, std::slice::from_ref(&fox));
    let feed = library.search("owl ", SearchPlace::Feed, &PageRequest::first(5)).await.unwrap();
    assert_eq!(feed.page.len(), 1);
    library.remove(vec![tower.clone()], vitrine_core::model::Removal::ToTrash).await.unwrap();
    assert!(found(&library, "snow ").await.is_empty());
    library.restore(vec![tower.clone()]).await.unwrap();
    assert_eq!(found(&library, "snow ").await, std::slice::from_ref(&tower));
    library.remove(vec![tower], vitrine_core::model::Removal::Permanent).await.unwrap();
    assert!(found(&library, "snow ").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_search_neither_repeat_nor_skip_images() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut expected = Vec::new();
    for width in 60..67 {
        let text = format!("owl number {width}\nSteps: 20, Sampler: Euler, Seed: {width}, Size: {width}x64");
        expected.push(
            import_picture(&library, &a_png(width, 64).with_text("parameters", &text), generated()).await,
        );
    }
    expected.reverse();
    for query in ["owl ", "-fox ", "is:unlisted "] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let request = PageRequest { limit: 2, cursor };
            let page = library.search(query, SearchPlace::History, &request).await.unwrap();
            seen.extend(page.page.into_iter().map(|image| image.record.id));
            cursor = page.continue_cursor;
            if page.is_done {
                break;
            }
        }
        assert_eq!(seen, expected, "{query:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn models_and_tools_are_listed_with_their_counts() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    two_pictures(&library).await;
    let facets = library.facets().await.unwrap();
    let models: Vec<_> = facets.models.iter().map(|facet| (facet.name.as_str(), facet.images)).collect();
    assert_eq!(models, [("dreamshaper_8", 1), ("flux1-dev", 1)]);
    assert_eq!((facets.tools.len(), facets.tools[0].images), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_saved_under_its_name_until_it_is_deleted() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let named = |name: &str, query: &str| SavedSearch { name: name.into(), query: query.into() };
    library.save_search(named(" Foxes ", "fox -wolf")).await.unwrap();
    library.save_search(named("Owls", "owl")).await.unwrap();
    let kept = library.save_search(named("Foxes", "fox")).await.unwrap();
    assert_eq!(kept, [named("Foxes", "fox"), named("Owls", "owl")]);
    assert!(library.save_search(named(" ", "fox")).await.is_err());
    assert_eq!(library.forget_search("Foxes").await.unwrap(), [named("Owls", "owl")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_which_collections_of_a_search_do_not_exist() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    library.create_collection("Best of").await.unwrap();
    for known in ["collection:best", "collection:\"Best of\" ", "-collection:\"best OF\"", "fox "] {
        assert_eq!(library.explain_search(known).await.unwrap(), [""; 0], "{known}");
    }
    for (unknown, what) in [
        ("collection:best ", "There is no collection named best."),
        ("fox collection:worst", "There is no collection named worst."),
        ("gallery:hands", "There is no gallery named hands."),
    ] {
        assert_eq!(library.explain_search(unknown).await.unwrap(), [what]);
        assert_eq!(library.check_search(unknown).await.unwrap_err().to_string(), what);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_searches_follow_a_set_that_is_renamed() {
    let fixture = LibraryFixture::new();
    let (library, other) = (fixture.open().await, fixture.open_as("bob").await);
    let save = async |library: &Library, name: &str, query: &str| {
        library.save_search(SavedSearch { name: name.into(), query: query.into() }).await.unwrap();
    };
    let best = library.create_collection("Best").await.unwrap();
    let hands = library.create_gallery("hands").await.unwrap();
    save(&library, "both", "fox collection:best gallery:hands").await;
    save(&library, "none", "best hands").await;
    save(&other, "his", "collection:best").await;
    library.rename_collection(&best.id, "The few").await.unwrap();
    library.rename_gallery(&hands.id, "Hands").await.unwrap();
    let queries = async |library: &Library| {
        let saved = library.saved_searches().await.unwrap();
        saved.into_iter().map(|search| search.query).collect::<Vec<_>>()
    };
    assert_eq!(queries(&library).await, ["fox collection:\"The few\" gallery:\"Hands\"", "best hands"]);
    assert_eq!(queries(&other).await, ["collection:best"]);

    // A search for a name that differs in case only belongs to the set that has exactly this name.
    let small = library.create_collection("the few").await.unwrap();
    library.rename_collection(&small.id, "others").await.unwrap();
    assert_eq!(queries(&library).await[0], "fox collection:\"The few\" gallery:\"Hands\"");
}
