//! What the artist types: prompts, seeds, names, choices.

use vitrine_core::model::{ErrorCode, ImageEdit, OrderBy, OwnerId, PageRequest, Removal, Settings, View};
use vitrine_tests::fixture::{LibraryFixture, generated, import_picture, references, refusal};
use vitrine_tests::pictures::a_png;

#[tokio::test(flavor = "multi_thread")]
async fn a_seed_keeps_every_digit_of_a_u64() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    let seed = |text: &str| ImageEdit { seed: Some(text.to_owned()), ..ImageEdit::default() };
    // 2^64 - 1, 2^53 + 1 which a double cannot represent, zero, and random.
    for good in ["18446744073709551615", "9007199254740993", "0", "-1"] {
        assert_eq!(library.edit(&id, seed(good)).await.unwrap().seed.as_deref(), Some(good));
        let row = library.get_my_images(&PageRequest::first(1)).await.unwrap().page.remove(0);
        assert_eq!(row.seed.as_deref(), Some(good));
    }
    for bad in ["18446744073709551616", "-2", "1.5", "abc", "1e3", "0x1F"] {
        let refused = library.edit(&id, seed(bad)).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidInput, "{bad}");
        assert!(refused.to_string().contains("18446744073709551615"), "{refused}");
    }
    assert_eq!(library.edit(&id, seed("")).await.unwrap().seed, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_changes_what_it_names_and_nothing_else() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    let before = library.detail(&id).await.unwrap();
    assert_eq!(
        (before.prompt.as_str(), before.model.as_str(), before.seed.as_deref()),
        ("", "unknown", None)
    );
    let edit = ImageEdit {
        prompt: Some("a fox \u{1F98A}\nin the 'snow'".into()),
        negative_prompt: Some("blurry".into()),
        model: Some(" flux ".into()),
        seed: None,
    };
    let edited = library.edit(&id, edit).await.unwrap();
    assert_eq!(edited.prompt, "a fox \u{1F98A}\nin the 'snow'");
    assert_eq!((edited.negative_prompt.as_deref(), edited.model.as_str()), (Some("blurry"), "flux"));
    let cleared = ImageEdit {
        negative_prompt: Some(String::new()),
        model: Some(String::new()),
        ..ImageEdit::default()
    };
    let cleared = library.edit(&id, cleared).await.unwrap();
    assert_eq!((cleared.negative_prompt, cleared.model.as_str()), (None, "unknown"));
    assert_eq!(cleared.prompt, edited.prompt);
    let too_long = ImageEdit { prompt: Some("x".repeat(1_000_000)), ..ImageEdit::default() };
    assert_eq!(library.edit(&id, too_long).await.unwrap_err().code(), ErrorCode::InvalidInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn galleries_hold_references_only_and_deleting_one_keeps_its_images() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let faces = library.create_gallery(" Faces ").await.unwrap();
    assert_eq!(faces.name, "Faces");
    for bad in ["", "  ", "Faces", "a\nb", &"x".repeat(81)] {
        assert_eq!(library.create_gallery(bad).await.unwrap_err().code(), ErrorCode::InvalidInput, "{bad:?}");
    }
    let reference = import_picture(&library, &a_png(16, 16), references(None)).await;
    let picture = import_picture(&library, &a_png(16, 16), generated()).await;
    let put = async |id| library.add_to_gallery(&faces.id, vec![id]).await.unwrap();
    assert_eq!(refusal(put(picture).await), ErrorCode::InvalidInput);
    put(reference.clone()).await;
    put(reference.clone()).await;
    assert_eq!(library.galleries().await.unwrap()[0].images, 1);
    assert_eq!(library.detail(&reference).await.unwrap().galleries, std::slice::from_ref(&faces.id));
    library.take_from_gallery(&faces.id, vec![reference.clone()]).await.unwrap();
    assert_eq!(library.galleries().await.unwrap()[0].images, 0);
    put(reference.clone()).await;
    assert_eq!(library.rename_gallery(&faces.id, "Hands").await.unwrap().name, "Hands");
    library.delete_gallery(&faces.id).await.unwrap();
    assert!(library.galleries().await.unwrap().is_empty());
    let view = View::References { gallery: None };
    assert_eq!(library.tiles(&view, OrderBy::Made, &PageRequest::first(5)).await.unwrap().page.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_image_is_the_cover_of_a_gallery_until_another_is_chosen() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let faces = library.create_gallery("Faces").await.unwrap();
    assert_eq!(faces.cover, None);
    let mut inside = Vec::new();
    for seed in 1..=3 {
        let picture = a_png(16, 16).noise().seed(seed);
        inside.push(import_picture(&library, &picture, references(Some(faces.id.clone()))).await);
    }
    let outside = import_picture(&library, &a_png(16, 16).noise().seed(4), references(None)).await;
    let cover = async || library.galleries().await.unwrap()[0].cover.clone();
    let newest = Some(inside[2].clone());
    assert_eq!(cover().await, newest);

    let chosen = library.set_gallery_cover(&faces.id, Some(inside[0].clone())).await.unwrap();
    assert_eq!(chosen.cover.as_ref(), Some(&inside[0]));
    let refused = library.set_gallery_cover(&faces.id, Some(outside)).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidInput);
    // An image that is not shown in the gallery cannot represent it.
    library.remove(vec![inside[0].clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(cover().await, newest);
    library.restore(vec![inside[0].clone()]).await.unwrap();
    assert_eq!(cover().await.as_ref(), Some(&inside[0]));
    library.take_from_gallery(&faces.id, vec![inside[0].clone()]).await.unwrap();
    assert_eq!(cover().await, newest);
    library.add_to_gallery(&faces.id, vec![inside[0].clone()]).await.unwrap();
    library.remove(vec![inside[0].clone()], Removal::Permanent).await.unwrap();
    assert_eq!(cover().await, newest);
    library.set_gallery_cover(&faces.id, Some(inside[1].clone())).await.unwrap();
    assert_eq!(library.set_gallery_cover(&faces.id, None).await.unwrap().cover, newest);
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_are_added_switched_and_remembered() {
    let fixture = LibraryFixture::new();
    let library = fixture.try_open_as(None).await.unwrap();
    assert_eq!(library.profile().await.unwrap().name.as_deref(), Some("Artist"));
    let first = library.add_profile("Ana María").await.unwrap();
    let second = library.add_profile("Ana María").await.unwrap();
    assert_eq!((first.id.as_str(), second.id.as_str()), ("ana-mar-a", "ana-mar-a-2"));
    for bad in ["", " ", "a\tb", &"x".repeat(81)] {
        assert_eq!(library.add_profile(bad).await.unwrap_err().code(), ErrorCode::InvalidInput, "{bad:?}");
    }
    library.switch_profile(&first.id).await.unwrap();
    let nobody = OwnerId::parse("nobody").unwrap();
    assert_eq!(library.switch_profile(&nobody).await.unwrap_err().code(), ErrorCode::NotFound);
    drop(library);
    let library = fixture.try_open_as(None).await.unwrap();
    assert_eq!(library.owner(), first.id);
    assert_eq!(library.profiles().await.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_out_of_range_are_refused_and_the_others_are_saved() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let chosen = Settings { max_upload_mb: 200, parallel_transfers: 16, ..Settings::default() };
    library.save_settings(chosen.clone()).await.unwrap();
    for (max_upload_mb, parallel_transfers) in [(0, 4), (4_001, 4), (50, 0), (50, 17)] {
        let bad = Settings { max_upload_mb, parallel_transfers, ..Settings::default() };
        assert_eq!(library.save_settings(bad).await.unwrap_err().code(), ErrorCode::InvalidInput);
    }
    assert_eq!(library.settings(), chosen);
    drop(library);
    assert_eq!(fixture.open().await.settings(), chosen);
}

#[tokio::test(flavor = "multi_thread")]
async fn galleries_keep_the_order_of_the_artist_and_new_ones_come_last() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for name in ["Ants", "Bees", "Cats"] {
        ids.push(library.create_gallery(name).await.unwrap().id);
    }
    let names = async || {
        let galleries = library.galleries().await.unwrap();
        galleries.into_iter().map(|gallery| gallery.name).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Ants", "Bees", "Cats"]);
    ids.reverse();
    let arranged = library.arrange_galleries(ids.clone()).await.unwrap();
    assert_eq!(
        arranged.iter().map(|gallery| &gallery.id).collect::<Vec<_>>(),
        ids.iter().collect::<Vec<_>>()
    );
    library.create_gallery("Apes").await.unwrap();
    library.rename_gallery(&ids[0], "Dogs").await.unwrap();
    // The newest gallery shares the last position, where names decide.
    assert_eq!(names().await, ["Dogs", "Bees", "Ants", "Apes"]);
}
