//! What artists choose with: ratings, favourites, notes and collections, and the orders of lists.

use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::{DatedImage, ImportChoices, ImportTarget};
use vitrine_core::model::{
    ActionReport, Change, Collection, CollectionId, ErrorCode, FieldEdit, GenerationField, Image, ImageEdit,
    ImageId, ImageKind, Made, MadeFrom, Note, Order, OrderBy, PageRequest, PlacedImages, Rating, Removal,
    SearchPlace, UnixMs, View, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_picture, references, refusal};
use vitrine_tests::pictures::{Picture, a_png};

fn stars(stars: u8) -> Rating {
    Rating::try_from(stars).unwrap()
}

fn saying(text: &str) -> Picture {
    let seed = text.bytes().fold(7, |seed, byte| seed * 31 % 1_000_003 + u64::from(byte));
    a_png(16, 16).seed(seed).with_text("parameters", text)
}

/// Imports pictures under these names, and returns their ids in the same order.
async fn named(fixture: &LibraryFixture, library: &Library, names: &[&str]) -> Vec<ImageId> {
    let mut ids = Vec::new();
    for (seed, name) in names.iter().enumerate() {
        let size = u32::try_from(16 + seed * 8).unwrap();
        let path = a_png(size, size).noise().seed(seed as u64).write_to(&fixture.inbox(), name);
        ids.push(import(library, vec![path], generated()).await.files.remove(0).id.unwrap());
    }
    ids
}

fn ids(page: &[Image]) -> Vec<ImageId> {
    page.iter().map(|image| image.id().clone()).collect()
}

/// Reads a view to its end, two images at a time.
async fn listed(library: &Library, view: &View, order: Order) -> Vec<ImageId> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = library.images(view, order, &PageRequest { limit: 2, cursor }).await.unwrap();
        found.extend(ids(&page.page));
        cursor = page.continue_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn found(library: &Library, query: &str) -> Vec<ImageId> {
    let page = library.search(query, SearchPlace::History, &PageRequest::first(50)).await.unwrap();
    page.page.into_iter().map(|image| image.record.id).collect()
}

fn reversed<T: Clone>(list: &[T]) -> Vec<T> {
    list.iter().rev().cloned().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_lists_each_image_once_in_both_directions() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    // They are imported in this order, and each is larger than the one before.
    let all = named(&fixture, &library, &["img10.png", "IMG2.png", "b.png", "img1.png", "a.png"]).await;
    for (id, rating) in all.iter().zip([3, 5, 0, 5, 1]) {
        library.set_rating(vec![id.clone()], stars(rating)).await.unwrap();
    }
    // When they were made is another order than that of their import.
    for (id, day) in all.iter().zip([2, 5, 1, 4, 3]) {
        library.set_made(vec![id.clone()], UnixMs(1_700_000_000_000 + day * 86_400_000)).await.unwrap();
    }
    let at = |places: [usize; 5]| places.map(|place| all[place].clone()).to_vec();
    for (by, expected) in [
        (OrderBy::Made, at([1, 3, 4, 0, 2])),
        (OrderBy::Added, at([4, 3, 2, 1, 0])),
        (OrderBy::Name, at([4, 2, 3, 1, 0])),
        (OrderBy::Size, at([4, 3, 2, 1, 0])),
        (OrderBy::Rating, at([3, 1, 0, 4, 2])),
    ] {
        let everything = View::Search { query: "-nothing ".to_owned(), within: SearchPlace::History };
        for view in [View::History, everything] {
            let order = Order { by, reversed: false };
            assert_eq!(listed(&library, &view, order).await, expected, "{view:?} by {by:?}");
            let backwards = listed(&library, &view, Order { by, reversed: true }).await;
            assert_eq!(backwards, reversed(&expected), "{view:?} by {by:?}, reversed");
        }
        assert_eq!(packed(&library, &View::History, by).await, expected, "all at once, by {by:?}");
    }
    let shuffled = OrderBy::Shuffle { seed: 7 };
    let random = listed(&library, &View::History, shuffled.into()).await;
    assert_eq!(random.len(), 5);
    assert_eq!(packed(&library, &View::History, shuffled).await, random);
    // Two orders of five images are the same by chance once in 120 times.
    let mut others = Vec::new();
    for seed in 8..20 {
        others.push(listed(&library, &View::History, OrderBy::Shuffle { seed }.into()).await);
    }
    assert!(others.iter().any(|other| *other != random), "{others:?}");
}

/// Returns the ids of the packed list, which must be ordered by its values, the largest first.
async fn packed(library: &Library, view: &View, by: OrderBy) -> Vec<ImageId> {
    let packed = library.view_index(view, by, || true).await.unwrap().unwrap();
    let count = u32::from_le_bytes(packed[..4].try_into().unwrap()) as usize;
    let id = |at: usize| {
        let bytes = &packed[16 + at * 16..32 + at * 16];
        let bytes: Vec<u8> = bytes.chunks(4).flat_map(|word| word.iter().rev()).copied().collect();
        ImageId::parse(&hex::encode(bytes)).unwrap()
    };
    let keys = &packed[16 + count * 16..16 + count * 24];
    let keys: Vec<f64> = keys.chunks(8).map(|key| f64::from_le_bytes(key.try_into().unwrap())).collect();
    assert!(keys.is_sorted_by(|one, other| one >= other), "{keys:?}");
    (0..count).map(id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_order_is_refused() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    named(&fixture, &library, &["a.png", "b.png", "c.png"]).await;
    let first = library.images(&View::History, OrderBy::Name.into(), &PageRequest::first(1)).await.unwrap();
    let request = PageRequest { limit: 1, cursor: first.continue_cursor };
    let refused = library.images(&View::History, OrderBy::Made.into(), &request).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn ratings_favourites_and_notes_are_kept_and_searched() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let all = named(&fixture, &library, &["a.png", "b.png", "c.png"]).await;
    let reference = import_picture(&library, &a_png(20, 20), references(None)).await;
    library.set_rating(vec![all[0].clone(), all[1].clone()], stars(4)).await.unwrap();
    library.set_rating(vec![all[1].clone()], stars(2)).await.unwrap();
    library.set_favourite(vec![all[1].clone(), reference.clone()], true).await.unwrap();
    library.set_note(vec![all[2].clone()], " for the cover \u{1f98a} ").await.unwrap();

    let Image::Generated(image) = library.get_by_id(&all[1]).await.unwrap() else { panic!() };
    assert_eq!((image.rating, image.favourite, image.note.as_str()), (stars(2), true, ""));
    assert_eq!(library.detail(&all[2]).await.unwrap().note, "for the cover \u{1f98a}");
    assert!(library.get_by_id(&reference).await.unwrap().record().favourite);
    assert_eq!(library.counts().await.unwrap().favourites, 1);
    let tile = library.tiles_of(vec![all[1].clone()]).await.unwrap().remove(0);
    assert_eq!((tile.rating, tile.favourite), (stars(2), true));

    let one = |at: usize| vec![all[at].clone()];
    for (query, expected) in [
        ("is:favourite ", one(1)),
        ("-is:favourite rating:0 ", one(2)),
        ("rating:>=3 ", one(0)),
        ("rating:2 ", one(1)),
        ("-rating:0 -rating:4 ", one(1)),
        ("note:cover ", one(2)),
        ("cover ", one(2)),
        ("note:\u{1f98a} ", one(2)),
        ("\u{1f98a} ", one(2)),
        ("note:nothing ", vec![]),
    ] {
        assert_eq!(found(&library, query).await, expected, "{query}");
        // With a word, the index of words answers. It has the choices beside it.
        assert_eq!(found(&library, &format!("png {query}")).await, expected, "png {query}");
    }
    let everything = [all.clone(), vec![reference]].concat();
    let summary = library.selection_summary(everything, || true).await.unwrap().unwrap();
    assert_eq!((summary.favourites, summary.ratings.different, summary.ratings.without), (2, 2, 2));
    assert_eq!(summary.notes.different, 1);

    library.set_note(one(2), "").await.unwrap();
    assert!(found(&library, "note:cover ").await.is_empty());
    let long = "x".repeat(10_001);
    assert_eq!(library.set_note(one(2), &long).await.unwrap_err().code(), ErrorCode::InvalidInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_rates_the_images_of_another_profile() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let hers = import_picture(&ana, &a_png(16, 16), generated()).await;
    ana.set_visibility(vec![hers.clone()], Visibility::Public).await.unwrap();
    let one = || vec![hers.clone()];
    let expected = ErrorCode::NotAuthorized;
    assert_eq!(refusal(bob.set_rating(one(), stars(1)).await.unwrap()), expected);
    assert_eq!(refusal(bob.set_favourite(one(), true).await.unwrap()), expected);
    assert_eq!(refusal(bob.set_note(one(), "mine").await.unwrap()), expected);
    let (his, her_own) =
        (bob.create_collection("Best").await.unwrap(), ana.create_collection("Best").await.unwrap());
    assert_eq!(refusal(bob.add_to_collection(&his.id, one()).await.unwrap()), expected);
    let refused = bob.add_to_collection(&her_own.id, one()).await.unwrap_err();
    assert_eq!(refused.code(), expected);
    let view = View::Collection { collection: her_own.id.clone() };
    let refused = bob.images(&view, OrderBy::Manual.into(), &PageRequest::first(5)).await.unwrap_err();
    assert_eq!(refused.code(), expected);
    assert_eq!(bob.move_in_collection(&her_own.id, one(), None).await.unwrap_err().code(), expected);
}

async fn in_order(library: &Library, collection: &CollectionId) -> Vec<ImageId> {
    let view = View::Collection { collection: collection.clone() };
    let listed = listed(library, &view, OrderBy::Manual.into()).await;
    assert_eq!(packed(library, &view, OrderBy::Manual).await, listed);
    listed
}

#[tokio::test(flavor = "multi_thread")]
async fn the_artist_orders_the_images_of_a_collection() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let all = named(&fixture, &library, &["a.png", "b.png", "c.png", "d.png", "e.png"]).await;
    let best = library.create_collection("Best").await.unwrap();
    let at = |places: &[usize]| places.iter().map(|place| all[*place].clone()).collect::<Vec<_>>();
    library.add_to_collection(&best.id, at(&[2, 0, 4])).await.unwrap();
    library.add_to_collection(&best.id, at(&[0, 1, 3])).await.unwrap();
    assert_eq!(in_order(&library, &best.id).await, at(&[2, 0, 4, 1, 3]));
    let cover = library.collections().await.unwrap().remove(0);
    assert_eq!((cover.cover, cover.cover_sensitive), (Some(all[2].clone()), false));
    library.set_sensitive(at(&[2]), true).await.unwrap();
    assert!(library.collections().await.unwrap()[0].cover_sensitive);

    let put = async |images: &[usize], before: Option<usize>| {
        let before = before.map(|place| all[place].clone());
        library.move_in_collection(&best.id, at(images), before).await.unwrap()
    };
    assert_eq!(put(&[3, 1], Some(2)).await, 2);
    assert_eq!(in_order(&library, &best.id).await, at(&[3, 1, 2, 0, 4]));
    assert_eq!(put(&[3], None).await, 1);
    assert_eq!(in_order(&library, &best.id).await, at(&[1, 2, 0, 4, 3]));
    // There is room for any number of moves to the same place.
    for round in 0..60 {
        let (one, other) = if round % 2 == 0 { (4, 3) } else { (3, 4) };
        put(&[one], Some(2)).await;
        put(&[other], Some(2)).await;
    }
    assert_eq!(in_order(&library, &best.id).await, at(&[1, 3, 4, 2, 0]));

    let view = View::Collection { collection: best.id.clone() };
    assert_eq!(listed(&library, &view, OrderBy::Name.into()).await, all);
    library.remove(at(&[4]), Removal::ToTrash).await.unwrap();
    assert_eq!(in_order(&library, &best.id).await, at(&[1, 3, 2, 0]));
    library.restore(at(&[4])).await.unwrap();
    assert_eq!(in_order(&library, &best.id).await, at(&[1, 3, 4, 2, 0]), "it has its place again");
    library.take_from_collection(&best.id, at(&[3])).await.unwrap();
    assert_eq!(in_order(&library, &best.id).await, at(&[1, 4, 2, 0]));

    let some = |images: &[usize], before: Option<usize>| PlacedImages {
        images: at(images),
        before: before.map(|place| all[place].clone()),
    };
    let places = library.places_in_collection(&best.id, at(&[0, 4, 1, 3])).await.unwrap();
    assert_eq!(places, [some(&[1, 4], Some(2)), some(&[0], None)], "3 is not in it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_collection_is_restored_with_its_order_its_cover_and_images_in_the_trash() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let all = named(&fixture, &library, &["a.png", "b.png", "c.png", "d.png"]).await;
    let at = |places: &[usize]| places.iter().map(|place| all[*place].clone()).collect::<Vec<_>>();
    let best = library.create_collection("Best").await.unwrap();
    library.create_collection("Sky").await.unwrap();
    library.arrange_collections(vec![best.id.clone()]).await.unwrap();
    library.add_to_collection(&best.id, at(&[2, 0, 3, 1])).await.unwrap();
    library.set_collection_cover(&best.id, Some(all[3].clone())).await.unwrap();
    library.remove(at(&[0]), Removal::ToTrash).await.unwrap();
    let before = library.collections().await.unwrap();

    library.delete_collection(&best.id).await.unwrap();
    library.remove(at(&[1]), Removal::Permanent).await.unwrap();
    let restored = library.restore_collection(&best.id).await.unwrap();
    assert_eq!((restored.id.clone(), restored.images), (best.id.clone(), 2));
    let now = library.collections().await.unwrap();
    let places = |of: &[Collection]| of.iter().map(|each| each.name.clone()).collect::<Vec<_>>();
    assert_eq!(places(&now), places(&before));
    assert_eq!(now[0].cover, Some(all[3].clone()));
    library.restore(at(&[0])).await.unwrap();
    assert_eq!(in_order(&library, &best.id).await, at(&[2, 0, 3]));

    let again = library.restore_collection(&best.id).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::NotFound, "it is restored once");
    library.delete_collection(&best.id).await.unwrap();
    let other = library.create_collection("Best").await.unwrap();
    let taken = library.restore_collection(&best.id).await.unwrap_err();
    assert_eq!(taken.code(), ErrorCode::InvalidInput);
    library.rename_collection(&other.id, "Other").await.unwrap();
    assert_eq!(library.restore_collection(&best.id).await.unwrap().images, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_gallery_is_restored_with_its_references() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let hands = library.create_gallery("Hands").await.unwrap();
    let reference = import_picture(&library, &a_png(20, 20), references(Some(hands.id.clone()))).await;
    library.delete_gallery(&hands.id).await.unwrap();
    let restored = library.restore_gallery(&hands.id).await.unwrap();
    assert_eq!((restored.images, restored.cover), (1, Some(reference)));
}

#[tokio::test(flavor = "multi_thread")]
async fn imported_images_and_duplicates_join_the_end_of_a_collection() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let best = library.create_collection("Best").await.unwrap();
    let first = import_picture(&library, &a_png(16, 16), generated()).await;
    let into = ImportTarget { collection: Some(best.id.clone()), ..generated() };
    let second = import_picture(&library, &a_png(18, 18), into.clone()).await;
    let paths = vec![a_png(16, 16).write_to(&fixture.inbox(), "again.png")];
    assert_eq!(import(&library, paths, into.clone()).await.duplicates, 1);
    assert_eq!(in_order(&library, &best.id).await, [second, first]);

    let wrong = ImportTarget { kind: ImageKind::Reference, ..into };
    let (cancel, choices) = (CancellationToken::new(), ImportChoices::default());
    let refused = library.import(Vec::new(), wrong, choices, cancel, |_| (), |_| ()).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::NotFound, "a reference joins no collection");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_can_be_in_many_collections_and_names_them() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    let reference = import_picture(&library, &a_png(20, 20), references(None)).await;
    let (best, sky) = (
        library.create_collection("Best of 2026").await.unwrap(),
        library.create_collection("Sky").await.unwrap(),
    );
    for collection in [&best, &sky] {
        library.add_to_collection(&collection.id, vec![id.clone()]).await.unwrap();
    }
    let refused = library.add_to_collection(&sky.id, vec![reference]).await.unwrap();
    assert_eq!(refusal(refused), ErrorCode::InvalidInput);
    assert_eq!(library.detail(&id).await.unwrap().collections, ["Best of 2026", "Sky"]);
    for query in ["collection:sky ", "collection:\"best of 2026\" ", "collection:SKY -collection:other "] {
        assert_eq!(found(&library, query).await, std::slice::from_ref(&id), "{query}");
    }
    assert!(found(&library, "-collection:sky ").await.is_empty());
    // Of two names that differ only in capital letters, the one that is written is meant.
    let lower = library.create_collection("sky").await.unwrap();
    let other = import_picture(&library, &a_png(24, 24), generated()).await;
    library.add_to_collection(&lower.id, vec![other.clone()]).await.unwrap();
    for (query, expected) in [
        ("collection:sky ", vec![other.clone()]),
        ("collection:Sky ", vec![id.clone()]),
        ("collection:SKY ", vec![other.clone(), id.clone()]),
        ("-collection:sky ", vec![id.clone()]),
    ] {
        assert_eq!(found(&library, query).await, expected, "{query}");
    }
    library.delete_collection(&lower.id).await.unwrap();
    library.remove(vec![other], Removal::Permanent).await.unwrap();
    library.rename_collection(&sky.id, "Clouds").await.unwrap();
    assert_eq!(library.detail(&id).await.unwrap().collections, ["Best of 2026", "Clouds"]);
    library.arrange_collections(vec![sky.id.clone(), best.id.clone()]).await.unwrap();
    assert_eq!(library.detail(&id).await.unwrap().collections, ["Clouds", "Best of 2026"]);
    library.delete_collection(&sky.id).await.unwrap();
    assert_eq!(library.collections().await.unwrap().len(), 1);
    assert_eq!(library.get_my_images(&PageRequest::first(5)).await.unwrap().page.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gallery_finds_the_images_that_were_made_with_its_references() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let gallery = library.create_gallery("Hands").await.unwrap();
    let reference = import_picture(&library, &a_png(20, 20), references(Some(gallery.id))).await;
    let made = import_picture(&library, &a_png(16, 16), generated()).await;
    import_picture(&library, &a_png(24, 24), generated()).await;
    library.link_references(vec![made.clone()], vec![reference]).await.unwrap();
    assert_eq!(found(&library, "gallery:hands ").await, [made]);
}

#[tokio::test(flavor = "multi_thread")]
async fn negative_prompts_are_searched_only_by_their_key() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let stock = "\nNegative prompt: blurry, low quality\nSteps: 20, Sampler: Euler, Model: flux1-dev";
    let id = import_picture(&library, &saying(&format!("a fox{stock}")), generated()).await;
    for (query, finds) in [
        ("blurry ", false),
        ("-blurry ", true),
        ("fox -blurry ", true),
        ("negative:blurry ", true),
        ("-negative:blurry ", false),
        ("model:flux ", true),
        ("flux ", true),
        ("-model:flux ", false),
        ("model:lux ", false),
    ] {
        let expected = if finds { vec![id.clone()] } else { vec![] };
        assert_eq!(found(&library, query).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_part_of_a_thai_text_is_found() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    // "Black cat in the garden", without spaces as it is written.
    let text = "\u{e41}\u{e21}\u{e27}\u{e14}\u{e33}\u{e43}\u{e19}\u{e2a}\u{e27}\u{e19}";
    let id =
        import_picture(&library, &saying(&format!("{text}\nSteps: 20, Sampler: Euler")), generated()).await;
    for query in ["\u{e41}\u{e21}\u{e27} ", "\u{e2a}\u{e27}\u{e19} "] {
        assert_eq!(found(&library, query).await, std::slice::from_ref(&id), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_match_can_come_first() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let best = import_picture(&library, &saying("fox fox fox\nSteps: 20, Sampler: Euler"), generated()).await;
    let words = "a long evening by the sea with one fox among many other animals and people";
    let other =
        import_picture(&library, &saying(&format!("{words}\nSteps: 20, Sampler: Euler")), generated()).await;
    let view = View::Search { query: "fox ".to_owned(), within: SearchPlace::History };
    let by_match = listed(&library, &view, OrderBy::Match.into()).await;
    assert_eq!(by_match, [best.clone(), other.clone()]);
    assert_eq!(listed(&library, &view, Order { by: OrderBy::Match, reversed: true }).await, [other, best]);
    assert_eq!(packed(&library, &view, OrderBy::Match).await, by_match);
}

#[tokio::test(flavor = "multi_thread")]
async fn saved_searches_are_renamed_edited_and_ordered() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let save = async |name: &str, query: &str| {
        let search = vitrine_core::model::SavedSearch { name: name.into(), query: query.into() };
        library.save_search(search).await.unwrap()
    };
    save("b", "fox").await;
    save("a", "cat").await;
    let names = |saved: Vec<vitrine_core::model::SavedSearch>| {
        saved.into_iter().map(|saved| format!("{}={}", saved.name, saved.query)).collect::<Vec<_>>()
    };
    let arranged = library.arrange_searches(vec!["b".into(), "a".into()]).await.unwrap();
    assert_eq!(names(arranged), ["b=fox", "a=cat"]);
    assert_eq!(names(library.rename_search("b", "z").await.unwrap()), ["z=fox", "a=cat"]);
    assert_eq!(library.rename_search("z", "a").await.unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!(library.rename_search("b", "c").await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(names(save("z", "fox is:favourite").await), ["z=fox is:favourite", "a=cat"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_model_of_many_images_is_set_and_set_back_in_one_step_each() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let said = |model: &str| saying(&format!("a fox\nSteps: 20, Sampler: Euler, Seed: 1, Model: {model}"));
    let read = import_picture(&library, &said("base"), generated()).await;
    let typed = import_picture(&library, &said("other"), generated()).await;
    let reference = import_picture(&library, &a_png(8, 8), references(None)).await;
    let edit = ImageEdit { model: Some("mine".into()), ..ImageEdit::default() };
    library.edit(&typed, edit).await.unwrap();
    let model = async |id: &ImageId| {
        let detail = library.detail(id).await.unwrap();
        (detail.model, detail.edited)
    };
    let before = (model(&read).await, model(&typed).await);

    let all = vec![read.clone(), typed.clone(), reference.clone()];
    let one_for_all = vec![FieldEdit { text: Some(" shared ".into()), ids: all }];
    let change = library.put_edits(GenerationField::Model, one_for_all).await.unwrap();
    assert_eq!(change.report.done, [read.clone(), typed.clone()]);
    assert_eq!(change.report.failed.len(), 1, "a reference has no model");
    let edited = ("shared".to_owned(), vec![GenerationField::Model]);
    assert_eq!((model(&read).await, model(&typed).await), (edited.clone(), edited));

    let back = library.put_edits(GenerationField::Model, change.before).await.unwrap();
    assert_eq!(back.report.failed.len(), 0);
    assert_eq!((model(&read).await, model(&typed).await), before);

    let too_long = vec![FieldEdit { text: Some("x".repeat(200_001)), ids: vec![read.clone()] }];
    let refused = library.put_edits(GenerationField::Prompt, too_long).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notes_of_many_images_are_set_and_set_back_in_one_step_each() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let all = named(&fixture, &library, &["a.png", "b.png", "c.png"]).await;
    library.set_note(vec![all[0].clone()], "for the cover").await.unwrap();
    let notes = async || {
        let mut notes = Vec::new();
        for id in &all {
            notes.push(library.detail(id).await.unwrap().note.clone());
        }
        notes
    };
    let one_for_all = vec![Note { text: " print these ".into(), ids: all.clone(), instead_of: None }];
    let change = library.put_notes(one_for_all).await.unwrap();
    assert_eq!((notes().await, change.report.done), (vec!["print these".to_owned(); 3], all.clone()));
    library.put_notes(change.before).await.unwrap();
    assert_eq!(notes().await, ["for the cover", "", ""]);
}

/// Every way to change what images have, for one that has nothing of it: in place of nothing, and then in place of
/// something else.
async fn change_twice(library: &Library, id: &ImageId) -> Vec<(&'static str, ActionReport, ActionReport)> {
    let ids = || vec![id.clone()];
    let made = date_of(library, id).await;
    let at = |at, instead_of| {
        let made = Made { at: UnixMs(at), from: MadeFrom::Artist };
        vec![DatedImage { id: id.clone(), made, instead_of: Some(instead_of) }]
    };
    let note = |text: &str, instead_of: &str| {
        vec![Note { text: text.into(), ids: ids(), instead_of: Some(instead_of.into()) }]
    };
    let rating = |to, instead_of| Change { to: stars(to), instead_of: Some(stars(instead_of)) };
    let mark = |to, instead_of| Change { to, instead_of: Some(instead_of) };
    let visible = |to, instead_of| Change { to, instead_of: Some(instead_of) };
    let (public, unlisted) = (Visibility::Public, Visibility::Unlisted);
    vec![
        (
            "rating",
            library.set_rating(ids(), rating(3, 0)).await.unwrap(),
            library.set_rating(ids(), rating(5, 0)).await.unwrap(),
        ),
        (
            "favourite",
            library.set_favourite(ids(), mark(true, false)).await.unwrap(),
            library.set_favourite(ids(), mark(true, false)).await.unwrap(),
        ),
        (
            "sensitive",
            library.set_sensitive(ids(), mark(true, false)).await.unwrap(),
            library.set_sensitive(ids(), mark(true, false)).await.unwrap(),
        ),
        (
            "visibility",
            library.set_visibility(ids(), visible(public, unlisted)).await.unwrap(),
            library.set_visibility(ids(), visible(unlisted, unlisted)).await.unwrap(),
        ),
        (
            "note",
            library.put_notes(note("print", "")).await.unwrap().report,
            library.put_notes(note("frame", "")).await.unwrap().report,
        ),
        (
            "date",
            library.put_made(at(1_000, made)).await.unwrap().report,
            library.put_made(at(2_000, made)).await.unwrap().report,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_place_of_another_value_leaves_what_was_changed_meanwhile() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let [id] = <[ImageId; 1]>::try_from(named(&fixture, &library, &["a.png"]).await).unwrap();
    for (part, first, second) in change_twice(&library, &id).await {
        assert_eq!(first.done, std::slice::from_ref(&id), "{part}");
        assert_eq!(second.done, [], "{part}");
        assert_eq!(second.failed[0].error.code, ErrorCode::Changed, "{part}");
    }
    let detail = library.detail(&id).await.unwrap();
    assert_eq!((detail.rating, detail.favourite, detail.note.as_str()), (stars(3), true, "print"));
    assert_eq!((detail.visibility, detail.created_at), (Some(Visibility::Public), UnixMs(1_000)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_change_replaced_undoes_it_but_for_images_that_were_changed_again() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let all = named(&fixture, &library, &["a.png", "b.png"]).await;
    let files: Vec<_> = dates_of(&library, &all).await;

    let noted =
        library.put_notes(vec![Note { text: " print ".into(), ids: all.clone(), instead_of: None }]).await;
    let dated = library.set_made(all.clone(), UnixMs(1_000)).await.unwrap();
    library.set_note(vec![all[1].clone()], "newer").await.unwrap();
    library.set_made(vec![all[1].clone()], UnixMs(2_000)).await.unwrap();

    let undone = library.put_notes(noted.unwrap().before).await.unwrap();
    assert_eq!((undone.report.done, undone.report.failed.len()), (all[..1].to_vec(), 1));
    let undated = library.put_made(dated.before).await.unwrap();
    assert_eq!((undated.report.done, undated.report.failed.len()), (all[..1].to_vec(), 1));
    assert_eq!([note_of(&library, &all[0]).await, note_of(&library, &all[1]).await], ["", "newer"]);
    let newer = Made { at: UnixMs(2_000), from: MadeFrom::Artist };
    assert_eq!(dates_of(&library, &all).await, [files[0], newer]);

    // What the undoing replaced does it again, and a date that is reverted to its file is undone in the same way.
    library.put_notes(undone.before).await.unwrap();
    library.put_made(undated.before).await.unwrap();
    let given = Made { at: UnixMs(1_000), from: MadeFrom::Artist };
    assert_eq!(
        (note_of(&library, &all[0]).await, dates_of(&library, &all).await[0]),
        ("print".into(), given)
    );
    let reverted = library.revert_made(all.clone()).await.unwrap();
    assert_eq!(dates_of(&library, &all).await, files);
    library.put_made(reverted.before).await.unwrap();
    assert_eq!(dates_of(&library, &all).await, [given, newer]);
}

async fn note_of(library: &Library, id: &ImageId) -> String {
    library.detail(id).await.unwrap().note.clone()
}

async fn dates_of(library: &Library, ids: &[ImageId]) -> Vec<Made> {
    let mut dates = Vec::new();
    for id in ids {
        dates.push(date_of(library, id).await);
    }
    dates
}

async fn date_of(library: &Library, id: &ImageId) -> Made {
    let detail = library.detail(id).await.unwrap();
    Made { at: detail.created_at, from: detail.created_from }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_an_image_in_the_trash_is_changed() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let [id] = <[ImageId; 1]>::try_from(named(&fixture, &library, &["a.png"]).await).unwrap();
    let shown = library.create_collection("Shown").await.unwrap();
    library.add_to_collection(&shown.id, vec![id.clone()]).await.unwrap();
    let before = library.detail(&id).await.unwrap();
    library.remove(vec![id.clone()], Removal::ToTrash).await.unwrap();
    // Its picture is still shown, so that it can be marked as sensitive.
    for (part, first, _) in change_twice(&library, &id).await.into_iter().filter(|it| it.0 != "sensitive") {
        assert_eq!(first.failed[0].error.code, ErrorCode::InTrash, "{part}");
    }
    let ids = || vec![id.clone()];
    let refused = [
        library.add_to_collection(&shown.id, ids()).await.unwrap(),
        library.take_from_collection(&shown.id, ids()).await.unwrap(),
        library
            .put_edits(GenerationField::Prompt, vec![FieldEdit { text: Some("a fox".into()), ids: ids() }])
            .await
            .unwrap()
            .report,
    ];
    for report in refused {
        assert_eq!(report.failed[0].error.code, ErrorCode::InTrash);
    }
    let edit = ImageEdit { prompt: Some("a fox".into()), ..ImageEdit::default() };
    assert_eq!(library.edit(&id, edit).await.unwrap_err().code(), ErrorCode::InTrash);
    library.set_sensitive(ids(), false).await.unwrap();
    library.restore(ids()).await.unwrap();
    assert_eq!(library.detail(&id).await.unwrap(), before);
}
