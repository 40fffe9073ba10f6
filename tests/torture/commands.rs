//! Kills the command line while it deletes permanently, recovers and repairs. The next command
//! finishes what was started, and nothing that was deleted comes back.

use crate::chosen::rounds;
use crate::ledger::{Expect, Ledger, Picture, Row, Shown, add_galleries, hash, look, originals};
use crate::life::{a_library, age_originals, cli};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vitrine_tests::folders::copy_folder;
use vitrine_tests::process::{Cli, Ran};
use vitrine_tests::random::Random;

/// The variable for the number of kills of each command. `make torture` sets a higher one.
const KILLS: &str = "VITRINE_TORTURE_COMMANDS";
const USUAL_KILLS: u64 = 5;
/// The number of images in each library.
const IMAGES: usize = 36;
/// The most kills of a command before it may run to its end.
const MOST_KILLS: u64 = 3;

/// A library in a temporary folder, made once and copied for each round.
struct CommandFixture {
    root: TempDir,
    ledger: Ledger,
    random: Random,
    /// How long the command takes here if it is not killed.
    life: Duration,
    killed: u64,
    wrong: Vec<String>,
}

/// One round in a copy of the library.
struct Round {
    _root: TempDir,
    library: PathBuf,
    cli: Cli,
    ledger: Ledger,
}

impl CommandFixture {
    async fn new(seed: u64) -> Self {
        let root = TempDir::with_prefix("vitrine-torture-").unwrap();
        let ledger = a_library(root.path(), IMAGES, seed).await;
        Self { root, ledger, random: Random::new(seed), life: Duration::ZERO, killed: 0, wrong: Vec::new() }
    }

    /// Copies the library in the state left by a program that ended or was killed.
    fn round(&mut self) -> Round {
        let root = TempDir::with_prefix("vitrine-torture-").unwrap();
        let library = root.path().join("library");
        let how = if self.random.below(2) == 0 { "closed" } else { "killed" };
        copy_folder(&self.root.path().join(how), &library);
        Round { _root: root, cli: cli(&library), library, ledger: self.ledger.clone() }
    }

    /// Runs a command repeatedly and kills it each time, then lets it run to its end if
    /// `to_the_end`. The first call only measures how long the command takes.
    async fn kill(&mut self, round: &Round, arguments: &[&str], to_the_end: bool) -> Option<Ran> {
        let mut last = None;
        if !self.life.is_zero() {
            for _ in 0..=self.random.below(MOST_KILLS) {
                let micros = u64::try_from(self.life.as_micros()).unwrap();
                let life = Duration::from_micros(self.random.below(micros));
                let (ran, was_killed) = round.cli.run_for(life, arguments).await;
                self.note_panic(&ran, arguments);
                self.killed += u64::from(was_killed);
                last = (!was_killed).then_some(ran);
                if last.is_some() {
                    return last;
                }
            }
        }
        if to_the_end || self.life.is_zero() {
            let began = Instant::now();
            let ran = round.cli.run(arguments).await;
            self.note_panic(&ran, arguments);
            self.life = self.life.max(began.elapsed());
            last = Some(ran);
        }
        last
    }

    fn note_panic(&mut self, ran: &Ran, arguments: &[&str]) {
        if ran.stderr.contains("panicked") {
            self.wrong.push(format!("{arguments:?} panicked:\n{ran}"));
        }
    }

    /// Compares what the library shows with what it must show.
    async fn compare(&mut self, round: &Round, expect: Expect, how: &str) -> Option<Shown> {
        match look(&round.cli).await {
            Err(ran) => {
                self.wrong.push(format!("{how}: the library cannot be listed:\n{ran}"));
                None
            }
            Ok(mut shown) => {
                add_galleries(&round.library, &mut shown).unwrap();
                let wrong = round.ledger.compare(&round.library, &shown, expect);
                self.wrong.extend(wrong.into_iter().map(|wrong| format!("{how}: {wrong}")));
                Some(shown)
            }
        }
    }

    fn ends(self, what: &str, rounds: u64, seed: u64) {
        println!("{what}: {rounds} rounds, {} kills in time, {} wrong", self.killed, self.wrong.len());
        assert!(self.wrong.is_empty(), "seed {seed}:\n{}", self.wrong.join("\n"));
        assert!(self.killed > 0, "no kill came in time");
    }
}

/// Loses or damages the catalog, so that it cannot count as sound.
fn break_catalog(library: &Path, random: &mut Random) -> &'static str {
    let catalog = library.join("catalog.db");
    let bytes = fs::read(&catalog).unwrap();
    match random.below(4) {
        0 => {
            for suffix in ["", "-wal", "-shm"] {
                let _ = fs::remove_file(library.join(format!("catalog.db{suffix}")));
            }
            "a catalog that is gone"
        }
        1 => {
            fs::remove_file(&catalog).unwrap();
            "a catalog that is gone and left its log"
        }
        2 => {
            fs::write(&catalog, &bytes[..bytes.len() / 2]).unwrap();
            let _ = fs::remove_file(library.join("catalog.db-wal"));
            "half a catalog"
        }
        _ => {
            fs::write(&catalog, b"not a catalog any more").unwrap();
            "something else in place of the catalog"
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_permanent_removal_is_finished_and_never_undone() {
    let (rounds, seed) = rounds(KILLS, USUAL_KILLS);
    let mut fixture = CommandFixture::new(seed).await;
    for number in 0..=rounds {
        let mut round = fixture.round();
        let all: Vec<(String, String)> =
            round.ledger.pictures.iter().map(|(hash, picture)| (hash.clone(), picture.id.clone())).collect();
        let asked: Vec<&(String, String)> = all.iter().filter(|_| fixture.random.below(3) == 0).collect();
        let ids: Vec<&str> = asked.iter().map(|(_, id)| id.as_str()).collect();
        let command = [&["remove", "--permanently"], &ids[..]].concat();
        let ran = fixture.kill(&round, &command, false).await;
        let how = format!("round {number}, {} of {} deleted", asked.len(), all.len());

        // After the next command, images without a row are gone, and so are their files.
        let Some(shown) = look_again(&mut fixture, &round, &how).await else { continue };
        let is_shown = |hash: &str| shown.rows.iter().any(|row| row.sha256 == hash);
        let gone: Vec<String> =
            asked.iter().filter(|(hash, _)| !is_shown(hash)).map(|(hash, _)| hash.clone()).collect();
        if gone.len() != asked.len() && !(gone.is_empty() && ran.is_none()) {
            fixture.wrong.push(format!("{how}: {} rows are gone", gone.len()));
        }
        round.ledger.delete(gone);
        fixture.compare(&round, Expect::Everything, &how).await;
        let left = round.ledger.left_originals(&round.library);
        if !left.is_empty() {
            fixture.wrong.push(format!("{how}: these files are still there: {left:?}"));
        }

        // Whatever else happens to the library, none of them comes back.
        never_comes_back(&mut fixture, &round, &how).await;
    }
    fixture.ends("remove --permanently", rounds, seed);
}

async fn look_again(fixture: &mut CommandFixture, round: &Round, how: &str) -> Option<Shown> {
    match look(&round.cli).await {
        Ok(shown) => Some(shown),
        Err(ran) => {
            fixture.wrong.push(format!("{how}: the library cannot be listed:\n{ran}"));
            None
        }
    }
}

/// Loses the catalog, recovers it, and repairs the rest.
async fn never_comes_back(fixture: &mut CommandFixture, round: &Round, how: &str) {
    let what = break_catalog(&round.library, &mut fixture.random);
    let how = format!("{how}, then {what}");
    let ran = round.cli.run(["recover", "--from-backup"]).await;
    if ran.code() != 0 {
        fixture.wrong.push(format!("{how}: {ran}"));
    }
    fixture.compare(round, Expect::Everything, &how).await;
    let ran = round.cli.run(["verify", "--deep", "--repair"]).await;
    if ran.code() != 0 {
        fixture.wrong.push(format!("{how}: {ran}"));
    }
    fixture.compare(round, Expect::Everything, &how).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_recovery_is_finished_and_loses_nothing() {
    let (rounds, seed) = rounds(KILLS, USUAL_KILLS);
    for (command, expect) in [
        (&["recover", "--from-backup"][..], Expect::Everything),
        // An empty catalog knows about pictures only what the journal says since the oldest
        // backup.
        (&["recover"][..], Expect::Pictures),
    ] {
        let mut fixture = CommandFixture::new(seed).await;
        for number in 0..=rounds {
            let round = fixture.round();
            let what = break_catalog(&round.library, &mut fixture.random);
            let how = format!("round {number}, {what}");
            let ran = fixture.kill(&round, command, false).await;
            if let Some(ran) = ran.filter(|ran| ran.code() != 0) {
                fixture.wrong.push(format!("{how}: {ran}"));
            }
            // The next command continues, or says that a recovery is still needed.
            if let Err(refused) = look(&round.cli).await {
                if !refused.stderr.contains("CatalogDamaged") {
                    fixture.wrong.push(format!("{how}: {refused}"));
                }
                let ran = round.cli.run(command).await;
                if ran.code() != 0 {
                    fixture.wrong.push(format!("{how}: {ran}"));
                }
            }
            fixture.compare(&round, expect, &how).await;
            if round.library.join("recovery.unfinished").exists() {
                fixture.wrong.push(format!("{how}: the recovery is not through"));
            }
            let ran = round.cli.run(["verify", "--deep", "--repair"]).await;
            if ran.code() != 0 {
                fixture.wrong.push(format!("{how}: {ran}"));
            }
            fixture.compare(&round, expect, &format!("{how}, and a repair")).await;
        }
        fixture.ends(&command.join(" "), rounds, seed);
    }
}

/// Rows that were changed without Vitrine noticing, by the hashes of their pictures.
#[derive(Default)]
struct Broken {
    lost: BTreeSet<String>,
    unreadable: BTreeSet<String>,
}

/// Deletes rows and makes others unreadable, as a disk may do.
fn break_rows(round: &Round, random: &mut Random) -> Broken {
    let catalog = Connection::open(round.library.join("catalog.db")).unwrap();
    // The functions of Vitrine's own connections are missing here.
    let sql =
        "SELECT name, sql || ';' FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'generated_images'";
    let triggers: Vec<(String, String)> = {
        let mut statement = catalog.prepare(sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let drops: Vec<String> = triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name};")).collect();
    catalog.execute_batch("PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = ON;").unwrap();
    catalog.execute_batch(&drops.concat()).unwrap();
    let mut broken = Broken::default();
    for (hash, picture) in &round.ledger.pictures {
        let table = format!("{}_images", picture.kind);
        let (id, chance) = (&picture.id, random.below(12));
        let (statement, among) = match chance {
            0 => (format!("DELETE FROM {table} WHERE id = '{id}'"), &mut broken.lost),
            1 => (format!("UPDATE {table} SET r2_key = 'no' WHERE id = '{id}'"), &mut broken.unreadable),
            2 => {
                let set = format!("UPDATE {table} SET content_type = 'image/qng' WHERE id = '{id}'");
                (set, &mut broken.unreadable)
            }
            _ => continue,
        };
        // Two rows cannot have the same key.
        if catalog.execute_batch(&statement).is_ok() {
            among.insert(hash.clone());
        }
    }
    catalog.execute_batch(&triggers.into_iter().map(|(_, sql)| sql).collect::<String>()).unwrap();
    broken
}

/// Returns how a library differs after its rows were repaired. A lost row loses what only that
/// row contained. An unreadable row at most stops being public.
fn repaired_otherwise(round: &Round, shown: &Shown, broken: &Broken) -> Vec<String> {
    let mut wrong = round.ledger.compare(&round.library, shown, Expect::Pictures);
    for Row { sha256, picture } in &shown.rows {
        let Some(known) = round.ledger.pictures.get(sha256) else { continue };
        let unlisted = Picture { public: false, ..known.clone() };
        let is_good = match (broken.lost.contains(sha256), broken.unreadable.contains(sha256)) {
            (true, _) => true,
            (false, true) => picture == known || *picture == unlisted,
            (false, false) => picture == known,
        };
        if !is_good {
            wrong.push(format!("{sha256} is {picture:?} and was {known:?}"));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_repair_is_finished_and_restores_nothing_that_was_deleted() {
    let (rounds, seed) = rounds(KILLS, USUAL_KILLS);
    let mut fixture = CommandFixture::new(seed).await;
    for number in 0..=rounds {
        let mut round = fixture.round();
        // A file whose image is deleted below. The disk brings it back later.
        let (hash_back, victim) = {
            let at = usize::try_from(fixture.random.below(round.ledger.pictures.len() as u64)).unwrap();
            let (hash, picture) = round.ledger.pictures.iter().nth(at).unwrap();
            (hash.clone(), picture.id.clone())
        };
        let file = originals(&round.library)[&hash_back].clone();
        let bytes = fs::read(&file).unwrap();
        assert_eq!(hash(&bytes), hash_back);
        let _ = round.cli.run(["remove", "--permanently", &victim]).await.exits_with(0);
        round.ledger.delete([hash_back.clone()]);
        fs::write(&file, bytes).unwrap();
        age_originals(&round.library);
        let broken = break_rows(&round, &mut fixture.random);
        let (lost, unreadable) = (broken.lost.len(), broken.unreadable.len());
        let how = format!("round {number}, {lost} rows lost, {unreadable} unreadable");

        let mut ran = fixture.kill(&round, &["verify", "--deep", "--repair"], true).await.unwrap();
        if ran.code() != 0 {
            // One repair may make something readable that the next one has to read.
            ran = round.cli.run(["verify", "--deep", "--repair"]).await;
        }
        if ran.code() != 0 {
            fixture.wrong.push(format!("{how}: {ran}"));
        }
        let Some(mut shown) = look_again(&mut fixture, &round, &how).await else { continue };
        add_galleries(&round.library, &mut shown).unwrap();
        let wrong = repaired_otherwise(&round, &shown, &broken);
        fixture.wrong.extend(wrong.into_iter().map(|wrong| format!("{how}: {wrong}")));
        let left = round.ledger.left_originals(&round.library);
        if !left.is_empty() {
            fixture.wrong.push(format!("{how}: these files are still there: {left:?}"));
        }
        let clean = round.cli.run(["verify", "--deep", "--json"]).await;
        if clean.code() != 0 {
            fixture.wrong.push(format!("{how}: a repair leaves {clean}"));
        }
    }
    fixture.ends("verify --repair", rounds, seed);
}
