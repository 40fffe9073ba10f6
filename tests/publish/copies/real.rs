//! Real files of generators. They are beside the repository, in `../shared`.

use super::secrets::{contains, texts_within};
use super::{derive, inventory, same_pixels};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use vitrine_core::metadata;
use vitrine_core::model::CopyRefusal;
use vitrine_core::public_copy::Terms;

/// Returns the real files; none in a checkout of the project alone.
fn files() -> Vec<(String, Vec<u8>)> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    if !shared.is_dir() {
        return Vec::new();
    }
    let folder = fs::read_dir(shared.join("corpus/generated")).expect("the corpus of real files");
    let mut files: Vec<(String, Vec<u8>)> = folder
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// Returns the long words of everything that tells how a picture was made.
fn words(bytes: &[u8]) -> BTreeSet<String> {
    let reading = metadata::read(bytes);
    let mut words = BTreeSet::new();
    for text in &reading.texts.list {
        let text = text.decode().text.into_owned();
        words.extend(
            text.split(|char: char| !char.is_alphanumeric())
                .filter(|word| word.len() > 7 && word.is_ascii())
                .map(str::to_owned),
        );
    }
    words
}

/// Returns the runs of letters and digits that are long enough for a word.
fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| !byte.is_ascii_alphanumeric()).filter(|run| run.len() > 7)
}

#[test]
fn real_files_keep_their_pixels_and_lose_every_word() {
    let mut words_in_all = 0;
    for (name, original) in files() {
        let copy = match derive(&original, &Terms::default()) {
            Err(refusal) if refusal != CopyRefusal::HiddenText => {
                panic!("{name}: {refusal:?}")
            }
            Err(CopyRefusal::HiddenText) => {
                let terms = Terms { clear_hidden: true, ..Terms::default() };
                let copy = derive(&original, &terms).unwrap();
                assert!(copy.pixels_changed, "{name}");
                copy
            }
            copy => {
                let copy = copy.unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
                assert!(!copy.pixels_changed && same_pixels(&original, &copy.bytes), "{name}");
                copy
            }
        };
        let left = texts_within(&copy.bytes);
        let left: Vec<&[u8]> = left.iter().flat_map(|bytes| runs(bytes)).collect();
        let words = words(&original);
        words_in_all += words.len();
        for word in &words {
            assert!(!left.iter().any(|run| contains(run, word.as_bytes())), "{name}: {word} is left");
        }
        assert!(metadata::read(&copy.bytes).texts.list.is_empty(), "{name}");
        let carried = inventory(&copy.bytes).unwrap();
        assert_eq!(carried, copy.kept, "{name}");
        assert_eq!(derive(&copy.bytes, &Terms::default()).unwrap().bytes, copy.bytes, "{name}");
    }
    assert!(files().is_empty() || words_in_all > 2_000, "{words_in_all}");
}
