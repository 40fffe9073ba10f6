//! What many images have in common, as the inspector requests it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use vitrine_core::Library;
use vitrine_core::model::{
    ErrorCode, Facet, ImageEdit, ImageId, Removal, SelectionSummary, UploadCounts, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import_bytes, import_picture, references, refusal};
use vitrine_tests::pictures::a_png;
use vitrine_tests::rows::{self, damage_a_row};

async fn summary(library: &Library, ids: &[ImageId]) -> SelectionSummary {
    library.selection_summary(ids.to_vec(), || true).await.unwrap().unwrap()
}

/// Imports a separate picture with what a tool wrote about it.
async fn made(library: &Library, seed: u64, prompt: &str, settings: &str) -> ImageId {
    let text = format!("{prompt}\nNegative prompt: blurry\n{settings}");
    import_picture(library, &a_png(64, 48).seed(seed).with_text("parameters", &text), generated()).await
}

fn facet(name: &str, images: u32) -> Facet {
    Facet { name: name.to_owned(), images }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_says_what_its_images_share_and_where_they_differ() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let ids = [
        made(&library, 1, "a fox", "Steps: 20, Sampler: Euler, Seed: 1, Model: sdxl, Version: v1.10.1").await,
        made(&library, 2, "a fox", "Steps: 20, Sampler: Euler, Seed: 2, Model: sdxl, Version: v1.10.1").await,
        made(&library, 3, "a fox", "Steps: 20, Sampler: Euler, Seed: 3, Model: flux, Version: v1.10.1").await,
    ];
    let plain = import_picture(&library, &a_png(32, 32).seed(4), generated()).await;
    let reference = import_picture(&library, &a_png(16, 24).seed(5), references(None)).await;
    library.set_visibility(vec![ids[0].clone()], Visibility::Public).await.unwrap();
    library.remove(vec![ids[2].clone()], Removal::ToTrash).await.unwrap();
    let all = [ids.to_vec(), vec![plain, reference]].concat();

    let found = summary(&library, &all).await;
    assert_eq!((found.images, found.generated, found.references, found.in_trash), (5, 4, 1, 1));
    assert_eq!((found.public, found.unlisted), (1, 3));
    assert_eq!((found.missing, found.damaged, found.of_others), (0, 0, 0));
    assert_eq!((found.prompts.different, found.prompts.without), (1, 1));
    assert_eq!(found.prompts.most, [facet("a fox", 3)]);
    assert_eq!(found.negative_prompts.most, [facet("blurry", 3)]);
    assert_eq!((found.seeds.different, found.seeds.without, found.seeds.most.len()), (3, 1, 0));
    assert_eq!((found.models.different, found.models.without), (2, 1));
    assert_eq!(found.models.most, [facet("sdxl", 2), facet("flux", 1)]);
    assert_eq!(found.tools.most, [facet("automatic1111", 3)]);
    assert_eq!(found.formats.most, [facet("image/png", 5)]);
    assert_eq!(found.dimensions.most, [facet("64x48", 3), facet("16x24", 1), facet("32x32", 1)]);
    // Without a bucket nothing waits, and an image in the trash is not being uploaded.
    assert_eq!(found.uploads, UploadCounts { local: 4, ..UploadCounts::default() });

    // The images were pasted, and the texts of the web UI have no date.
    assert_eq!(found.made_from.most, [facet("import", 5)]);

    let mut bytes = 0;
    let mut moments = Vec::new();
    for id in &all {
        let detail = library.detail(id).await.unwrap();
        bytes += detail.size_bytes.0;
        moments.push(detail.created_at);
    }
    assert_eq!(found.size_bytes.0, bytes);
    let made = found.made.unwrap();
    assert_eq!((made.first, made.last), (*moments.iter().min().unwrap(), *moments.iter().max().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_seed_and_a_shared_edited_prompt_are_reported() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let settings = "Steps: 20, Sampler: Euler, Seed: 18446744073709551615, Model: sdxl";
    let ids = vec![made(&library, 1, "a fox", settings).await, made(&library, 2, "a wolf", settings).await];
    let found = summary(&library, &ids).await;
    assert_eq!(found.seeds.most, [facet("18446744073709551615", 2)]);
    assert_eq!((found.prompts.different, found.prompts.most.len()), (2, 0));
    let edit = ImageEdit { prompt: Some("a fox".into()), ..ImageEdit::default() };
    library.edit(&ids[1], edit).await.unwrap();
    assert_eq!(summary(&library, &ids).await.prompts.most, [facet("a fox", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_counts_each_image_once_and_reports_missing_ones() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &a_png(16, 16), generated()).await;
    let gone = ImageId::generate();
    let found = summary(&library, &[id.clone(), id, gone]).await;
    assert_eq!((found.images, found.missing), (1, 1));
    let nothing = summary(&library, &[]).await;
    assert_eq!(nothing, SelectionSummary::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_reveals_no_private_images_of_other_profiles() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let text = "Steps: 20, Sampler: Euler, Seed: 7, Model: secret-model";
    let unlisted = made(&ana, 1, "a secret", text).await;
    let public = made(&ana, 2, "in the feed", text).await;
    let removed = made(&ana, 3, "once in the feed", text).await;
    let reference = import_picture(&ana, &a_png(16, 16).seed(4), references(None)).await;
    ana.set_visibility(vec![public.clone(), removed.clone()], Visibility::Public).await.unwrap();
    ana.remove(vec![removed.clone()], Removal::ToTrash).await.unwrap();
    let mine = import_picture(&bob, &a_png(16, 16).seed(5), generated()).await;

    let found = summary(&bob, &[unlisted.clone(), reference, removed]).await;
    assert_eq!(found, SelectionSummary { missing: 3, ..SelectionSummary::default() });
    let found = summary(&bob, &[unlisted, public.clone(), mine]).await;
    assert_eq!((found.images, found.of_others, found.missing), (2, 1, 1));
    assert_eq!(found.prompts.most, [facet("in the feed", 1)]);
    // An image that is counted is not necessarily one that may be changed.
    let refused = bob.set_visibility(vec![public], Visibility::Unlisted).await.unwrap();
    assert_eq!(refusal(refused), ErrorCode::NotAuthorized);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_is_counted_and_the_others_are_summarised() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut ids = Vec::new();
    for seed in 1..=3 {
        let bytes = a_png(16, 16).seed(seed).bytes();
        ids.push(import_bytes(&library, bytes, generated()).await);
    }
    damage_a_row(&fixture.folder(), ids[1].as_str());
    let found = summary(&library, &ids).await;
    assert_eq!((found.images, found.damaged, found.missing), (2, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_images_are_summarised_and_more_are_refused() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    rows::many(&fixture.folder(), &fixture.owner(), 100_001);
    let id = |number| ImageId::parse(&rows::id_of(number)).unwrap();
    let mut ids: Vec<ImageId> = (0..100_001).map(id).collect();
    let refused = library.selection_summary(ids.clone(), || true).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidInput);

    ids.pop();
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    let wanted = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        true
    };
    let found = library.selection_summary(ids.clone(), wanted).await.unwrap().unwrap();
    assert_eq!((found.images, found.prompts.different, found.models.without), (100_000, 100_000, 100_000));
    assert_eq!(found.size_bytes.0, 100_000 * 1_500_000);
    let made = found.made.unwrap();
    assert_eq!(made.last.0 - made.first.0, 99_999 * 90_000);
    assert_eq!(found.dimensions.different, 5);
    assert_eq!(found.dimensions.most.iter().map(|each| each.images).sum::<u32>(), 100_000);

    // A person who selects something else does not wait for the rest.
    let all = looks.swap(0, Ordering::Relaxed);
    let counted = Arc::clone(&looks);
    let left = library.selection_summary(ids, move || counted.fetch_add(1, Ordering::Relaxed) < 3).await;
    assert_eq!(left.unwrap(), None);
    assert!(looks.load(Ordering::Relaxed) == 4 && all > 50, "{all}");
}
