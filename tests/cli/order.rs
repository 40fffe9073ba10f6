//! The order of the pictures of one import: the natural order of their names, no matter how long each
//! takes.

use crate::fixture::{CliFixture, run, text};
use vitrine_tests::pictures::a_png;

async fn names(cli: &vitrine_tests::process::Cli, list: &[&str]) -> Vec<String> {
    let arguments = [&["list", "generated", "--json", "--limit", "1000"], list].concat();
    let page = run(cli, 0, &arguments).await.json();
    let mut names: Vec<String> =
        page["page"].as_array().unwrap().iter().map(|image| text(&image["filename"])).collect();
    // Lists begin with the newest image.
    names.reverse();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn files_keep_their_order_however_long_each_takes() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured().with_env([("VITRINE_IMPORT_WORKERS", "16")]);
    let mut expected = Vec::new();
    let parameters = "a fox\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64, Version: v1.10.1";
    for number in 0..150_u64 {
        let name = format!("img{number}.png");
        // Every seventh picture takes many times as long as its neighbours.
        let size = if number % 7 == 0 { 900 } else { 20 };
        let picture = a_png(size, size).seed(number).with_text("parameters", parameters);
        fixture.picture(&picture, &name);
        expected.push(name);
    }
    let ran = run(&cli, 0, &["import", "--json", fixture.inbox().to_str().unwrap()]).await;
    let told: Vec<String> = ran
        .json_lines()
        .iter()
        .map(|line| {
            std::path::Path::new(line["path"].as_str().unwrap())
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(told, expected);
    // The dates of the files are the moments at which they were written, in that order.
    assert_eq!(names(&cli, &[]).await, expected);
    assert_eq!(names(&cli, &["--search", "fox"]).await, expected);
    assert_eq!(names(&cli, &["--search", "-wolf"]).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_with_the_same_date_are_ordered_by_name() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured().with_env([("VITRINE_IMPORT_WORKERS", "16")]);
    let moment = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    let expected: Vec<String> = (1..=40).map(|number| format!("fox {number}.png")).collect();
    let mut paths = Vec::new();
    for (seed, name) in (0_u32..).zip(&expected) {
        let size = if seed.is_multiple_of(5) { 700 } else { 20 };
        let path = fixture.picture(&a_png(size, size).seed(u64::from(seed)), name);
        std::fs::File::options().append(true).open(&path).unwrap().set_modified(moment).unwrap();
        paths.push(path);
    }
    // A shell would list them in this order: 1, 10, 11, ... 2, 20.
    paths.sort();
    let arguments: Vec<&str> = ["import"].into_iter().chain(paths.iter().map(String::as_str)).collect();
    run(&cli, 0, &arguments).await;
    assert_eq!(names(&cli, &[]).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_of_identical_files_is_imported() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured().with_env([("VITRINE_IMPORT_WORKERS", "16")]);
    for number in (1..=12).rev() {
        fixture.picture(&a_png(300, 300).noise(), &format!("copy {number}.png"));
    }
    let ran = run(&cli, 0, &["import", "--json", fixture.inbox().to_str().unwrap()]).await;
    let imported: Vec<_> =
        ran.json_lines().into_iter().filter(|line| line["outcome"] == "imported").collect();
    assert_eq!(imported.len(), 1);
    assert!(text(&imported[0]["path"]).ends_with("copy 1.png"), "{ran}");
}
