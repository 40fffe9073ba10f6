//! A clock that is repeatedly set wrong, by years, while a script works on a library. Nothing
//! leaves the trash too early, a recovery uses the newest backup, and no picture is lost.

use crate::chosen::rounds;
use crate::ledger::{Expect, Ledger, Picture, add_galleries, hash, look, originals};
use crate::life::{cli, new_picture};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use vitrine_tests::process::{Cli, NO_KEYRING, Ran, binary, tool};
use vitrine_tests::random::Random;

/// The variable for the number of scripts. `make torture` sets a higher one.
const CLOCKS: &str = "VITRINE_TORTURE_CLOCKS";
const USUAL_CLOCKS: u64 = 2;
/// The number of commands in one script.
const COMMANDS: u64 = 18;
/// The clock is right in one of this many scripts.
const RIGHT_EACH: u64 = 3;
/// The lists are compared after this many commands.
const LOOK_EACH: u64 = 4;
const DAY: i64 = 24 * 3600;
/// How long the trash keeps an image, in seconds.
const TRASH: i64 = 30 * DAY;
/// The longest step of the clock that may have been real. Nobody can tell.
const LONGEST_STEP: i64 = 7 * DAY;
/// Vitrine counts ages by the hour, and a run here takes minutes.
const SLACK: i64 = 2 * 3600;

/// The true time, and the error of the computer's clock, in seconds from now.
#[derive(Debug, Default)]
struct Clock {
    truth: i64,
    error: i64,
    /// What the clock said and the true time, when a command last recorded the clock.
    noted: Option<(i64, i64)>,
    /// How far the clock was set ahead in steps that may have been real.
    untold: i64,
}

impl Clock {
    /// Lets time pass, and sets the clock now and then, unless it is always right.
    fn go_on(&mut self, random: &mut Random, is_right: bool) {
        let below =
            |random: &mut Random, end: i64| i64::try_from(random.below(u64::try_from(end).unwrap())).unwrap();
        self.truth += below(random, 6 * DAY);
        if !is_right && random.below(3) == 0 {
            self.error = match random.below(5) {
                0 | 1 => 365 * DAY + below(random, 9 * 365 * DAY),
                2 => -365 * DAY - below(random, 9 * 365 * DAY),
                3 => below(random, 20 * DAY) - 10 * DAY,
                _ => 0,
            };
        }
    }

    /// Returns what the computer's clock says.
    fn says(&self) -> i64 {
        self.truth + self.error
    }

    fn note(&mut self) {
        if let Some((said, truth)) = self.noted {
            let step = self.says() - said;
            if (0..=LONGEST_STEP + SLACK).contains(&step) {
                self.untold += (step - (self.truth - truth)).max(0);
            }
        }
        self.noted = Some((self.says(), self.truth));
    }

    /// Returns the greatest age that anything from this moment can have by a clock that is
    /// believed.
    fn age(&self, (truth, untold): (i64, i64)) -> i64 {
        self.truth - truth + self.untold - untold
    }
}

/// A library in a temporary folder, the script that works on it, and what it must show.
struct ClockFixture {
    root: TempDir,
    /// Whether the clock is never set wrong. Such scripts provide a comparison.
    is_right: bool,
    random: Random,
    clock: Clock,
    ledger: Ledger,
    /// When each image in the trash was removed: the true time, and `untold` at that time.
    trashed: BTreeMap<String, (i64, i64)>,
    /// The content of the newest backup.
    backed_up: Ledger,
    backups: BTreeSet<PathBuf>,
    /// A description of what was done.
    done: Vec<String>,
    wrong: Vec<String>,
    expired: u64,
    recovered: u64,
}

impl ClockFixture {
    fn new(seed: u64, is_right: bool) -> Self {
        let root = TempDir::with_prefix("vitrine-torture-").unwrap();
        fs::create_dir(root.path().join("inbox")).unwrap();
        Self {
            root,
            is_right,
            random: Random::new(seed),
            clock: Clock::default(),
            ledger: Ledger::default(),
            trashed: BTreeMap::new(),
            backed_up: Ledger::default(),
            backups: BTreeSet::new(),
            done: Vec::new(),
            wrong: Vec::new(),
            expired: 0,
            recovered: 0,
        }
    }

    fn library(&self) -> PathBuf {
        self.root.path().join("library")
    }

    fn cli(&self) -> Cli {
        cli(&self.library())
    }

    /// Runs `vitrine` at the time that the clock says.
    async fn run(&mut self, arguments: &[&str]) -> Ran {
        let vitrine = binary("vitrine");
        let offset = format!("{:+}", self.clock.says());
        let how = ["-m", "--exclude-monotonic", "-f", &offset, vitrine.to_str().unwrap()];
        let cli = Cli::of_program(tool("faketime"), &self.library()).with_env(NO_KEYRING);
        let ran = cli.run([&how, arguments].concat()).await;
        let day = |seconds: i64| seconds / DAY;
        let (truth, error) = (day(self.clock.truth), day(self.clock.error));
        self.done.push(format!("day {truth} ({error:+}): {} -> {}", arguments.join(" "), ran.code()));
        if ran.code() != 0 || ran.stderr.contains("panicked") {
            self.wrong.push(format!("{arguments:?}: {ran}"));
        }
        ran
    }

    fn pick(&mut self, is_wanted: impl Fn(&Picture) -> bool) -> Option<(String, String)> {
        let among: Vec<_> = self.ledger.pictures.iter().filter(|(_, picture)| is_wanted(picture)).collect();
        let at = usize::try_from(self.random.below(among.len() as u64)).unwrap();
        among.get(at).map(|(hash, picture)| ((*hash).clone(), picture.id.clone()))
    }

    /// Imports a picture, which also makes a backup and deletes old images from the trash.
    async fn import(&mut self) {
        let bytes = new_picture(&mut self.random);
        let hash = hash(&bytes);
        let filename = format!("a picture {}.png", &hash[..6]);
        let path = self.root.path().join("inbox").join(&filename);
        fs::write(&path, bytes).unwrap();
        let public = self.random.below(2) == 0;
        let visibility = if public { "public" } else { "unlisted" };
        let arguments = ["import", "--json", "--visibility", visibility, path.to_str().unwrap()];
        self.clock.note();
        let ran = self.run(&arguments).await;
        let Some(id) = ran.json_lines().first().and_then(|line| line["id"].as_str().map(str::to_owned))
        else {
            return;
        };
        let picture = Picture { id, filename, kind: "generated", gallery: None, public, trashed: false };
        self.ledger.pictures.insert(hash, picture);
        let backups = backups(&self.library());
        if !backups.is_subset(&self.backups) {
            self.backed_up = self.ledger.clone();
            self.done.push(String::from("    a backup"));
        }
        self.backups = backups;
    }

    async fn act(&mut self) {
        self.clock.go_on(&mut self.random, self.is_right);
        match self.random.below(20) {
            0..8 => self.import().await,
            8..12 => {
                let Some((hash, id)) = self.pick(|one| !one.trashed) else { return };
                self.clock.note();
                self.run(&["remove", &id]).await;
                self.ledger.pictures.get_mut(&hash).unwrap().trashed = true;
                self.trashed.insert(hash, (self.clock.truth, self.clock.untold));
            }
            12 | 13 => {
                self.look().await;
                let Some((hash, id)) = self.pick(|one| one.trashed) else { return };
                self.run(&["restore", &id]).await;
                self.ledger.pictures.get_mut(&hash).unwrap().trashed = false;
                self.trashed.remove(&hash);
            }
            14 | 15 => {
                let Some((hash, id)) = self.pick(|one| !one.trashed) else { return };
                let picture = self.ledger.pictures.get_mut(&hash).unwrap();
                picture.public = !picture.public;
                let visibility = if picture.public { "public" } else { "unlisted" };
                self.run(&["visibility", visibility, &id]).await;
            }
            16 => {
                let Some((hash, id)) = self.pick(|one| !one.trashed) else { return };
                self.run(&["remove", "--permanently", &id]).await;
                self.ledger.delete([hash]);
            }
            // A recovery gives images in the trash their full time again.
            _ if self.is_right || self.backups.is_empty() => self.import().await,
            17 | 18 => self.recover(true).await,
            _ => self.recover(false).await,
        }
    }

    /// Loses the catalog, and the journal too unless `has_journal`, and recovers.
    async fn recover(&mut self, has_journal: bool) {
        self.look().await;
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.library().join(format!("catalog.db{suffix}")));
        }
        if !has_journal {
            fs::remove_dir_all(self.library().join("journal")).unwrap();
            self.done.push("    the journal is lost, too".to_owned());
        }
        self.recovered += 1;
        self.clock.note();
        let ran = self.run(&["recover", "--from-backup", "--json"]).await;
        if ran.code() != 0 {
            return;
        }
        if has_journal {
            return;
        }
        // Only what the newest backup contains is known, and no choice of visibility is certain.
        let answer: Value = ran.json();
        let mut known = self.backed_up.clone();
        for picture in known.pictures.values_mut() {
            picture.public = false;
        }
        let lost: Vec<String> =
            self.ledger.pictures.keys().filter(|hash| !known.pictures.contains_key(*hash)).cloned().collect();
        if answer["found_again"] != lost.len() {
            self.wrong.push(format!("{answer}, where {} are newer than the newest backup", lost.len()));
        }
        let now = (self.clock.truth, self.clock.untold);
        let trash = known.pictures.iter().filter(|(_, picture)| picture.trashed);
        self.trashed = trash.map(|(hash, _)| (hash.clone(), now)).collect();
        // A picture that was deleted since the backup has a row again and no original. Nobody can
        // know about the deletion.
        let deleted: Vec<String> =
            known.pictures.keys().filter(|hash| !self.ledger.pictures.contains_key(*hash)).cloned().collect();
        if let Ok(shown) = look(&self.cli()).await {
            for row in shown.rows.iter().filter(|row| lost.contains(&row.sha256)) {
                if row.picture.public || row.picture.trashed {
                    self.wrong.push(format!("found again as {row:?}"));
                }
                known.pictures.insert(row.sha256.clone(), row.picture.clone());
            }
        }
        let ghosts: Vec<String> = deleted.iter().map(|hash| known.pictures[hash].id.clone()).collect();
        self.ledger = known;
        if !ghosts.is_empty() {
            let ids: Vec<&str> = ghosts.iter().map(String::as_str).collect();
            self.run(&[&["remove", "--permanently"], &ids[..]].concat()).await;
            self.ledger.delete(deleted);
        }
        for hash in self.ledger.deleted.clone() {
            self.trashed.remove(&hash);
        }
    }

    /// Compares the lists with what they must show.
    async fn look(&mut self) {
        let mut shown = match look(&self.cli()).await {
            Ok(shown) => shown,
            Err(ran) => {
                self.wrong.push(format!("the library cannot be listed: {ran}"));
                return;
            }
        };
        add_galleries(&self.library(), &mut shown).unwrap();
        let is_shown = |hash: &str| shown.rows.iter().any(|row| row.sha256 == hash);
        let due = self.trashed.iter().filter(|(_, at)| self.clock.age(**at) >= TRASH - SLACK);
        let expired: Vec<String> =
            due.filter(|(hash, _)| !is_shown(hash)).map(|(hash, _)| hash.clone()).collect();
        self.expired += u64::try_from(expired.len()).unwrap();
        for hash in &expired {
            self.trashed.remove(hash);
        }
        self.ledger.delete(expired);
        let wrong = self.ledger.compare(&self.library(), &shown, Expect::Everything);
        self.wrong.extend(wrong.into_iter().map(|wrong| format!("day {}: {wrong}", self.clock.truth / DAY)));
        let left: Vec<String> = originals(&self.library()).into_keys().collect();
        let left: Vec<&String> =
            left.iter().filter(|hash| !self.ledger.pictures.contains_key(*hash)).collect();
        if !left.is_empty() {
            self.wrong.push(format!("originals of nothing: {left:?}"));
        }
    }
}

fn backups(library: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(library.join("backups")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_wrong_clock_empties_the_trash_early_or_loses_a_picture() {
    let (rounds, seed) = rounds(CLOCKS, USUAL_CLOCKS);
    let mut random = Random::new(seed);
    let (mut expired, mut recovered, mut failed) = (0, 0, Vec::new());
    for number in 0..rounds {
        let mut fixture = ClockFixture::new(random.next(), number % RIGHT_EACH == RIGHT_EACH - 1);
        fixture.import().await;
        for command in 1..=COMMANDS {
            fixture.act().await;
            if command % LOOK_EACH == 0 || command == COMMANDS {
                fixture.look().await;
            }
            if !fixture.wrong.is_empty() {
                break;
            }
        }
        expired += fixture.expired;
        recovered += fixture.recovered;
        if !fixture.wrong.is_empty() {
            let (wrong, done) = (fixture.wrong.join("\n  "), fixture.done.join("\n    "));
            failed.push(format!("script {number}:\n  {wrong}\n  after\n    {done}"));
        }
    }
    println!(
        "{rounds} scripts of {COMMANDS} commands under wrong clocks: {expired} images left the trash in time, \
         {recovered} recoveries, {} wrong",
        failed.len()
    );
    assert!(failed.is_empty(), "seed {seed}:\n{}", failed.join("\n"));
}
