//! Commands whose output cannot be written: the command is carried out to its end, and reports the
//! failure.

use crate::fixture::{CliFixture, ids, import, run};
use serde_json::json;
use std::fs::File;
use std::io::Read;
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::Ran;

/// There are so many files that the first line is printed long before the last.
const MANY: u64 = 60;

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// Returns the writing end of a pipe whose reader has closed it.
fn unread() -> std::io::PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

fn many_pictures(fixture: &CliFixture) -> String {
    for seed in 0..MANY {
        fixture.picture(&a_png(40, 40).seed(seed), &format!("{seed}.png"));
    }
    fixture.inbox().to_str().unwrap().to_owned()
}

#[track_caller]
fn did_not_panic(ran: &Ran) {
    assert_ne!(ran.code(), 101, "{ran}");
    assert!(!ran.stderr.contains("panicked"), "{ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_finished_when_its_output_is_lost() {
    for json in [&[][..], &["--json"], &["--json", "--summary"]] {
        for is_full in [true, false] {
            let fixture = CliFixture::new();
            let cli = fixture.unconfigured();
            let folder = many_pictures(&fixture);
            let arguments = [&["import", folder.as_str()], json].concat();
            let ran = if is_full {
                cli.run_into(full(), &arguments).await
            } else {
                cli.run_into(unread(), &arguments).await
            };
            assert_eq!(ran.code(), 1, "{ran}");
            assert!(ran.stderr.contains("could not be written"), "{ran}");
            assert!(ran.stderr.contains(&format!("{MANY} imported")), "{ran}");
            assert_eq!(ids(&cli, &["generated", "--limit", "1000"]).await.len() as u64, MANY);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_finished_when_its_reader_leaves_after_one_line() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let folder = many_pictures(&fixture);
    let (mut reader, writer) = std::io::pipe().unwrap();
    let head = std::thread::spawn(move || {
        let mut first = [0; 16];
        reader.read_exact(&mut first).unwrap();
        String::from_utf8_lossy(&first).into_owned()
    });
    let ran = cli.run_into(writer, ["import", "--json", &folder]).await;
    assert!(head.join().unwrap().starts_with("{\"path\":"));
    assert_eq!(ran.code(), 1, "{ran}");
    assert_eq!(ids(&cli, &["generated", "--limit", "1000"]).await.len() as u64, MANY);
}

/// Every command that changes something, in an order in which each of them can run.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_output_is_lost_is_made_and_exits_with_1() {
    for json in [&[][..], &["--json"]] {
        let fixture = CliFixture::new();
        let cli = fixture.unconfigured();
        let path = fixture.picture(&a_png(20, 20), "a.png");
        let picture = import(&cli, &[&path], &[]).await.remove(0);
        let reference = import(&cli, &[&path], &["--as", "reference"]).await.remove(0);
        let transfers = run(&cli, 0, &["transfers", "--json"]).await.json();
        let transfer = transfers.as_array().unwrap().iter().find(|of| of["image_id"] == *reference).unwrap();
        let transfer = transfer["id"].to_string();
        let inbox = fixture.inbox();
        let watched = inbox.to_str().unwrap();
        let changes: [&[&str]; 20] = [
            &["visibility", "public", &picture],
            &["new-link", &picture],
            &["remove", &picture],
            &["restore", &picture],
            &["gallery", "create", "Hands"],
            &["gallery", "add", "Hands", &reference],
            &["gallery", "take", "Hands", &reference],
            &["gallery", "rename", "Hands", "Feet"],
            &["gallery", "delete", "Feet"],
            &["profile", "create", "Bob", "--id", "bob"],
            &["profile", "rename", "bob", "Robert"],
            &["transfers", "pause"],
            &["transfers", "resume"],
            &["transfers", "retry", &transfer],
            &["transfers", "cancel", &transfer],
            &["watch", "add", watched],
            &["watch", "remove", watched],
            &["reparse"],
            &["remove", "--permanently", &picture],
            &["recover"],
        ];
        for change in changes {
            let ran = cli.run_into(full(), [change, json].concat()).await;
            did_not_panic(&ran);
            assert_eq!(ran.code(), 1, "{change:?}\n{ran}");
            assert!(ran.stderr.contains("could not be written"), "{change:?}\n{ran}");
        }
        let left = run(&cli, 0, &["stats", "--json"]).await.json();
        assert_eq!(
            (&left["generated"], &left["references"], &left["trash"]),
            (&json!(0), &json!(1), &json!(0))
        );
        assert_eq!(left["parked"], 1, "{left}");
        assert!(run(&cli, 0, &["profile", "list"]).await.stdout.contains("Robert"));
        assert_eq!(run(&cli, 0, &["gallery", "list", "--json"]).await.json(), json!([]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_command_ends_silently_when_its_reader_leaves() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let path = fixture.picture(&a_png(20, 20), "a.png");
    let picture = import(&cli, &[&path], &[]).await.remove(0);
    let shows: [&[&str]; 9] = [
        &["list", "generated"],
        &["show", &picture],
        &["gallery", "list"],
        &["profile", "list"],
        &["transfers"],
        &["watch", "list"],
        &["settings"],
        &["settings", "theme"],
        &["stats"],
    ];
    for show in shows {
        let ran = cli.run_into(unread(), [show, &["--json"]].concat()).await;
        assert_eq!((ran.code(), ran.stderr.as_str()), (0, ""), "{show:?}\n{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_without_a_reader_ends_after_its_first_import() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    fixture.picture(&a_png(20, 20), "a.png");
    run(&cli, 0, &["watch", "add", fixture.inbox().to_str().unwrap(), "--existing"]).await;
    let ran = cli.run_into(unread(), ["watch", "--json"]).await;
    assert_eq!(ran.code(), 1, "{ran}");
    assert_eq!(ids(&cli, &["generated"]).await.len(), 1);
}

/// Every command that only shows something.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_command_fails_on_a_full_disk_but_not_without_a_reader() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let id = import(&cli, &[&fixture.picture(&a_png(20, 20), "a.png")], &[]).await.remove(0);
    let shows: [&[&str]; 15] = [
        &["list", "generated"],
        &["list", "references"],
        &["list", "feed"],
        &["list", "trash"],
        &["show", &id],
        &["url", &id],
        &["gallery", "list"],
        &["profile", "list"],
        &["transfers"],
        &["transfers", "list"],
        &["watch", "list"],
        &["stats"],
        &["doctor"],
        &["--version"],
        &["help", "import"],
    ];
    for show in shows {
        let ran = cli.run_into(full(), show).await;
        did_not_panic(&ran);
        assert_eq!(ran.code(), 1, "{show:?}\n{ran}");
        let ran = cli.run_into(unread(), show).await;
        did_not_panic(&ran);
        assert_eq!(ran.code(), 0, "{show:?}\n{ran}");
        assert!(!ran.stderr.contains("written"), "{show:?}\n{ran}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_do_not_depend_on_standard_error() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured().with_env([("VITRINE_LOG", "debug")]);
    let folder = many_pictures(&fixture);
    fixture.file(b"no picture", "broken.png");
    let deaf = cli.run_talking_to(full(), ["import", "--json", &folder]).await;
    assert_eq!(deaf.code(), 1, "a file was refused: {deaf}");
    assert_eq!(deaf.json_lines().len() as u64, MANY + 1);
    let gone = cli.run_talking_to(unread(), ["list", "generated", "--json"]).await.exits_with(0);
    assert_eq!(gone.json()["page"].as_array().unwrap().len(), 50);
    for words in [&["list", "generated", "--search", "after:soon"][..], &["fly"], &["stats", "--owner", "x"]]
    {
        let ran = cli.run_talking_to(unread(), words).await;
        did_not_panic(&ran);
        assert_ne!(ran.code(), 0, "{words:?}\n{ran}");
    }
}
