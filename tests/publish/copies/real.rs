//! Real files of generators. They are beside the repository, in `../shared`.

use super::secrets::Searched;
use super::{derive, inventory, same_pixels};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use vitrine_core::metadata;
use vitrine_core::model::{Carried, CopyRefusal};
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
        // One of them is empty.
        .filter(|(_, bytes)| !bytes.is_empty())
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

#[test]
fn real_files_keep_their_pixels_and_lose_every_word() {
    let mut words_in_all = 0;
    for (name, original) in files() {
        let copy = match derive(&original, &Terms::default()) {
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
        let left = Searched::of(&copy.bytes);
        let words = words(&original);
        words_in_all += words.len();
        for word in &words {
            assert!(!left.has(word), "{name}: {word} is left");
        }
        assert!(metadata::read(&copy.bytes).texts.list.is_empty(), "{name}");
        let carried = inventory(&copy.bytes).unwrap();
        assert_eq!(carried, copy.kept, "{name}");
        assert_eq!(derive(&copy.bytes, &Terms::default()).unwrap().bytes, copy.bytes, "{name}");
    }
    assert!(files().is_empty() || words_in_all > 2_000, "{words_in_all}");
}

#[test]
fn the_issuer_of_real_content_credentials_is_named() {
    let signed = files().into_iter().filter(|(name, _)| name.contains("c2pa-openai"));
    for (name, original) in signed {
        let removed = derive(&original, &Terms::default()).unwrap().removed;
        let credentials = Carried::Credentials { issuer: Some("OpenAI".to_owned()) };
        assert!(removed.contains(&credentials), "{name}: {removed:?}");
    }
}
