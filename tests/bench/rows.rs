//! Catalogs with many rows, made through the catalog itself and stored in `target/bench`. Their images
//! have no files, because pages read none.

use crate::material::cache;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use vitrine_core::catalog::{
    Catalog, GenerationRow, InTrash, MadeFingerprint, NewGenerated, NewImage, Packed,
};
use vitrine_core::model::{
    Cursor, CursorKey, Fingerprint, ImageFormat, ImageId, Made, MadeFrom, ObjectKey, OwnerId, Rating, UnixMs,
    Visibility,
};
use vitrine_tests::fixture::open_without_bucket;
use vitrine_tests::process::must;

/// The number of rows that are written in one transaction.
const GROUP: u32 = 5_000;
/// The library with a million rows.
pub(crate) const MILLION: &str = "million-of-words-looks-and-choices";
/// The number of different words in all prompts.
pub(crate) const WORDS: usize = (1 << WORD_BITS) - 1;
const WORD_BITS: u64 = 14;
/// The collection of the best.
pub(crate) const COLLECTION: &str = "Best";
/// The number of words in one prompt.
const PROMPT: u32 = 24;
/// One of this many images is public.
const PUBLIC_EACH: u32 = 4;
/// One of this many pictures looks like another one.
pub(crate) const COPY_EACH: u32 = 20;
/// When the first row was made, in milliseconds. Each later row is one second newer.
const FIRST_MOMENT: i64 = 1_700_000_000_000;

/// Returns a library of `count` rows, which is made now unless an earlier run made it. `finish` adds what
/// else it needs.
pub(crate) async fn library(name: &str, count: u32, finish: impl AsyncFnOnce(&Path)) -> PathBuf {
    let folder = cache().join(name);
    let whole = folder.join("whole");
    if whole.is_file() {
        return folder;
    }
    // Rows that an interrupted run has written are still there. The catalog recognizes the same image
    // again.
    let owner = open_without_bucket(&folder).await.owner();
    let catalog = must(Catalog::open(&folder.join("catalog.db")), "opening the catalog");
    for first in (0..count).step_by(GROUP as usize) {
        let rows = (first..count.min(first + GROUP)).map(|number| row(number, &owner)).collect();
        must(catalog.create_generated(rows, None, |_| Ok(())).await, "writing rows");
    }
    drop(catalog);
    choose(&folder, count).await;
    finish(&folder).await;
    must(std::fs::write(whole, ""), "marking a library as whole");
    folder
}

/// Rates every tenth row, makes every fortieth a favourite, and puts the rows with five stars into a
/// collection.
async fn choose(folder: &Path, count: u32) {
    let library = open_without_bucket(folder).await;
    let collection = must(library.create_collection(COLLECTION).await, "making a collection");
    for first in (0..count).step_by(GROUP as usize * 10) {
        let every = |nth: u32, rest: u32| -> Vec<ImageId> {
            (first..count.min(first + GROUP * 10)).filter(|row| row % nth == rest).map(id).collect()
        };
        for stars in 1..=5_u8 {
            let rated = every(50, u32::from(stars) * 10 - 10);
            let rating = must(Rating::try_from(stars), "making a rating");
            must(library.set_rating(rated.clone(), rating).await, "rating images");
            if stars == 5 {
                must(library.add_to_collection(&collection.id, rated).await, "filling a collection");
            }
        }
        must(library.set_favourite(every(40, 3), true).await, "choosing favourites");
    }
}

/// Returns the position of a row in the lists.
pub(crate) fn place(number: u32) -> Cursor {
    Cursor { key: CursorKey::Number(moment(number).0), id: id(number) }
}

fn moment(number: u32) -> UnixMs {
    UnixMs(FIRST_MOMENT + 1000 * i64::from(number))
}

fn id(number: u32) -> ImageId {
    must(ImageId::parse(&format!("{number:08x}-0000-7000-8000-{number:012x}")), "making an id")
}

/// Returns an artificial word. Words with a low rank are used most.
pub(crate) fn word(rank: usize) -> String {
    const SYLLABLES: [&str; 30] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va", "we",
        "xi", "yo", "zu", "bra", "cle", "dri", "flo", "gru", "pla", "ste", "tri", "sko", "qua",
    ];
    let mut word = String::new();
    let mut rest = rank + SYLLABLES.len();
    while rest > 0 {
        word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
        rest /= SYLLABLES.len();
    }
    word
}

/// Makes a prompt in which words are about as frequent as in natural language: the second half as often as
/// the first, and so on.
fn prompt(number: u32) -> String {
    let mut state = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut words = Vec::with_capacity(PROMPT as usize);
    for _ in 0..PROMPT {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // The first word alone is as frequent as the next two together, the next four together, and so on.
        let bits = (state >> 40) % WORD_BITS;
        let rank = (1_u64 << bits) - 1 + (state >> 8) % (1 << bits);
        words.push(word(must(usize::try_from(rank), "counting words")));
    }
    words.join(" ")
}

fn row(number: u32, owner: &OwnerId) -> NewGenerated {
    let (at, id) = (moment(number), id(number));
    let sha256: [u8; 32] = Sha256::digest(number.to_le_bytes()).into();
    let key = format!("generated/{owner}/{}-{}.png", at.0, hex::encode(&sha256[..16]));
    NewGenerated {
        image: NewImage {
            id,
            owner_id: owner.clone(),
            url: Some(format!("https://pictures.example.org/{key}")),
            r2_key: must(ObjectKey::parse(&key), "making a key"),
            filename: format!("ComfyUI_{number:08}_.png"),
            format: ImageFormat::Png,
            size_bytes: 1_500_000,
            width: 1024,
            height: 1024,
            fingerprint: Some(MadeFingerprint(Some(fingerprint(number)))),
            made: Made { at, from: MadeFrom::Import },
            added_at: at,
            modified_at: None,
            notices: Vec::new(),
            sha256,
        },
        visibility: number.is_multiple_of(PUBLIC_EACH).then_some(Visibility::Public),
        in_trash: InTrash::Leave,
        generation: GenerationRow {
            tool: Some("comfyui".to_owned()),
            prompt: prompt(number),
            negative_prompt: Some("blurry, low quality, text, watermark".to_owned()),
            model: Some("dreamshaper-xl".to_owned()),
            seed: Some((u64::from(number) * 0x9e37_79b9).to_string()),
            params: Some(must(Packed::of(&params(number)), "packing parameters")),
            sources: None,
            reader: 0,
            in_part: false,
        },
    }
}

/// Makes up the looks of a picture. Every twentieth looks the same as the one before it.
pub(crate) fn fingerprint(number: u32) -> Fingerprint {
    let is_copy = number % COPY_EACH == COPY_EACH - 1;
    let digest = Sha256::digest((number - u32::from(is_copy)).to_be_bytes());
    let word = |from: usize| digest[from..from + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    let (coarse, fine) = (word(0), word(8));
    let changed = if is_copy { 0b101 << (number / COPY_EACH % 60) } else { 0 };
    Fingerprint { coarse: coarse ^ changed, fine: fine ^ changed }
}

fn params(number: u32) -> Map<String, Value> {
    let params = json!({
        "tool": "comfyui",
        "steps": 20 + number % 20,
        "cfg": 6.5,
        "sampler": "dpmpp_2m",
        "scheduler": "karras",
        "model_hash": format!("{:010x}", number % 7),
        "loras": [{"name": "watercolour", "weight": 0.6}],
    });
    params.as_object().cloned().unwrap_or_default()
}
