//! The words, fields and codes that scripts rely on.

use crate::fixture::{CliFixture, fields, ids, import, run, text};
use serde_json::json;
use vitrine_tests::pictures::a_png;
use vitrine_tests::s3;

const GENERATED: [&str; 28] = [
    "added_at",
    "collections",
    "content_type",
    "created_at",
    "created_from",
    "favourite",
    "filename",
    "generation_params",
    "height",
    "id",
    "kind",
    "model",
    "negative_prompt",
    "note",
    "notices",
    "owner_id",
    "prompt",
    "r2_key",
    "rating",
    "seed",
    "sensitive",
    "sensitive_mark",
    "sha256",
    "size_bytes",
    "stored",
    "url",
    "visibility",
    "width",
];

#[tokio::test(flavor = "multi_thread")]
async fn an_image_as_json_has_exactly_the_promised_fields() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let id = import(&cli, &[&fixture.picture(&a_png(30, 20), "a fox.png")], &[]).await.remove(0);
    let image = run(&cli, 0, &["show", &id, "--json"]).await.json();
    assert_eq!(fields(&image), GENERATED);
    assert_eq!(image["kind"], "generated");
    assert_eq!(image["filename"], "a fox.png");
    assert_eq!((&image["width"], &image["height"]), (&json!(30), &json!(20)));
    assert_eq!(
        (&image["seed"], &image["model"], &image["prompt"]),
        (&json!(null), &json!("unknown"), &json!(""))
    );
    assert_eq!(image["generation_params"], json!({}));
    assert_eq!((&image["visibility"], &image["stored"]), (&json!("unlisted"), &json!(false)));
    assert!(image["created_at"].as_i64().unwrap() > 1_700_000_000_000);
    let key = text(&image["r2_key"]);
    assert!(key.starts_with("generated/artist/"), "{key}");
    assert_eq!(text(&image["url"]), format!("{}/{key}", s3::shared().public_base()));

    let path = fixture.picture(&a_png(30, 20), "b.png");
    let reference = import(&cli, &[&path], &["--as", "reference"]).await.remove(0);
    let reference = run(&cli, 0, &["show", &reference, "--json"]).await.json();
    let without = [
        "collections",
        "generation_params",
        "model",
        "negative_prompt",
        "prompt",
        "seed",
        "sensitive",
        "sensitive_mark",
        "visibility",
    ];
    let expected: Vec<&str> = GENERATED.iter().copied().filter(|name| !without.contains(name)).collect();
    assert_eq!(fields(&reference), expected);
    assert_eq!(reference["kind"], "reference");
    assert_eq!(reference["sha256"], image["sha256"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_by_cursor_and_never_repeat_or_skip() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let paths: Vec<String> =
        (0..5).map(|seed| fixture.picture(&a_png(16, 16).seed(seed), &format!("{seed}.png"))).collect();
    let mut imported = import(&cli, &paths.iter().map(String::as_str).collect::<Vec<_>>(), &[]).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let mut arguments = vec!["list", "generated", "--json", "--limit", "2"];
        if !cursor.is_empty() {
            arguments.extend(["--cursor", &cursor]);
        }
        let page = run(&cli, 0, &arguments).await.json();
        assert_eq!(fields(&page), ["continue_cursor", "is_done", "page"]);
        seen.extend(page["page"].as_array().unwrap().iter().map(|image| text(&image["id"])));
        if page["is_done"] == true {
            assert_eq!(page["continue_cursor"], json!(null));
            break;
        }
        cursor = text(&page["continue_cursor"]);
    }
    imported.sort();
    let mut sorted = seen.clone();
    sorted.sort();
    assert_eq!(sorted, imported);
    run(&cli, 2, &["list", "generated", "--cursor", "garbage"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn global_flags_work_before_and_after_the_subcommand() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let elsewhere = fixture.library().with_file_name("elsewhere");
    let elsewhere = elsewhere.to_str().unwrap();
    let path = fixture.picture(&a_png(16, 16), "a.png");
    let before =
        ["--library", elsewhere, "--owner", "bob", "--create-owner", "--json", "import", path.as_str()];
    assert_eq!(run(&cli, 0, &before).await.json()["outcome"], "imported");
    let after = ["generated", "--library", elsewhere, "--owner", "bob"];
    assert_eq!(ids(&cli, &after).await.len(), 1);
    assert!(ids(&cli, &["generated"]).await.is_empty(), "the variable names another library");
    let stats = run(&cli, 0, &["stats", "--json", "--library", elsewhere, "--owner", "bob"]).await.json();
    assert_eq!((&stats["owner"], &stats["generated"]), (&json!("bob"), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn stats_and_transfers_report_what_waits() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let id = import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &["--visibility", "public"])
        .await
        .remove(0);
    let mut stats = run(&cli, 0, &["stats", "--json"]).await.json();
    let bucket = stats.as_object_mut().unwrap().remove("bucket").unwrap();
    let promised = ["allowance", "class_a", "class_b", "free", "month", "objects", "stored_bytes"];
    assert_eq!(fields(&bucket), promised);
    assert_eq!((&bucket["objects"], &bucket["class_a"]), (&json!(0), &json!(0)), "nothing is uploaded yet");
    assert_eq!(
        stats,
        json!({"owner": "artist", "generated": 1, "public": 1, "references": 0, "trash": 0, "waiting": 1, "parked": 0,
            "dated_by": {"file_time": 1}})
    );
    let transfers = run(&cli, 0, &["transfers", "--json"]).await.json();
    assert_eq!(transfers.as_array().unwrap().len(), 1);
    assert_eq!((&transfers[0]["operation"], &transfers[0]["state"]), (&json!("put"), &json!("queued")));
    assert_eq!((&transfers[0]["image_id"], &transfers[0]["filename"]), (&json!(id), &json!("a.png")));
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_kinds_of_failures_apart() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let unknown = "01900000-0000-7000-8000-000000000000";
    run(&cli, 0, &["--help"]).await;
    run(&cli, 0, &["--version"]).await;
    run(&cli, 1, &["show", unknown]).await;
    run(&cli, 1, &["remove", unknown]).await;
    run(&cli, 1, &["import", "/nonexistent/a.png"]).await;
    for usage in [&["fly"][..], &[], &["list", "everything"], &["show", "not-an-id"], &["import"]] {
        run(&cli, 2, usage).await;
    }
    run(&cli, 2, &["stats", "--owner", "../etc"]).await;
    run(&cli, 3, &["stats", "--library", "/proc/nowhere"]).await;
}

/// Returns the names of the commands, as `--help` lists them.
async fn commands(cli: &vitrine_tests::process::Cli) -> Vec<String> {
    let help = run(cli, 0, &["--help"]).await.stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names: Vec<String> = listed
        .take_while(|line| !line.is_empty())
        // A longer description continues on a line that is indented further.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    assert!(names.len() > 25 && names.contains(&"import".to_owned()), "{names:?}");
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn manual_pages_and_completions_have_every_command_and_need_no_library() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let folder = fixture.inbox();
    let nowhere = ["--library", "/proc/nowhere"];
    let names = commands(&cli).await;

    let written =
        run(&cli, 0, &[&["manual", folder.to_str().unwrap(), "--json"], &nowhere[..]].concat()).await;
    assert_eq!(written.json(), json!(folder));
    let main = std::fs::read_to_string(folder.join("vitrine.1")).unwrap();
    assert!(main.contains("\\-\\-library"), "{main}");
    for name in &names {
        let page = std::fs::read_to_string(folder.join(format!("vitrine-{name}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    run(&cli, 2, &["manual", "/proc/nowhere"]).await;

    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&cli, 0, &[&["completions", shell], &nowhere[..]].concat()).await.stdout;
        for name in &names {
            assert!(script.contains(name.as_str()), "{shell} lacks {name}");
        }
        assert!(script.contains("delete-unknown"), "{shell} lacks an option");
    }
    assert!(run(&cli, 0, &["completions", "bash", "--json"]).await.json().is_string());
    run(&cli, 2, &["completions", "tcl"]).await;
    assert!(!fixture.library().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn file_names_cannot_control_the_terminal() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let path = fixture.picture(&a_png(16, 16), "a\u{1b}[31mred\nline.png");
    let ran = run(&cli, 0, &["import", &path]).await;
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'), "{ran:?}");
    assert_eq!(ran.stdout.trim_end().lines().count(), 1, "{ran:?}");
    let listed = run(&cli, 0, &["list", "generated"]).await;
    assert!(!listed.stdout.contains('\u{1b}'), "{listed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_works_as_in_the_search_box_and_explains_errors() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let parameters = |prompt: &str, seed: u32| {
        format!(
            "{prompt}\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: {seed}, Size: 64x64, Version: v1.10.1"
        )
    };
    let fox = a_png(30, 20).with_text("parameters", &parameters("a fox in deep snow", 1));
    let owl = a_png(20, 30).with_text("parameters", &parameters("an owl in snow", 2));
    let fox = import(&cli, &[&fixture.picture(&fox, "1.png")], &[]).await.remove(0);
    let owl = import(&cli, &[&fixture.picture(&owl, "2.png")], &["--visibility", "public"]).await.remove(0);
    let found = async |what: &str, query: &str| ids(&cli, &[what, "--search", query]).await;
    assert_eq!(found("generated", "snow").await, [owl.as_str(), fox.as_str()]);
    assert_eq!(found("generated", "\"deep snow\"").await, [fox.as_str()]);
    assert_eq!(found("generated", "-fox is:portrait").await, [owl.as_str()]);
    assert_eq!(found("feed", "snow").await, [owl.as_str()]);
    // A script's last word is complete, so it is not searched for as a prefix.
    assert!(found("generated", "sno").await.is_empty());
    let odd = run(&cli, 2, &["list", "generated", "--search", "owl after:soon", "--json"]).await;
    assert!(odd.stderr.contains("is not a date") && odd.stdout.is_empty(), "{odd}");
    run(&cli, 2, &["list", "references", "--search", "owl"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_marked_as_sensitive_and_found_by_it() {
    let fixture = CliFixture::new();
    let cli = fixture.unconfigured();
    let fox = import(&cli, &[&fixture.picture(&a_png(16, 16).seed(1), "1.png")], &[]).await.remove(0);
    let owl = import(&cli, &[&fixture.picture(&a_png(16, 16).seed(2), "2.png")], &[]).await.remove(0);
    let line = run(&cli, 0, &["sensitive", "on", &fox, "--json"]).await.json();
    assert_eq!(line, json!({ "id": fox, "outcome": "sensitive" }));
    let page = run(&cli, 0, &["list", "generated", "--json"]).await.json();
    let marks: Vec<_> =
        page["page"].as_array().unwrap().iter().map(|image| (&image["id"], &image["sensitive"])).collect();
    assert_eq!(marks, [(&json!(owl), &json!(false)), (&json!(fox), &json!(true))]);
    assert!(run(&cli, 0, &["list", "generated"]).await.stdout.contains("unlisted, sensitive"));
    assert_eq!(ids(&cli, &["generated", "--search", "is:sensitive"]).await, [fox.as_str()]);
    assert_eq!(ids(&cli, &["generated", "--search", "-is:sensitive"]).await, [owl.as_str()]);
    let line = run(&cli, 0, &["sensitive", "off", &fox, "--json"]).await.json();
    assert_eq!(line, json!({ "id": fox, "outcome": "not_sensitive" }));
    let image = run(&cli, 0, &["show", &fox, "--json"]).await.json();
    assert_eq!((&image["sensitive"], &image["sensitive_mark"]), (&json!(false), &json!(null)));
    run(&cli, 1, &["sensitive", "on", "01900000-0000-7000-8000-000000000000"]).await;
    run(&cli, 2, &["sensitive", "maybe", &fox]).await;
    run(&cli, 2, &["sensitive", "on"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_any_size_are_accepted_or_refused_without_a_panic() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
    for timeout in ["99999999999999", "9223372036854775807", "18446744073709551615"] {
        run(&cli, 0, &["push", "--timeout", timeout]).await;
    }
    run(&cli, 0, &["push", "--timeout", "0"]).await;
    for limit in ["1", "1000"] {
        run(&cli, 0, &["list", "generated", "--limit", limit]).await;
    }
    run(&cli, 1, &["transfers", "cancel", "9223372036854775807"]).await;
    let too_large = "99999999999999999999999999";
    let refused: [&[&str]; 7] = [
        &["push", "--timeout", too_large],
        &["push", "--timeout", "1.5"],
        &["list", "generated", "--limit", "0"],
        &["list", "generated", "--limit", "1001"],
        &["list", "generated", "--limit", "4294967295"],
        &["list", "generated", "--limit", too_large],
        &["transfers", "retry", too_large],
    ];
    for words in refused {
        run(&cli, 2, words).await;
    }
}
