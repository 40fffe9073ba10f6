//! Images that look like others: how many of them are found, and how many are not what they seem.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::LibraryEvent;
use vitrine_core::model::{
    Duplicates, ErrorCode, ImageId, MoreLike, Order, OrderBy, PageRequest, Rating, Removal, SearchPlace,
    UnneededDuplicate, View, Visibility,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_bytes, import_picture, references};
use vitrine_tests::pictures::a_png;
use vitrine_tests::scenes::{Change, png, scene, with_text};

const PARAMETERS: &str = "a lighthouse at dusk\nSteps: 30, Sampler: Euler, Seed: 7, Model: sdxl";

async fn duplicates(library: &Library) -> Duplicates {
    library.find_duplicates(CancellationToken::new(), |_| ()).await.unwrap()
}

/// Returns the ids of each group.
async fn groups(library: &Library) -> Vec<Vec<ImageId>> {
    let found = duplicates(library).await;
    assert_eq!((found.left_out, found.not_compared, found.is_complete), (0, 0, true));
    found.groups.into_iter().map(|group| group.into_iter().map(|image| image.id).collect()).collect()
}

async fn similar(library: &Library, id: &ImageId) -> Vec<(ImageId, u32)> {
    let found = library.similar(id, 1000).await.unwrap();
    found.page.into_iter().map(|similar| (similar.image.id().clone(), similar.distance)).collect()
}

async fn found(library: &Library, query: &str, by: OrderBy) -> Vec<ImageId> {
    let view = View::Search { query: format!("{query} "), within: SearchPlace::History };
    let page = library.images(&view, Order::from(by), &PageRequest::first(100)).await.unwrap();
    page.page.into_iter().map(|image| image.id().clone()).collect()
}

/// Imports a picture with generation data, and returns its id.
async fn picture(library: &Library, prompt: u64, seed: u64) -> ImageId {
    import_bytes(library, with_text(&png(&scene(prompt, seed)), PARAMETERS), generated()).await
}

/// Imports what a picture becomes, and returns its id.
async fn changed(library: &Library, prompt: u64, seed: u64, change: Change) -> ImageId {
    import_bytes(library, change.of(&scene(prompt, seed)).0, generated()).await
}

struct Score {
    right: usize,
    wrong: usize,
    missed: usize,
}

impl Score {
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn of(&self) -> (f64, f64) {
        let right = self.right as f64;
        (right / (self.right + self.wrong) as f64, right / (self.right + self.missed) as f64)
    }
}

/// Four prompts with four pictures each, and everything that happens to a picture.
#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_picture_are_found_and_other_pictures_of_its_prompt_are_not() {
    const PROMPTS: u64 = 4;
    const SEEDS: u64 = 4;
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut names: BTreeMap<String, (u64, u64, Option<Change>)> = BTreeMap::new();
    let mut paths: Vec<PathBuf> = Vec::new();
    for prompt in 0..PROMPTS {
        for seed in 0..SEEDS {
            let drawn = scene(prompt, seed);
            let mut add = |bytes: Vec<u8>, name: String, change: Option<Change>| {
                let path = fixture.inbox().join(&name);
                std::fs::write(&path, bytes).unwrap();
                paths.push(path);
                names.insert(name, (prompt, seed, change));
            };
            add(with_text(&png(&drawn), PARAMETERS), format!("{prompt}-{seed}.png"), None);
            for change in Change::ALL {
                let (bytes, end) = change.of(&drawn);
                add(bytes, format!("{prompt}-{seed}-{change:?}.{end}"), Some(change));
            }
        }
    }
    let count = paths.len();
    let imported = import(&library, paths, generated()).await;
    assert_eq!(imported.imported as usize, count);
    let what: BTreeMap<ImageId, (u64, u64, Option<Change>)> =
        imported.files.iter().map(|file| (file.id.clone().unwrap(), names[&file.name])).collect();
    let is_same = |one: &ImageId, other: &ImageId| {
        let ((prompt, seed, _), (other_prompt, other_seed, _)) = (what[one], what[other]);
        (prompt, seed) == (other_prompt, other_seed)
    };

    // Groups: every pair in one counts.
    let groups = groups(&library).await;
    let mut pairs = Score { right: 0, wrong: 0, missed: 0 };
    let mut with_original: BTreeSet<ImageId> = BTreeSet::new();
    for group in &groups {
        for (at, one) in group.iter().enumerate() {
            for other in &group[at + 1..] {
                if is_same(one, other) { pairs.right += 1 } else { pairs.wrong += 1 }
            }
        }
        if what[&group[0]].2.is_none() {
            with_original.extend(group[1..].iter().cloned());
        }
    }
    let copies: Vec<&ImageId> = what.iter().filter(|(_, what)| what.2.is_some()).map(|(id, _)| id).collect();
    let mut by_change: BTreeMap<Change, (usize, usize)> = BTreeMap::new();
    for id in &copies {
        let (in_group, all) = by_change.entry(what[*id].2.unwrap()).or_default();
        *in_group += usize::from(with_original.contains(*id));
        *all += 1;
    }
    // A copy is found if it is in the group of its original.
    let right = with_original.len();
    let ((precision, _), (_, recall)) =
        (pairs.of(), Score { right, missed: copies.len() - right, wrong: 0 }.of());
    println!("duplicates among {count} files: precision {precision:.3}, recall {recall:.3}");
    for (change, (in_group, all)) in &by_change {
        println!("  {change:?}: {in_group} of {all} with their original");
    }
    assert!(precision >= 1.0, "only copies may be proposed for the trash: {precision}");
    assert!(recall >= 0.95, "{recall}");
    for change in Change::ALL.into_iter().filter(|change| *change != Change::Cropped) {
        assert_eq!(by_change[&change].0, by_change[&change].1, "{change:?}");
    }

    // Look-ups: wider, because an artist looks at the results.
    let mut score = Score { right: 0, wrong: 0, missed: 0 };
    for (id, (_, _, change)) in &what {
        if change.is_some() {
            continue;
        }
        let near = similar(&library, id).await;
        assert!(near.is_sorted_by_key(|(_, distance)| *distance));
        let right = near.iter().filter(|(other, _)| is_same(id, other)).count();
        score.right += right;
        score.wrong += near.len() - right;
        score.missed += Change::ALL.len() - right;
    }
    let (precision, recall) = score.of();
    println!("similar images: precision {precision:.3}, recall {recall:.3}");
    assert!(precision >= 0.99 && recall >= 0.99, "{precision}, {recall}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_image_with_generation_data_is_proposed_even_if_another_is_larger() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let larger = changed(&library, 1, 1, Change::Twice).await;
    let original = picture(&library, 1, 1).await;
    let sent = changed(&library, 1, 1, Change::Sent).await;
    picture(&library, 1, 2).await;
    library.set_rating(vec![sent.clone()], Rating::try_from(5).unwrap()).await.unwrap();
    library.set_note(vec![sent.clone()], "posted").await.unwrap();
    let found = duplicates(&library).await;
    assert_eq!(found.groups.len(), 1);
    let group = &found.groups[0];
    let ids: Vec<&ImageId> = group.iter().map(|image| &image.id).collect();
    assert_eq!(ids, [&original, &larger, &sent]);
    assert!(group[0].has_generation_data && !group[1].has_generation_data);
    assert_eq!((group[1].width, group[1].height), (Some(960), Some(720)));
    assert_eq!((group[2].rating, group[2].has_note, group[2].is_public), (5, true, false));
    assert_eq!(group[0].distance, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_image_that_the_profile_sees_and_that_shows_something_is_compared() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    let hidden = picture(&bob, 2, 1).await;
    let shown = picture(&bob, 3, 1).await;
    bob.set_visibility(vec![shown.clone()], Visibility::Public).await.unwrap();
    let flat = import_bytes(&ana, png(&image::RgbImage::new(40, 40)), generated()).await;
    for id in [&hidden, &flat] {
        let refused = ana.similar(id, 10).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::NotFound);
        assert!(ana.check_search(&format!("similar:{id}")).await.is_err());
        assert_eq!(ana.explain_search(&format!("similar:{id} ")).await.unwrap().len(), 1);
    }
    assert!(ana.similar(&shown, 10).await.unwrap().is_done);
    ana.check_search(&format!("similar:{shown}")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trash_and_other_profiles_are_in_no_group() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let original = picture(&library, 2, 1).await;
    let copy = changed(&library, 2, 1, Change::Jpeg).await;
    assert_eq!(groups(&library).await, [[original.clone(), copy.clone()]]);
    library.remove(vec![copy.clone()], Removal::ToTrash).await.unwrap();
    assert!(groups(&library).await.is_empty());
    assert!(similar(&library, &original).await.is_empty());
    library.restore(vec![copy.clone()]).await.unwrap();
    assert_eq!(groups(&library).await.len(), 1);
    library.remove(vec![copy], Removal::Permanent).await.unwrap();
    assert!(groups(&library).await.is_empty());
    drop(library);

    let other = fixture.open_as("ben").await;
    changed(&other, 2, 1, Change::Half).await;
    assert!(groups(&other).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_finds_what_looks_alike_with_all_other_conditions() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let original = picture(&library, 3, 1).await;
    let cropped = changed(&library, 3, 1, Change::Cropped).await;
    let sent = changed(&library, 3, 1, Change::Sent).await;
    let other = picture(&library, 3, 2).await;
    let query = format!("similar:{original}");
    let matches = found(&library, &query, OrderBy::Match).await;
    assert_eq!(matches.len(), 3);
    assert_eq!(matches.last(), Some(&cropped), "the least similar comes last");
    assert_eq!(found(&library, &query, OrderBy::Made).await.len(), 3);
    assert_eq!(
        found(&library, &format!("{query} lighthouse"), OrderBy::Match).await,
        std::slice::from_ref(&original)
    );
    assert_eq!(found(&library, &format!("-{query}"), OrderBy::Made).await, [other]);
    library.set_favourite(vec![sent.clone()], true).await.unwrap();
    assert_eq!(found(&library, &format!("{query} is:favourite"), OrderBy::Match).await, [sent]);

    // Pages continue where the previous one ended.
    let view = View::Search { query: format!("{query} "), within: SearchPlace::History };
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let request = PageRequest { limit: 1, cursor };
        let page = library.images(&view, OrderBy::Match.into(), &request).await.unwrap();
        seen.extend(page.page.into_iter().map(|image| image.id().clone()));
        cursor = page.continue_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, found(&library, &query, OrderBy::Match).await);

    let nobody = ImageId::generate();
    assert!(found(&library, &format!("similar:{nobody}"), OrderBy::Match).await.is_empty());
    assert_eq!(library.similar(&nobody, 10).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(library.explain_search("similar:fox ").await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_like_an_image_are_searches_that_find_it() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let image = picture(&library, 4, 1).await;
    let other = picture(&library, 4, 2).await;
    let reference = import_bytes(&library, png(&scene(5, 1)), references(None)).await;
    library.link_references(vec![image.clone(), other.clone()], vec![reference.clone()]).await.unwrap();
    let offered = library.more_like(&image).await.unwrap();
    let by: Vec<MoreLike> = offered.iter().map(|more| more.by).collect();
    assert_eq!(
        by,
        [
            MoreLike::Looks,
            MoreLike::Prompt,
            MoreLike::Seed,
            MoreLike::Model,
            MoreLike::Tool,
            MoreLike::Reference
        ]
    );
    for more in offered {
        library.check_search(&more.query).await.unwrap();
        let found = found(&library, &more.query, OrderBy::Made).await;
        assert!(found.contains(&image), "{}", more.query);
        assert_eq!(found.contains(&other), more.by != MoreLike::Looks, "{}", more.query);
    }
    let of_reference = library.more_like(&reference).await.unwrap();
    assert_eq!(of_reference.last().unwrap().query, format!("reference:{reference}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn images_of_an_earlier_version_are_compared_once_they_were_prepared() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let original = picture(&library, 6, 1).await;
    let copy = changed(&library, 6, 1, Change::WebP).await;
    let flat = import_bytes(&library, png(&image::RgbImage::new(40, 40)), generated()).await;
    drop(library);
    forget_looks(&fixture);
    // One picture has lost its thumbnails, so its original is read.
    let mut thumbnails = fixture.thumbnails();
    thumbnails.sort();
    std::fs::remove_file(&thumbnails[0]).unwrap();

    let library = fixture.open().await;
    assert_eq!(library.count_not_compared().await.unwrap(), 3);
    assert_eq!(library.similar(&original, 10).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(duplicates(&library).await.not_compared, 3);
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    assert_eq!(library.make_fingerprints(cancelled, |_| ()).await.unwrap(), 0);
    library.catch_up(CancellationToken::new()).await;
    assert_eq!(library.count_not_compared().await.unwrap(), 0);
    assert_eq!(groups(&library).await, [[original, copy]]);
    assert_eq!(library.similar(&flat, 10).await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(library.make_fingerprints(CancellationToken::new(), |_| ()).await.unwrap(), 0);
}

/// Makes a library as an earlier version left it.
fn forget_looks(fixture: &LibraryFixture) {
    let catalog = rusqlite::Connection::open(fixture.folder().join("catalog.db")).unwrap();
    let changed = catalog.execute("UPDATE fingerprints SET edition = 0, coarse = NULL, fine = NULL", []);
    assert_eq!(changed.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_for_duplicates_reports_its_progress_and_can_be_cancelled() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    picture(&library, 7, 1).await;
    let mut events = library.events();
    duplicates(&library).await;
    let mut steps = Vec::new();
    while let Ok(event) = events.try_recv() {
        if let LibraryEvent::Duplicates(progress) = event {
            steps.push((progress.done, progress.total));
        }
    }
    assert_eq!(steps, (0..=10).map(|step| (step, 10)).collect::<Vec<_>>());
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let refused = library.find_duplicates(cancelled, |_| ()).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_stays_if_the_kept_one_is_gone_or_lacks_something_of_it() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut all = Vec::new();
    for seed in 0..4 {
        all.push(import_picture(&library, &a_png(32, 32).noise().seed(seed), generated()).await);
    }
    let unneeded = |at: usize, keeper: usize, is_decided| UnneededDuplicate {
        id: all[at].clone(),
        keeper: all[keeper].clone(),
        is_decided,
    };
    // It was rated after it had been found.
    library.set_rating(vec![all[1].clone()], Rating::try_from(5).unwrap()).await.unwrap();
    let report = library.remove_duplicates(vec![unneeded(1, 0, false), unneeded(2, 0, false)]).await.unwrap();
    assert_eq!(report.done, [all[2].clone()]);
    assert_eq!(report.failed[0].id, all[1]);
    assert!(report.failed[0].error.message.contains("lacks something"), "{report:?}");
    // The one that was to be kept goes to the trash, so the others stay, whatever was decided.
    library.remove(vec![all[0].clone()], Removal::ToTrash).await.unwrap();
    let report = library.remove_duplicates(vec![unneeded(1, 0, true), unneeded(3, 0, false)]).await.unwrap();
    assert_eq!((report.done.len(), report.failed.len()), (0, 2));
    assert!(report.failed.iter().all(|failed| failed.error.message.contains("to be kept")), "{report:?}");
    // Of two that are each to be kept for the other, one stays.
    let report = library.remove_duplicates(vec![unneeded(1, 3, true), unneeded(3, 1, true)]).await.unwrap();
    assert_eq!((report.done.len(), report.failed.len()), (1, 1));
    let left = library.get_my_images(&PageRequest::first(10)).await.unwrap().page;
    assert_eq!(left.len(), 1);
}
