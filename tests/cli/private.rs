//! What must stay private on a computer with other users and in logs, and what happens
//! if a variable is empty.

use crate::fixture::{CliFixture, import, run};
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use vitrine_tests::pictures::a_png;
use vitrine_tests::process::{Cli, NO_KEYRING, binary, tool};
use vitrine_tests::rows::set_every_url;
use vitrine_tests::s3;

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::ffi::OsStringExt as _;
    use std::os::unix::fs::PermissionsExt as _;

    /// Returns everything in a folder, including the folder itself, with its mode.
    fn modes(path: &Path) -> Vec<(PathBuf, u32)> {
        let mode = path.metadata().unwrap().permissions().mode() & 0o7777;
        let mut found = vec![(path.to_owned(), mode)];
        if path.is_dir() {
            for entry in std::fs::read_dir(path).unwrap() {
                found.extend(modes(&entry.unwrap().path()));
            }
        }
        found
    }

    fn is_private(library: &Path) {
        let open: Vec<_> = modes(library).into_iter().filter(|(_, mode)| mode & 0o077 != 0).collect();
        assert!(open.is_empty(), "others can read {open:?}");
    }

    /// Returns the same command line for a shell whose umask removes no permissions
    /// from new files.
    fn with_umask_of_nobody(fixture: &CliFixture) -> Cli {
        Cli::of_program(tool("sh"), &fixture.library()).with_env(s3::shared().env())
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_file_of_a_library_can_be_read_by_others_whatever_the_umask() {
        let fixture = CliFixture::new();
        let (cli, vitrine) = (with_umask_of_nobody(&fixture), binary("vitrine"));
        let shell = ["-c", "umask 000; exec \"$0\" \"$@\"", vitrine.to_str().unwrap()];
        let path = fixture.picture(&a_png(700, 700), "a.png");
        run(&cli, 0, &[&shell[..], &["import", &path]].concat()).await;
        run(&cli, 0, &[&shell[..], &["push"]].concat()).await;
        let names: Vec<_> = modes(&fixture.library()).into_iter().map(|(path, _)| path).collect();
        for part in ["originals", "thumbnails", "backups"] {
            let is_in = |path: &PathBuf| path.is_file() && path.starts_with(fixture.library().join(part));
            assert!(names.iter().any(is_in), "{part} has a file");
        }
        is_private(&fixture.library());

        // An earlier version left these modes.
        for (path, mode) in modes(&fixture.library()) {
            let open = if path.is_dir() { 0o755 } else { 0o644 };
            assert_ne!(mode, open);
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(open)).unwrap();
        }
        run(&cli, 0, &[&shell[..], &["stats"]].concat()).await;
        is_private(&fixture.library());
    }

    fn not_text(folder: &Path, name: &[u8]) -> PathBuf {
        folder.join(OsString::from_vec(name.to_vec()))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn libraries_and_files_work_when_their_paths_are_not_text() {
        let fixture = CliFixture::new();
        let library = not_text(&fixture.inbox(), b"libr\xe4ry \xff");
        let picture = not_text(&fixture.inbox(), b"f\xfcchs.png");
        std::fs::write(&picture, a_png(16, 16).bytes()).unwrap();
        let folder = not_text(&fixture.inbox(), b"ordner \xfe");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("b.png"), a_png(16, 16).seed(2).bytes()).unwrap();
        let by_variable = Cli::on(&library).with_env(NO_KEYRING);
        let by_flag = Cli::on(&fixture.library()).with_env(NO_KEYRING);
        let flag = [OsStr::new("--library"), library.as_os_str()];

        let words = |words: &'static [&'static str]| words.iter().map(OsStr::new).collect::<Vec<_>>();
        let import = [words(&["import", "--json"]), vec![picture.as_os_str(), folder.as_os_str()]].concat();
        let lines = by_variable.run(&import).await.exits_with(0).json_lines();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line["outcome"] == "imported"), "{lines:?}");
        for command in [
            &["list", "generated", "--json"][..],
            &["verify", "--deep"],
            &["reparse"],
            &["recover"],
            &["transfers"],
        ] {
            let _ = by_variable.run(command).await.exits_with(0);
            let _ = by_flag.run([&flag[..], &words(command)].concat()).await.exits_with(0);
        }
        let stats: Value = by_flag.run([words(&["stats", "--json"]), flag.to_vec()].concat()).await.json();
        assert_eq!(stats["generated"], 2);
        assert!(!fixture.library().exists(), "the flag won");

        let watched = fixture.library().with_file_name("outputs");
        std::fs::create_dir(&watched).unwrap();
        let _ = by_variable
            .run([OsStr::new("watch"), OsStr::new("add"), watched.as_os_str()])
            .await
            .exits_with(0);
        // The catalog stores watched folders as text. Other paths are refused with an
        // explanation.
        let ran = by_variable.run([OsStr::new("watch"), OsStr::new("add"), folder.as_os_str()]).await;
        let ran = ran.exits_with(2);
        assert!(ran.stderr.contains("not text"), "{ran}");

        // The catalog breaks and is recovered.
        std::fs::write(library.join("catalog.db"), b"a letter, not a database").unwrap();
        let _ = by_variable.run(["stats"]).await.exits_with(3);
        let _ = by_variable.run(["recover", "--from-backup"]).await.exits_with(0);
        let stats = by_variable.run(["stats", "--json"]).await.exits_with(0).json();
        assert_eq!(stats["generated"], 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_messages_of_vitrine_are_logged_whatever_the_variable_says() {
    let fixture = CliFixture::new();
    let id = import(&fixture.configured(), &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await.remove(0);
    let image = run(&fixture.configured(), 0, &["show", &id, "--json"]).await.json();
    let key = image["r2_key"].as_str().unwrap().to_owned();
    for wanted in [
        "trace,aws_sdk_s3=trace",
        "aws_sdk_s3=trace,trace",
        "trace,hyper=trace,aws_smithy_runtime=trace,vitrine_core=trace,rustls=trace",
        "trace,[request]=trace",
        "trace,off,trace,aws",
    ] {
        let cli = fixture.configured().with_env([("VITRINE_LOG", wanted)]);
        let wrong = cli.clone().with_env([("R2_SECRET_ACCESS_KEY", "0".repeat(64))]);
        // `run` searches for both halves of the credentials in everything that is
        // printed.
        for ran in [
            run(&cli, 0, &["doctor"]).await,
            run(&wrong, 1, &["push"]).await,
            run(&cli, 0, &["transfers"]).await,
        ] {
            let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
            for line in ran.stderr.lines() {
                let mut words = line.split_whitespace();
                if words.any(|word| levels.iter().any(|level| word.contains(level))) {
                    let target = words.next().unwrap_or_default();
                    assert!(target.contains("vitrine"), "{wanted}: {line}");
                }
            }
            assert!(!ran.stderr.contains(&key), "the link of an unlisted image is a secret too: {ran}");
            assert!(ran.stderr.contains("is ignored; only Vitrine itself is logged"), "{wanted}: {ran}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_variable_counts_as_unset() {
    let fixture = CliFixture::new();
    let home = fixture.library().with_file_name("home");
    let usual = home.join("art.vitrine.desktop/library");
    let empty = ["VITRINE_LIBRARY", "VITRINE_LOG", "R2_ENDPOINT", "R2_ACCOUNT_ID", "R2_PUBLIC_URL"];
    let cli = fixture.unconfigured().with_env(empty.map(|name| (name, "")));
    // This is where data goes on Linux. Other systems have no variable for it.
    let cli = cli.with_env([("XDG_DATA_HOME", home.to_str().unwrap())]);
    if cfg!(target_os = "linux") {
        run(&cli, 0, &["stats"]).await;
        assert!(usual.join("catalog.db").exists());
        import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await;
        let ran = run(&cli, 3, &["push"]).await;
        assert!(ran.stderr.contains("R2_ACCOUNT_ID") && ran.stderr.contains("R2_PUBLIC_URL"), "{ran}");
    }
    // Naming an empty folder explicitly is an error.
    run(&cli, 2, &["stats", "--library", ""]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_web_addresses_are_opened() {
    let fixture = CliFixture::new();
    let cli = fixture.configured();
    let id = import(&cli, &[&fixture.picture(&a_png(16, 16), "a.png")], &[]).await.remove(0);
    for bad in ["file:///etc/passwd", "javascript:alert(1)", "--help", "/etc/passwd", "https:", ""] {
        set_every_url(&fixture.library(), bad);
        let ran = run(&cli, 2, &["open", &id]).await;
        assert!(ran.stderr.contains("Only web addresses can be opened"), "{bad}: {ran}");
    }
}
