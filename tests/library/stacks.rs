//! Images that one prompt made in one go are one stack, in whatever order they come.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, StatementStatus};
use std::collections::{BTreeMap, BTreeSet};
use vitrine_core::Library;
use vitrine_core::catalog::{Catalog, NewGenerated};
use vitrine_core::library::LibraryEvent;
use vitrine_core::model::{
    ImageEdit, ImageId, ImageKind, Order, OrderBy, PageRequest, Removal, UnixMs, View,
};
use vitrine_tests::fixture::{LibraryFixture, generated, import, import_picture, references};
use vitrine_tests::pictures::{Picture, a_png};
use vitrine_tests::random::Random;
use vitrine_tests::rows;

const START: i64 = 1_700_000_000_000;
const MINUTE: i64 = 60_000;

/// An image by its number, the minute in which it was made, and its prompt.
type Planned = (u32, i64, &'static str);

fn row(library: &Library, (number, minute, prompt): Planned) -> NewGenerated {
    let mut sha256 = [0; 32];
    sha256[..4].copy_from_slice(&number.to_le_bytes());
    let mut row = rows::row(&library.owner(), &number.to_string(), 1, sha256);
    row.image.made.at = UnixMs(START + minute * MINUTE);
    row.generation.prompt = prompt.into();
    row
}

async fn create(library: &Library, fixture: &LibraryFixture, planned: &[Planned]) {
    let catalog = Catalog::open(&fixture.folder().join("catalog.db")).unwrap();
    let rows = planned.iter().map(|each| row(library, *each)).collect();
    catalog.create_generated(rows, None, |_| Ok(())).await.unwrap();
}

/// Returns the number of each stack in the packed list of a view, by image. 0 is none.
async fn packed(library: &Library, view: &View) -> BTreeMap<ImageId, u32> {
    let bytes = library.view_index(view, OrderBy::Made, || true).await.unwrap().unwrap();
    let count = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
    let words = |from: usize, at: usize| {
        let from = 16 + from * count + at * 4;
        u32::from_le_bytes(bytes[from..from + 4].try_into().unwrap())
    };
    let id = |at: usize| {
        let bytes: Vec<u8> = (0..4).flat_map(|word| words(0, at * 4 + word).to_be_bytes()).collect();
        hex::encode(bytes)
    };
    (0..count).map(|at| (ImageId::parse(&id(at)).unwrap(), words(24, at))).collect()
}

/// Returns the names of the images in each stack, and of those in none one by one. Fails if the
/// tiles have other numbers than the packed list.
async fn stacks(library: &Library) -> BTreeSet<Vec<String>> {
    let numbers = packed(library, &View::History).await;
    let mut stacks: BTreeMap<(u32, String), Vec<String>> = BTreeMap::new();
    let page = library.tiles(&View::History, OrderBy::Made, &PageRequest::first(1000)).await.unwrap().page;
    for tile in page {
        let number = numbers[&tile.id];
        assert_eq!(tile.stack, number, "{}", tile.filename);
        let name = tile.filename.trim_end_matches(".png").to_owned();
        let alone = if number == 0 { name.clone() } else { String::new() };
        stacks.entry((number, alone)).or_default().push(name);
    }
    stacks.into_values().map(|mut names| (names.sort(), names).1).collect()
}

fn sets(expected: &[&[&str]]) -> BTreeSet<Vec<String>> {
    expected.iter().map(|names| names.iter().map(|name| (*name).to_owned()).collect()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_within_half_an_hour_are_a_stack() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let planned = [
        (1, 0, "a fox"),
        (2, 30, " a  fox\n"),
        (3, 60, "a fox"),
        (4, 91, "a fox"),
        (5, 31, "an owl"),
        (6, 32, ""),
        (7, 32, "  "),
    ];
    create(&library, &fixture, &planned).await;
    assert_eq!(stacks(&library).await, sets(&[&["1", "2", "3"], &["4"], &["5"], &["6"], &["7"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_the_import_does_not_matter() {
    let mut random = Random::new(20_261_127);
    for round in 0..4 {
        let mut planned: Vec<Planned> = (0..60)
            .map(|number| {
                let minute = i64::try_from(random.below(900)).unwrap();
                (number, minute, ["a fox", "an owl", ""][usize::try_from(random.below(3)).unwrap()])
            })
            .collect();
        planned.sort_by_key(|(_, minute, _)| *minute);
        let mut expected: Vec<Vec<String>> = Vec::new();
        let mut last: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
        for (number, minute, prompt) in &planned {
            let near = last.get(prompt).filter(|(before, _)| !prompt.is_empty() && minute - before <= 30);
            let stack = near.map_or(expected.len(), |(_, stack)| *stack);
            expected.resize(expected.len().max(stack + 1), Vec::new());
            expected[stack].push(number.to_string());
            last.insert(prompt, (*minute, stack));
        }
        let expected: BTreeSet<_> = expected.into_iter().map(|mut names| (names.sort(), names).1).collect();
        for _ in 0..2 {
            for at in (1..planned.len()).rev() {
                planned.swap(at, usize::try_from(random.below(at as u64 + 1)).unwrap());
            }
            let fixture = LibraryFixture::new();
            let library = fixture.open().await;
            for part in planned.chunks(15) {
                create(&library, &fixture, part).await;
            }
            assert_eq!(stacks(&library).await, expected, "round {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_and_references_share_no_stack() {
    let fixture = LibraryFixture::new();
    let (ana, bob) = (fixture.open().await, fixture.open_as("bob").await);
    create(&ana, &fixture, &[(1, 0, "a fox")]).await;
    create(&bob, &fixture, &[(2, 0, "a fox"), (3, 1, "a fox")]).await;
    let picture = a_png(8, 8).with_text("parameters", "a fox\nSteps: 20, Seed: 5, Size: 8x8");
    import_picture(&ana, &picture, references(None)).await;
    let of_bob = packed(&bob, &View::History).await;
    assert_eq!(of_bob.values().collect::<BTreeSet<_>>().len(), 1);
    assert!(
        packed(&ana, &View::History).await.values().all(|number| !of_bob.values().any(|one| one == number))
    );
    let all = View::References { gallery: None };
    assert_eq!(packed(&ana, &all).await.into_values().collect::<Vec<_>>(), [0]);
}

async fn named(library: &Library, name: &str) -> ImageId {
    let page = library.get_my_images(&PageRequest::first(1000)).await.unwrap().page;
    page.into_iter().find(|image| image.filename == format!("{name}.png")).unwrap().record.id
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_with_another_prompt_or_date_finds_its_stack_again() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let planned = [(1, 0, "a fox"), (2, 20, "a fox"), (3, 40, "a fox"), (4, 0, "an owl"), (5, 100, "a fox")];
    create(&library, &fixture, &planned).await;
    let two = named(&library, "2").await;

    // The two that it was between stay together.
    let owl = ImageEdit { prompt: Some("an owl".into()), ..ImageEdit::default() };
    library.edit(&two, owl).await.unwrap();
    assert_eq!(stacks(&library).await, sets(&[&["1", "3"], &["2", "4"], &["5"]]));
    library.revert_edit(&two, vitrine_core::model::GenerationField::Prompt).await.unwrap();
    assert_eq!(stacks(&library).await, sets(&[&["1", "2", "3"], &["4"], &["5"]]));

    // Between two stacks, it makes them one.
    library.set_made(vec![two.clone()], UnixMs(START + 70 * MINUTE)).await.unwrap();
    assert_eq!(stacks(&library).await, sets(&[&["1", "2", "3", "5"], &["4"]]));
    library.set_made(vec![two.clone()], UnixMs(START + 900 * MINUTE)).await.unwrap();
    assert_eq!(stacks(&library).await, sets(&[&["1", "3", "5"], &["2"], &["4"]]));

    // The trash is no reason to leave a stack.
    let three = named(&library, "3").await;
    library.remove(vec![three.clone()], Removal::ToTrash).await.unwrap();
    assert_eq!(stacks(&library).await, sets(&[&["1", "5"], &["2"], &["4"]]));
    library.restore(vec![three]).await.unwrap();
    assert_eq!(stacks(&library).await, sets(&[&["1", "3", "5"], &["2"], &["4"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_number_is_never_one_that_is_in_use() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    create(&library, &fixture, &[(1, 0, "a fox"), (2, 1, "a fox")]).await;
    // The first image of a stack leaves it, and so does the newest row.
    let one = named(&library, "1").await;
    let edit = |prompt: &str| ImageEdit { prompt: Some(prompt.into()), ..ImageEdit::default() };
    library.edit(&one, edit("an owl")).await.unwrap();
    create(&library, &fixture, &[(3, 0, "a hare"), (4, 0, "a crow")]).await;
    library.remove(vec![named(&library, "4").await], Removal::Permanent).await.unwrap();
    create(&library, &fixture, &[(5, 0, "a wolf")]).await;
    assert_eq!(stacks(&library).await, sets(&[&["1"], &["2"], &["3"], &["5"]]));
}

fn painted(seed: u64, prompt: &str) -> Picture {
    let parameters = format!("{prompt}\nSteps: 20, Sampler: Euler a, Seed: {seed}, Size: 8x8");
    a_png(8, 8).noise().seed(seed).with_text("parameters", &parameters)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_journal_puts_back_is_in_the_same_stacks() {
    let fixture = LibraryFixture::new();
    let painted_into = async |library: &Library, seeds: std::ops::RangeInclusive<u64>| {
        for seed in seeds {
            let prompt = if seed == 2 || seed == 6 { "an owl" } else { "a fox in the snow" };
            let file = painted(seed, prompt).write_to(&fixture.inbox(), &format!("{seed}.png"));
            import(library, vec![file], generated()).await;
        }
    };
    let library = fixture.open().await;
    painted_into(&library, 1..=3).await;
    library.close().await.unwrap();
    let (catalog, older) = (fixture.folder().join("catalog.db"), fixture.inbox().join("older.db"));
    std::fs::copy(&catalog, &older).unwrap();
    let library = fixture.open().await;
    painted_into(&library, 4..=6).await;
    let expected = sets(&[&["1", "3", "4", "5"], &["2", "6"]]);
    assert_eq!(stacks(&library).await, expected);
    library.close().await.unwrap();
    drop(library);

    std::fs::copy(&older, &catalog).unwrap();
    let library = fixture.open().await;
    assert!(library.healed().is_some_and(|healed| healed.is_whole && healed.images == 3));
    assert_eq!(stacks(&library).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_journal_does_not_record_the_numbers() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    import_picture(&library, &painted(1, "a fox"), generated()).await;
    drop(library);
    let journal: Vec<_> = vitrine_tests::folders::files_under(&fixture.folder().join("journal"));
    let text: String = journal.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    assert!(text.contains("\"name_key\""), "this is what a column looks like");
    assert!(!text.contains("\"stack\"") && !text.contains("\"prompt_key\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_joins_two_stacks_reports_that_all_may_have_changed() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let mut heard = library.events();
    let mut reloads = async |name: &str, minute: i64| {
        let file = painted(minute.unsigned_abs() + 1, "a fox").write_to(&fixture.inbox(), name);
        let at = std::time::UNIX_EPOCH
            + std::time::Duration::from_millis((START + minute * MINUTE).unsigned_abs());
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(at).unwrap();
        import(&library, vec![file], generated()).await;
        let mut reloads = 0;
        while let Ok(event) = heard.try_recv() {
            reloads += u32::from(matches!(event, LibraryEvent::Catalog(change) if change.reload));
        }
        reloads
    };
    assert_eq!(reloads("1.png", 0).await, 0);
    assert_eq!(reloads("2.png", 50).await, 0);
    assert_eq!(reloads("3.png", 60).await, 0);
    assert_eq!(reloads("4.png", 25).await, 1, "it lies between two stacks");
    assert_eq!(stacks(&library).await, sets(&[&["1", "2", "3", "4"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_work_of_adding_an_image_does_not_grow_with_its_stack() {
    let fixture = LibraryFixture::new();
    fixture.open().await.close().await.unwrap();
    let catalog = Connection::open(fixture.folder().join("catalog.db")).unwrap();
    rows::add_functions(&catalog);
    let same_prompt = |_: &rusqlite::functions::Context<'_>| Ok(Some(5_i64));
    catalog.create_scalar_function("prompt_key_of", 1, FunctionFlags::SQLITE_UTF8, same_prompt).unwrap();
    let sql =
        "INSERT INTO generated_images (id, owner_id, visibility, r2_key, filename, content_type, size_bytes,
                   prompt, created_at, sha256, md5)
               VALUES (?1, ?2, 'unlisted', ?1, 'a.png', 'image/png', 3, 'a fox', ?3, ?4, zeroblob(16))";
    let mut insert = catalog.prepare(sql).unwrap();
    catalog.execute_batch("BEGIN").unwrap();
    let mut work = Vec::new();
    for number in 0..3_000_u32 {
        let mut hash = [0_u8; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        let at = START + i64::from(number) * MINUTE;
        insert.execute((format!("{number:08}"), fixture.owner().as_str(), at, hash)).unwrap();
        work.push(insert.reset_status(StatementStatus::VmStep));
    }
    catalog.execute_batch("COMMIT").unwrap();
    let stacks: u32 = catalog
        .query_row("SELECT count(DISTINCT stack) FROM generated_images", [], |row| row.get(0))
        .unwrap();
    assert_eq!((stacks, work[2_999]), (1, work[99]), "steps of SQLite's virtual machine");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_lists_no_numbers_of_stacks() {
    let fixture = LibraryFixture::new();
    let library = fixture.open().await;
    let id = import_picture(&library, &painted(1, "a fox"), generated()).await;
    let listed = library.images(&View::History, Order::default(), &PageRequest::first(9)).await.unwrap().page;
    let detail = serde_json::to_value(library.detail(&id).await.unwrap()).unwrap();
    let listed = serde_json::to_value(&listed[0]).unwrap();
    assert_eq!((listed["prompt"].as_str(), detail["prompt"].as_str()), (Some("a fox"), Some("a fox")));
    assert!(listed.get("stack").is_none() && detail.get("stack").is_none());
    assert_eq!(detail["kind"], serde_json::to_value(ImageKind::Generated).unwrap());
}
