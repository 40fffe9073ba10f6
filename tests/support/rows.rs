//! Images in a catalog that were never decoded, so that thousands of them can be created in a
//! moment.

use rusqlite::functions::FunctionFlags;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use vitrine_core::catalog::{Catalog, GenerationRow, InTrash, NewGenerated, NewImage};
use vitrine_core::model::{ImageFormat, ImageId, ImageKind, Made, MadeFrom, ObjectKey, OwnerId, UnixMs};

use crate::pictures::a_jpeg;
use crate::process::must;

/// Returns the row of an original with this size in bytes and these hashes.
///
/// # Panics
/// Panics if no key can be made for the owner.
pub fn row(owner: &OwnerId, name: &str, size_bytes: u64, sha256: [u8; 32]) -> NewGenerated {
    let now = UnixMs::now();
    let key = ObjectKey::generate(owner, ImageKind::Generated, ImageFormat::Png, now);
    NewGenerated {
        image: NewImage {
            id: ImageId::generate(),
            owner_id: owner.clone(),
            r2_key: must(key, "making a key"),
            url: None,
            filename: format!("{name}.png"),
            format: ImageFormat::Png,
            size_bytes,
            width: 1,
            height: 1,
            fingerprint: None,
            made: Made { at: now, from: MadeFrom::Import },
            added_at: now,
            modified_at: None,
            notices: Vec::new(),
            sha256,
        },
        visibility: None,
        generation: GenerationRow::default(),
        in_trash: InTrash::Leave,
    }
}

/// Gives a connection of a test the functions that the triggers and migrations of the catalog use.
/// With these, no image gets into a stack.
///
/// # Panics
/// Panics if SQLite refuses them.
pub fn add_functions(connection: &rusqlite::Connection) {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for name in ["search_text", "lower_case", "name_key_of"] {
        let same =
            connection.create_scalar_function(name, 1, flags, |context| context.get::<Option<String>>(0));
        must(same, "adding a function");
    }
    let none = connection.create_scalar_function("prompt_key_of", 1, flags, |_| Ok(None::<i64>));
    must(none, "adding a function");
}

/// Sets the URL of every generated image of a library, whatever its value.
///
/// # Panics
/// Panics if the catalog cannot be written.
pub fn set_every_url(library: &Path, url: &str) {
    let catalog = rusqlite::Connection::open(library.join("catalog.db"));
    let catalog = must(catalog, "opening the catalog");
    must(catalog.execute("UPDATE generated_images SET url = ?1", [url]), "setting a URL");
}

/// Damages what to skip in every watched folder of a library.
///
/// # Panics
/// Panics if the catalog cannot be written.
pub fn damage_watch_patterns(library: &Path) {
    let catalog = rusqlite::Connection::open(library.join("catalog.db"));
    let catalog = must(catalog, "opening the catalog");
    must(catalog.execute("UPDATE watched_folders SET ignored = '[\"temp'", []), "damaging patterns");
}

/// Sets the notices of every generated image of a library, as names separated by spaces.
///
/// # Panics
/// Panics if the catalog cannot be written.
pub fn set_every_notice(library: &Path, notices: &str) {
    let catalog = rusqlite::Connection::open(library.join("catalog.db"));
    let catalog = must(catalog, "opening the catalog");
    must(catalog.execute("UPDATE generated_images SET notices = ?1", [notices]), "setting notices");
}

/// Gives every profile of a library a mail address, as other programs do.
///
/// # Panics
/// Panics if the catalog cannot be written.
pub fn set_every_mail(library: &Path, mail: &str) {
    let catalog = rusqlite::Connection::open(library.join("catalog.db"));
    let catalog = must(catalog, "opening the catalog");
    must(catalog.execute("UPDATE users SET email = ?1", [mail]), "setting mail addresses");
}

/// Puts a value into an image's row that no program would write there, as a failing disk may do.
///
/// # Panics
/// Panics if the catalog does not accept it.
pub fn damage_a_row(library: &Path, id: &str) {
    let catalog = must(rusqlite::Connection::open(library.join("catalog.db")), "opening the catalog");
    must(catalog.execute_batch("PRAGMA ignore_check_constraints = ON"), "taking any value");
    let damage = "UPDATE generated_images SET visibility = 'qublic' WHERE id = ?1";
    must(catalog.execute(damage, [id]), "damaging a row");
}

/// The sizes of numbered rows, used in turn.
const SIDES: [(u32, u32); 5] = [(1216, 832), (832, 1216), (1024, 1024), (1344, 768), (896, 1152)];
/// The moment of the newest row. Each following row is a minute and a half older.
const NEWEST: i64 = 1_790_000_000_000;

/// How long to wait for whoever has just closed the library and may still be using it.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

/// Returns the id of a numbered row. The newest row is number 0.
pub fn id_of(number: u32) -> String {
    format!("{:08x}-0000-7000-8000-{number:012x}", u32::MAX - number)
}

/// The number of rows in one stack.
pub const STACK: u32 = 5;

/// Writes `count` rows without the catalog noticing, a million in seconds. Searches for words or
/// looks do not find them. Each five make a stack.
///
/// # Panics
/// Panics if the catalog does not accept them.
pub fn many(library: &Path, owner: &OwnerId, count: u32) {
    let mut connection = must(rusqlite::Connection::open(library.join("catalog.db")), "opening the catalog");
    must(connection.busy_timeout(PATIENCE), "waiting for others");
    let immediate = rusqlite::TransactionBehavior::Immediate;
    let transaction = must(connection.transaction_with_behavior(immediate), "beginning to write");
    // Nothing is known of their words and looks.
    let triggers = "SELECT group_concat(sql, ';') FROM sqlite_master
                    WHERE name IN ('generated_images_searched', 'generated_images_fingerprinted',
                                   'generated_images_stacked')";
    let triggers: String = must(transaction.query_row(triggers, [], |row| row.get(0)), "reading triggers");
    let widths = SIDES.map(|(width, _)| width.to_string()).join(", ");
    let heights = SIDES.map(|(_, height)| height.to_string()).join(", ");
    let filling = format!(
        "DROP TRIGGER generated_images_searched; DROP TRIGGER generated_images_fingerprinted;
         DROP TRIGGER generated_images_stacked;
         WITH RECURSIVE
             sides (n, width, height) AS (SELECT a.key, a.value, b.value FROM json_each('[{widths}]') a
                                          JOIN json_each('[{heights}]') b ON b.key = a.key),
             n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count})
         INSERT INTO generated_images (id, owner_id, visibility, r2_key, filename, content_type, size_bytes,
                                       width, height, prompt, created_at, added_at, sha256, md5, dated,
                                       prompt_key, stack)
         SELECT format('%08x-0000-7000-8000-%012x', 4294967295 - i, i), '{owner}', 'unlisted',
                format('generated/{owner}/{NEWEST}-%032x.png', i), format('made-%07d.png', i), 'image/png',
                1500000, sides.width, sides.height, format('picture number %d', i), {NEWEST} - i * 90000,
                {NEWEST} - i * 90000,
                unhex(format('%08x%056x', i * 2654435761 % 4294967296, i)), unhex(format('%032x', i)), 1,
                i / {STACK} + 1, i / {STACK} + 1
         FROM n CROSS JOIN sides ON sides.n = (i * 7 + i / 11) % 5;"
    );
    must(transaction.execute_batch(&filling), "writing rows");
    must(transaction.execute_batch(&triggers), "putting triggers back");
    must(transaction.commit(), "keeping rows");
}

/// Gives numbered rows different names and sizes, and some of them ratings, so that each order is another one.
///
/// # Panics
/// Panics if the catalog does not accept them.
pub fn vary(library: &Path) {
    let catalog = must(rusqlite::Connection::open(library.join("catalog.db")), "opening the catalog");
    must(catalog.busy_timeout(PATIENCE), "waiting for others");
    let varied = "UPDATE generated_images SET
        name_key = format('%04d %s', rowid * 7919 % 10000, filename),
        size_bytes = 400000 + rowid * 104729 % 3000000,
        added_at = added_at + rowid * 104729 % 100000000,
        rating = CASE WHEN rowid % 10 = 0 THEN 1 + rowid / 10 % 5 ELSE 0 END,
        favourite = rowid % 40 = 0";
    must(catalog.execute(varied, []), "varying rows");
}

/// Gives some of the numbered rows thumbnails, using a few pictures in turn.
///
/// # Panics
/// Panics if they cannot be written.
pub fn add_thumbnails(library: &Path, numbers: std::ops::Range<u32>) {
    // A file can have at most some ten thousand names.
    const PICTURES: u32 = 100;
    let root = library.join("thumbnails");
    let sources = library.join("pictures");
    must(std::fs::create_dir_all(&sources), "making a folder of pictures");
    for number in numbers {
        let source = sources.join(format!("{}.jpg", number % PICTURES));
        if !source.is_file() {
            let (width, height) = SIDES[((number * 7 + number / 11) % 5) as usize];
            let scale = 512.0 / f64::from(width.max(height));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 512")]
            let fit = |side: u32| (f64::from(side) * scale).round() as u32;
            let picture = a_jpeg(fit(width), fit(height)).seed(u64::from(number)).generated_like();
            must(std::fs::write(&source, picture.bytes()), "writing a picture");
        }
        let mixed = number.wrapping_mul(2_654_435_761);
        let name = format!("{mixed:08x}{number:056x}");
        let folder = root.join(&name[..2]);
        must(std::fs::create_dir_all(&folder), "making a folder of thumbnails");
        let linked = std::fs::hard_link(&source, folder.join(format!("{name}.thumb")));
        must(linked, "linking a thumbnail");
    }
}

/// Returns the content of a numbered row's original.
pub fn content(number: u32) -> Vec<u8> {
    format!("picture {number}").into_bytes()
}

/// Queues the upload of `count` images in a library, and returns their ids.
///
/// # Panics
/// Panics if the catalog does not accept them.
pub async fn queue(library: &Path, owner: &OwnerId, count: u32) -> Vec<ImageId> {
    let one = |number| {
        let bytes = content(number);
        row(owner, &number.to_string(), bytes.len() as u64, Sha256::digest(&bytes).into())
    };
    let rows: Vec<_> = (0..count).map(one).collect();
    let ids = rows.iter().map(|row| row.image.id.clone()).collect();
    let catalog = must(Catalog::open(&library.join("catalog.db")), "opening the catalog");
    must(catalog.create_generated(rows, None, |_| Ok(())).await, "queueing uploads");
    ids
}

/// Saves the originals of the first `count` rows that [`queue`] makes.
///
/// # Panics
/// Panics if they cannot be written.
pub fn keep_originals(library: &Path, count: u32) {
    for number in 0..count {
        let bytes = content(number);
        let mut file = create_original(library, &Sha256::digest(&bytes).into());
        must(file.write_all(&bytes), "writing an original");
    }
}

/// Creates the file of an original.
///
/// # Panics
/// Panics if it cannot be created.
pub fn create_original(library: &Path, sha256: &[u8; 32]) -> File {
    let name = hex::encode(sha256);
    let folder = library.join("originals").join(&name[..2]);
    must(std::fs::create_dir_all(&folder), "making a folder of originals");
    must(File::create(folder.join(format!("{name}.png"))), "creating an original")
}
