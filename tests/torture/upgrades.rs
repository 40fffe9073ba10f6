//! Kills a program while it upgrades a catalog. Everything that is left is
//! sound, and the next program finishes the upgrade.

use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use vitrine_tests::process::{Cli, workspace_root};
use vitrine_tests::random::Random;
use vitrine_tests::rows::add_functions;

/// The variable for the number of kills. `make torture` sets a higher one.
const KILLS: &str = "VITRINE_TORTURE_UPGRADES";
const IMAGES: u32 = 1500;
/// How long an upgrade may take if the program is not killed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Returns the migrations up to each version, oldest first.
fn steps() -> Vec<String> {
    let folder = workspace_root().join("src-tauri/core/src/catalog/migrations");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// Makes a catalog of an earlier version, with rows, using only SQLite.
fn a_catalog_of(version: usize, path: &Path) {
    let connection = Connection::open(path).unwrap();
    add_functions(&connection);
    connection.execute_batch("PRAGMA journal_mode = WAL; BEGIN").unwrap();
    for (number, step) in steps().iter().take(version).enumerate() {
        connection.execute_batch(step).unwrap();
        if number == 0 {
            rows(&connection);
        }
    }
    connection.execute_batch(&format!("PRAGMA user_version = {version}; COMMIT")).unwrap();
}

fn rows(connection: &Connection) {
    connection.execute_batch("INSERT INTO users VALUES ('artist', 'Artist', NULL, 1, 1)").unwrap();
    let sql = "INSERT INTO generated_images
        (id, owner_id, visibility, r2_key, filename, content_type, size_bytes, prompt, created_at, sha256, md5)
        VALUES (?1, 'artist', 'unlisted', ?2, 'a.png', 'image/png', 3, ?3, ?4, ?5, zeroblob(16))";
    let mut insert = connection.prepare(sql).unwrap();
    for number in 0..IMAGES {
        let id = format!("0190d8f0-0000-7000-8000-{number:012x}");
        let key = format!("generated/artist/1700000000000-{number:032x}.png");
        let mut hash = [7_u8; 32];
        hash[..4].copy_from_slice(&number.to_be_bytes());
        let prompt = format!("a fox among {number} birches, and whatever else fills a page of the index");
        insert.execute((id, key, prompt, 1_700_000_000_000_i64 + i64::from(number), &hash[..])).unwrap();
    }
}

/// Returns the version and the number of images of a file. Fails if the file is
/// not sound.
fn whole(path: &Path) -> (usize, u32) {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok", "{}", path.display());
    let version = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0)).unwrap();
    let images = connection.query_row("SELECT count(*) FROM generated_images", [], |row| row.get(0)).unwrap();
    (version.try_into().unwrap(), images)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_upgrade_leaves_a_complete_copy_or_none_and_is_finished() {
    let kills: usize = std::env::var(KILLS).ok().and_then(|count| count.parse().ok()).unwrap_or(14);
    let versions = steps().len();
    let mut random = Random::new(20_261_126);
    let mut interrupted = 0;
    for round in 0..kills {
        let version = 1 + round % (versions - 1);
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("library")).unwrap();
        let catalog = root.path().join("library/catalog.db");
        a_catalog_of(version, &catalog);
        let copy = catalog.with_extension(format!("before-upgrade-from-{version}.db"));
        let cli = Cli::on(&root.path().join("library"));
        let running = cli.start(["list", "generated", "--json", "--limit", "1"]);
        let began = Instant::now();
        let life = Duration::from_micros(random.below(150_000));
        while running.is_running() && began.elapsed() < life {
            std::thread::yield_now();
        }
        interrupted += usize::from(running.is_running());
        running.kill();
        if copy.exists() {
            assert_eq!(whole(&copy), (version, IMAGES), "killed after {life:?}");
        }

        let listed = cli.run(["stats", "--json"]).await.exits_with(0);

        assert!(began.elapsed() < PATIENCE);
        assert_eq!(listed.json()["generated"], IMAGES, "killed after {life:?}");
        assert_eq!(whole(&catalog), (versions, IMAGES), "killed after {life:?}");
        assert_eq!(whole(&copy), (version, IMAGES), "killed after {life:?}");
    }
    eprintln!("{kills} upgrades, {interrupted} killed before they were through");
    assert!(interrupted > 0, "no kill came in time");
}
