//! What an import of a folder does not import is reported: file by file if it looks like a picture, otherwise
//! as counts.

use crate::fixture::{CliFixture, run, text};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use vitrine_tests::pictures::{a_png, a_webp};
use vitrine_tests::process::{Ran, workspace_root};

const AVIF: &[u8] = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf";
const HEIC: &[u8] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0isommp41";
const PSD: &[u8] = b"8BPS\0\x01\0\0\0\0\0\0\0\x03";
const TIFF: &[u8] = b"II*\0\x08\0\0\0";
const SVG: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>";

/// Returns the lines by the names of their files, and the summary that follows them.
fn lines(ran: &Ran) -> (BTreeMap<String, Value>, Value) {
    let mut lines = ran.json_lines();
    let summary = lines.pop().unwrap()["summary"].take();
    let name = |line: &Value| {
        Path::new(line["path"].as_str().unwrap()).file_name().unwrap().to_str().unwrap().to_owned()
    };
    (lines.into_iter().map(|line| (name(&line), line)).collect(), summary)
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_other_formats_are_refused_one_by_one_and_counted_by_kind() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let good = fixture.picture(&a_png(16, 16), "good.png");
    // A file with a wrong extension is handled by its content.
    fixture.picture(&a_webp(16, 16), "really a webp.avif");
    for (name, bytes) in [
        ("1.avif", AVIF),
        ("2.avif", AVIF),
        ("no extension", AVIF),
        ("3.heic", HEIC),
        ("4.psd", PSD),
        ("5.tif", TIFF),
        ("6.svg", SVG),
        ("7.tga", b"\0\0\x02\0 no signature"),
        ("says.png", AVIF),
        ("film.mp4", MP4),
        ("notes.txt", b"a prompt"),
        ("settings.json", b"{}"),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0"),
        (".DS_Store", b"\0\0\0\x01Bud1"),
    ] {
        fixture.file(bytes, name);
    }
    let folder = fixture.inbox();
    let ran = run(&cli, 1, &["import", "--json", "--summary", folder.to_str().unwrap()]).await;
    let (lines, summary) = lines(&ran);
    let refused: Vec<_> = lines
        .iter()
        .filter(|(_, line)| line["outcome"] == "rejected")
        .map(|(name, _)| name.as_str())
        .collect();
    let expected =
        ["1.avif", "2.avif", "3.heic", "4.psd", "5.tif", "6.svg", "7.tga", "no extension", "says.png"];
    assert_eq!(refused, expected);
    assert_eq!(lines["good.png"]["path"], good);
    assert_eq!(lines["good.png"]["outcome"], "imported");
    assert_eq!(lines["really a webp.avif"]["outcome"], "imported");
    assert_eq!(lines.len(), expected.len() + 2, "texts and films have no line");
    assert_eq!(lines["1.avif"]["code"], "UnsupportedFormat");
    assert_eq!(summary["not_supported"][0], json!({"kind": "AVIF", "count": 4}));
    let mut kinds: Vec<String> =
        summary["not_supported"].as_array().unwrap().iter().map(|kind| text(&kind["kind"])).collect();
    kinds.sort();
    assert_eq!(kinds, ["AVIF", "HEIC", "Photoshop", "SVG", "TGA", "TIFF", "video"]);
    assert_eq!((&summary["others"], &summary["hidden"]), (&json!(2), &json!(0)));
    assert_eq!((&summary["imported"], &summary["rejected"]), (&json!(2), &json!(9)));
    assert_eq!(summary["done"], summary["total"]);
    assert!(ran.stderr.contains("4 AVIF, ") && ran.stderr.contains("not supported yet"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_other_formats_is_never_called_empty() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    fixture.file(AVIF, "1.avif");
    let folder = fixture.inbox();
    let ran = run(&cli, 1, &["import", folder.to_str().unwrap()]).await;
    assert!(!ran.stdout.contains("contains no pictures") && ran.stdout.contains("1.avif"), "{ran}");
    assert!(ran.stderr.contains("1 AVIF is not supported yet."), "{ran}");
    // A folder without pictures is reported as such, whatever else is in it.
    std::fs::remove_file(folder.join("1.avif")).unwrap();
    fixture.file(b"a text", "notes.txt");
    fixture.file(MP4, "film.mp4");
    let ran = run(&cli, 1, &["import", folder.to_str().unwrap()]).await;
    assert!(ran.stdout.contains("contains no pictures"), "{ran}");
    assert!(ran.stderr.contains("1 video") && ran.stderr.contains("1 file that is not a picture"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn videos_texts_and_hidden_files_are_counted_and_are_not_failures() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    fixture.picture(&a_png(16, 16), "good.png");
    fixture.picture(&a_png(16, 16), ".hidden.png");
    fixture.file(MP4, "film.mp4");
    fixture.file(b"a prompt", "good.txt");
    std::fs::create_dir(fixture.inbox().join(".cache")).unwrap();
    let ran = run(&cli, 0, &["import", "--json", "--summary", fixture.inbox().to_str().unwrap()]).await;
    let (lines, summary) = lines(&ran);
    assert_eq!(lines.len(), 1);
    assert_eq!((&summary["hidden"], &summary["others"]), (&json!(2), &json!(1)));
    assert_eq!(summary["not_supported"], json!([{"kind": "video", "count": 1}]));
    assert!(ran.stderr.contains("2 hidden files and folders"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_deep_folders_odd_files_and_odd_names_are_reported() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let inbox = fixture.inbox();
    let elsewhere = tempfile::tempdir().unwrap();
    a_png(16, 16).seed(1).write_to(elsewhere.path(), "there.png");
    symlink(elsewhere.path(), inbox.join("link to a folder")).unwrap();
    symlink(elsewhere.path().join("there.png"), inbox.join("link.png")).unwrap();
    symlink(inbox.join("gone.png"), inbox.join("dangling.png")).unwrap();
    symlink(&inbox, inbox.join("round and round")).unwrap();
    let mut deep = inbox.clone();
    (0..40).for_each(|_| deep.push("d"));
    std::fs::create_dir_all(&deep).unwrap();
    a_png(16, 16).seed(2).write_to(&deep, "deep.png");
    // Sockets cannot be read, just like pipes.
    let _socket = std::os::unix::net::UnixListener::bind(inbox.join("socket.png")).unwrap();
    let odd = std::ffi::OsStr::from_bytes(b"no text \xff.png");
    std::fs::write(inbox.join(odd), b"no picture").unwrap();
    let good = std::ffi::OsStr::from_bytes(b"a picture \xfe.png");
    std::fs::write(inbox.join(good), a_png(16, 16).seed(3).bytes()).unwrap();

    let ran = run(&cli, 1, &["import", "--json", "--summary", inbox.to_str().unwrap()]).await;
    let (lines, summary) = lines(&ran);
    let code = |name: &str| text(&lines[name]["code"]);
    assert_eq!(code("link to a folder"), "LinkedFolder");
    assert_eq!(code("dangling.png"), "Missing");
    assert_eq!(code("d"), "TooDeep");
    assert_eq!(code("socket.png"), "NotAFile");
    assert_eq!(code("no text \u{fffd}.png"), "NotAnImage");
    assert_eq!(lines["link.png"]["outcome"], "imported");
    assert_eq!(lines["a picture \u{fffd}.png"]["outcome"], "imported");
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert_eq!(summary["links"], 1, "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_vitrine_library_is_ever_imported() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let outside = fixture.picture(&a_png(600, 600).noise(), "outside.png");
    run(&cli, 0, &["import", &outside]).await;
    // The library, the inbox, and another library are all in one folder.
    let around = fixture.inbox().parent().unwrap().to_owned();
    let other = around.join("another");
    let another = a_png(600, 600).noise().seed(2).write_to(&around, "another.png");
    let on_other = ["--library", other.to_str().unwrap(), "import", another.to_str().unwrap()];
    run(&cli, 0, &on_other).await;

    let import = ["import", "--json", "--summary", around.to_str().unwrap()];
    let ran = run(&cli, 1, &import).await;
    let (lines, summary) = lines(&ran);
    let told: Vec<_> = lines.iter().map(|(name, line)| (name.as_str(), text(&line["outcome"]))).collect();
    let expected = [("another", "rejected"), ("another.png", "imported"), ("outside.png", "duplicate")];
    assert_eq!(told, expected.map(|(name, outcome)| (name, outcome.to_owned())));
    assert_eq!((&summary["libraries"], &lines["another"]["code"]), (&json!(1), &json!("Library")));
    assert_eq!(run(&cli, 0, &["stats", "--json"]).await.json()["generated"], 2);

    // A library is not imported either when it is named itself, or from inside.
    for inside in ["library", "library/originals", "library/thumbnails", "another/thumbnails"] {
        let inside = around.join(inside);
        let ran = run(&cli, 1, &["import", "--json", inside.to_str().unwrap()]).await;
        assert_eq!(ran.json()["code"], "Library", "{ran}");
    }
    // A single original that is named is imported on purpose.
    let original = first_file(&fixture.library().join("originals"));
    let ran = run(&cli, 0, &["import", "--json", &original]).await;
    assert_eq!(ran.json()["outcome"], "duplicate", "{ran}");
    let thumbnail = first_file(&fixture.library().join("thumbnails"));
    let ran = run(&cli, 1, &["import", "--json", &thumbnail]).await;
    assert_eq!(ran.json()["code"], "Library", "{ran}");
    assert_eq!(run(&cli, 0, &["stats", "--json"]).await.json()["generated"], 2);
}

fn first_file(folder: &Path) -> String {
    let shard = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let shard = shard.into_iter().find(|path| path.file_name().unwrap().len() == 2).unwrap();
    let file = std::fs::read_dir(shard).unwrap().next().unwrap().unwrap().path();
    file.to_str().unwrap().to_owned()
}

/// Reads files that are not part of the project, and compares nothing if they are missing.
#[tokio::test(flavor = "multi_thread")]
async fn every_file_of_a_mixed_folder_is_listed_or_counted() {
    let mixed = workspace_root().join("../shared/cases/images/silent-folder/mm");
    let Ok(entries) = std::fs::read_dir(&mixed) else { return };
    let files = entries.count();
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let ran = run(&cli, 1, &["import", "--json", "--summary", mixed.to_str().unwrap()]).await;
    let (lines, summary) = lines(&ran);
    let counted = |name: &str| summary[name].as_u64().unwrap();
    let videos = summary["not_supported"].as_array().unwrap().iter().find(|kind| kind["kind"] == "video");
    let videos = videos.map_or(0, |kind| kind["count"].as_u64().unwrap());
    assert_eq!(lines.len() as u64 + videos + counted("others") + counted("hidden"), files as u64, "{ran}");
    assert_eq!(counted("imported"), 3, "{ran}");
}
