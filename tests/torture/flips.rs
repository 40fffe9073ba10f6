//! Damaged bytes: a disk has changed a library's files in a few places. The
//! test uses and repairs the library like a person who does what Vitrine says.
//! Afterwards no picture is missing, no deleted picture is back, and no picture
//! is public that was not.

use crate::chosen::rounds;
use crate::ledger::{Expect, Ledger, Shown, add_galleries, look};
use crate::life::{a_library, age_originals, cli};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use vitrine_tests::folders::copy_folder;
use vitrine_tests::process::{Cli, Ran};
use vitrine_tests::random::Random;

/// The variable for the number of damaged libraries. `make torture` sets a
/// higher one.
const FLIPS: &str = "VITRINE_TORTURE_FLIPS";
const USUAL_FLIPS: u64 = 12;
/// The number of images in each library.
const IMAGES: usize = 30;
/// The number of rounds after which a new library is made.
const ROUNDS_EACH: u64 = 20;
/// How each statement of the schema begins, and its approximate length in
/// bytes.
const STATEMENT: &[u8] = b"CREATE ";
const STATEMENT_BYTES: u64 = 300;
/// The longest that a command may take.
const LONGEST: Duration = Duration::from_mins(1);

/// Which records of the artist's choices were damaged. Damage to only one of
/// them loses nothing. If both were damaged, a name may be lost, and the row of
/// a permanently deleted picture may come back. Nobody can know that, and its
/// original is gone, so `verify` reports it. No picture is lost, and none
/// becomes public.
#[derive(Debug, Default, Clone, Copy)]
struct Hurt {
    /// Whether the catalog or its log was damaged.
    catalog: bool,
    /// Whether the journal or a backup was damaged.
    second_record: bool,
}

impl Hurt {
    /// Removes rows of deleted pictures that nobody can know to be deleted.
    /// Returns their number.
    fn without_ghosts(self, ledger: &Ledger, shown: &mut Shown) -> usize {
        let before = shown.rows.len();
        if self.catalog && self.second_record {
            shown.rows.retain(|row| row.picture.public || !ledger.deleted.contains(&row.sha256));
        }
        before - shown.rows.len()
    }
}

/// How a place is damaged.
#[derive(Debug, Clone, Copy)]
enum How {
    Bit(u8),
    Byte(u8),
    Zeros(usize),
    /// The file ends there.
    Cut,
}

/// Returns the files that may be damaged, in a fixed order.
fn files(library: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["catalog.db", "catalog.db-wal", "catalog.db-shm"].iter().map(|name| library.join(name)).collect();
    for folder in ["journal", "backups"] {
        let entries = fs::read_dir(library.join(folder)).into_iter().flatten();
        found.extend(entries.map(|entry| entry.unwrap().path()));
    }
    // The lock of the journal is empty.
    found.retain(|file| fs::metadata(file).is_ok_and(|file| file.len() > 0));
    found.sort();
    found
}

/// Chooses a file. The catalog's files are chosen more often than each of the
/// others.
fn a_file(library: &Path, random: &mut Random) -> PathBuf {
    let files = files(library);
    let of_catalog: Vec<&PathBuf> = files.iter().filter(|file| file.parent() == Some(library)).collect();
    let others: Vec<&PathBuf> = files.iter().filter(|file| file.parent() != Some(library)).collect();
    let among = if random.below(2) == 0 { of_catalog } else { others };
    among[usize::try_from(random.below(among.len() as u64)).unwrap()].clone()
}

/// Chooses a place: usually anywhere, and now and then in the schema, which is
/// a small part of a catalog and affects all of it.
fn a_place(bytes: &[u8], random: &mut Random) -> usize {
    let anywhere = usize::try_from(random.below(bytes.len() as u64)).unwrap();
    let is_of_schema = random.below(4) == 0;
    let statements: Vec<usize> = bytes
        .windows(STATEMENT.len())
        .enumerate()
        .filter(|(_, found)| *found == STATEMENT)
        .map(|(at, _)| at)
        .collect();
    if !is_of_schema || statements.is_empty() {
        return anywhere;
    }
    let statement = statements[usize::try_from(random.below(statements.len() as u64)).unwrap()];
    // The name of the table comes before the statement that creates it.
    let near = statement.saturating_sub(64) + usize::try_from(random.below(STATEMENT_BYTES)).unwrap();
    near.min(bytes.len() - 1)
}

/// Damages one place. Returns which place and how.
fn damage(library: &Path, random: &mut Random, hurt: &mut Hurt) -> String {
    let file = a_file(library, random);
    let mut bytes = fs::read(&file).unwrap();
    let at = a_place(&bytes, random);
    let how = match random.below(10) {
        0..5 => How::Bit(1 << random.below(8)),
        5 | 6 => How::Byte(u8::try_from(random.below(256)).unwrap()),
        7 | 8 => How::Zeros(usize::try_from(1 + random.below(64)).unwrap()),
        _ => How::Cut,
    };
    match how {
        How::Bit(bit) => bytes[at] ^= bit,
        How::Byte(byte) => bytes[at] = byte,
        How::Zeros(count) => bytes.iter_mut().skip(at).take(count).for_each(|byte| *byte = 0),
        How::Cut => bytes.truncate(at),
    }
    fs::write(&file, bytes).unwrap();
    let is_of_catalog = file.parent() == Some(library);
    hurt.catalog |= is_of_catalog;
    hurt.second_record |= !is_of_catalog;
    format!("{} at {at}: {how:?}", file.strip_prefix(library).unwrap().display())
}

/// A damaged library and the problems found with it.
struct Round {
    _root: TempDir,
    library: PathBuf,
    cli: Cli,
    how: String,
    wrong: Vec<String>,
    /// The commands that ran, and the first line that each of them printed.
    said: Vec<String>,
    /// Whether some command reported that something was wrong.
    noticed: bool,
    /// Whether the lists were wrong and nothing reported it.
    was_silent: bool,
}

impl Round {
    async fn run(&mut self, arguments: &[&str]) -> Ran {
        let began = Instant::now();
        let ran = self.cli.run(arguments).await;
        self.judge(arguments, &ran, began.elapsed());
        ran
    }

    fn judge(&mut self, arguments: &[&str], ran: &Ran, took: Duration) {
        if ran.stderr.contains("panicked") || ran.status.code().is_none() {
            self.wrong.push(format!("{arguments:?} panicked: {ran}"));
        }
        if took > LONGEST {
            self.wrong.push(format!("{arguments:?} took {took:?}"));
        }
        let said = ran.stderr.lines().next().unwrap_or_default();
        self.noticed |=
            ran.code() != 0 || said.contains("lost") || said.contains("Recovered") || said.contains("found");
        self.said.push(format!("{}: {} {said}", arguments.join(" "), ran.code()));
    }

    /// Lists everything. Failing to list is an answer too.
    async fn look(&mut self) -> Result<Shown, Ran> {
        let began = Instant::now();
        let shown = look(&self.cli).await;
        if let Err(ran) = &shown {
            self.judge(&["list"], ran, began.elapsed());
        }
        shown
    }

    /// Does what a person does who is told by Vitrine that something is
    /// damaged, until Vitrine no longer says so. Returns what the library then
    /// shows.
    async fn put_right(&mut self, ledger: &Ledger) -> Option<Shown> {
        let first = self.look().await;
        if let Ok(shown) = &first {
            self.noticed |= !shown.said.is_empty();
            self.was_silent = shown.said.is_empty() && !ledger.has_all(shown);
            self.said.extend(shown.said.first().map(|said| format!("list: {said}")));
            self.wrong.extend(ledger.exposed(shown).into_iter().map(|wrong| format!("at once: {wrong}")));
        }
        for _ in 0..3 {
            let ran = self.run(&["verify", "--deep", "--repair", "--json"]).await;
            let is_damaged = ran.stderr.contains("CatalogDamaged") || ran.stdout.contains("vitrine recover");
            if is_damaged {
                let recovered = self.run(&["recover", "--from-backup"]).await;
                if recovered.code() == 3 || recovered.stderr.contains("no sound backup") {
                    self.run(&["recover"]).await;
                }
                continue;
            }
            if ran.code() == 0 {
                break;
            }
        }
        match self.look().await {
            Ok(shown) => Some(shown),
            Err(ran) => {
                self.wrong.push(format!("the library cannot be listed in the end: {ran}"));
                None
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_bytes_lose_no_picture_restore_none_and_publish_none() {
    let (rounds, seed) = rounds(FLIPS, USUAL_FLIPS);
    let mut random = Random::new(seed);
    let mut base = None;
    let mut wrong = Vec::new();
    let (mut noticed, mut silent, mut less_known, mut ghosts) = (0, 0, 0, 0);
    for number in 0..rounds {
        if number % ROUNDS_EACH == 0 {
            let root = TempDir::with_prefix("vitrine-torture-").unwrap();
            let ledger = a_library(root.path(), IMAGES, random.next()).await;
            base = Some((root, ledger));
        }
        let (root, ledger) = base.as_ref().unwrap();
        let mut choices = Random::new(random.next());
        let copy = TempDir::with_prefix("vitrine-torture-").unwrap();
        let library = copy.path().join("library");
        let left = if choices.below(2) == 0 { "closed" } else { "killed" };
        copy_folder(&root.path().join(left), &library);
        age_originals(&library);
        let places = if choices.below(5) < 3 { 1 } else { 2 + choices.below(3) };
        let mut hurt = Hurt::default();
        let damages: Vec<String> = (0..places).map(|_| damage(&library, &mut choices, &mut hurt)).collect();
        let mut round = Round {
            cli: cli(&library),
            _root: copy,
            library,
            how: format!("round {number}, {left}, {}", damages.join(", ")),
            wrong: Vec::new(),
            said: Vec::new(),
            noticed: false,
            was_silent: false,
        };
        if let Some(mut shown) = round.put_right(ledger).await {
            if let Err(error) = add_galleries(&round.library, &mut shown) {
                round.wrong.push(format!("the catalog cannot be read in the end: {error}"));
            }
            ghosts += hurt.without_ghosts(ledger, &mut shown);
            let missing = ledger.compare(&round.library, &shown, Expect::Pictures);
            round.wrong.extend(missing);
            let all = ledger.compare(&round.library, &shown, Expect::Everything);
            less_known += u64::from(!all.is_empty());
            if !all.is_empty() {
                println!("{}: less is known of {} pictures", round.how, all.len());
            }
        }
        noticed += u64::from(round.noticed);
        if round.was_silent {
            silent += 1;
            println!("{}: the lists differ and nothing is said before verify", round.how);
        }
        if !round.wrong.is_empty() {
            let said = round.said.join("\n    ");
            wrong.push(format!("{}:\n  {}\n  said:\n    {said}", round.how, round.wrong.join("\n  ")));
        }
    }
    println!(
        "{rounds} damaged libraries: {noticed} said so, {silent} only when verified, {less_known} know less of some pictures than before, \
         {ghosts} rows of deleted pictures in libraries that were damaged twice, {} wrong",
        wrong.len()
    );
    assert!(wrong.is_empty(), "seed {seed}:\n{}", wrong.join("\n"));
}
