//! What a file says about how its picture was made, in the form that the catalog stores. The file itself
//! comes first, then the text hidden in its pixels, then a file beside it.

use super::memory::Memory;
use crate::catalog::{GenerationRow, Packed};
use crate::metadata::{self, Budget, Cut, FoundDate, Meaning, RawText, RawTexts, Source};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// The largest file beside a picture that is read, in bytes. A prompt is far smaller; a larger file is
/// something else.
const LARGEST_SIDECAR: u64 = 4 << 20;
/// The largest file beside a picture, in bytes, that is stored although it was not understood. A better
/// reader may understand it.
const SMALL_SIDECAR: u64 = 64 << 10;

/// The maximum size of the stored texts of one file, in bytes. `metadata` keeps to it.
const MOST_TEXTS: u64 = 16 << 20;
/// Memory in bytes for each byte of text: as found in the file, as text, and as readers process it.
const COPIES: u64 = 6;
/// Memory in bytes for parsed JSON: per byte of text, when it has as many values as possible, and in total.
const PARSED: u64 = 50;
const MOST_PARSED: u64 = 60_000_000;

/// A file whose metadata has to be read.
pub(super) struct Unread<'a> {
    pub(super) bytes: &'a [u8],
    /// The maximum size of its metadata, in bytes.
    pub(super) texts: u64,
    /// The text hidden in its pixels.
    pub(super) hidden: RawTexts,
    /// The path of the file; `None` for bytes that are not from a file.
    pub(super) path: Option<&'a Path>,
}

/// How and when a picture was made.
pub(super) struct GenerationAndDates {
    pub(super) generation: GenerationRow,
    /// The dates, the most trusted first.
    pub(super) dates: Vec<FoundDate>,
}

/// Waits for memory, then reads how a picture was made. Texts that cost too much are left out, which is no
/// reason to refuse the picture. Returns `None` when cancelled.
pub(super) fn read(
    unread: Unread<'_>,
    memory: &Memory,
    cancel: &CancellationToken,
) -> Option<GenerationAndDates> {
    let Unread { bytes, texts, hidden, path } = unread;
    let beside = path.map(sidecars).unwrap_or_default();
    let beside_bytes = beside.iter().map(|(_, bytes)| (*bytes).min(LARGEST_SIDECAR)).sum::<u64>();
    let _share = memory.for_pixels(footprint(texts + hidden.size() as u64 + beside_bytes), cancel)?;
    let is_cancelled = || cancel.is_cancelled();
    let finding = Budget::of(bytes.len(), &is_cancelled);
    let mut texts = metadata::find(bytes, &finding);
    texts.append(hidden);
    for (path, size) in beside {
        match sidecar(&path, size) {
            Sidecar::Text(text) => texts.list.push(text),
            Sidecar::TooLarge => texts.in_part = true,
            Sidecar::Other => {}
        }
    }
    let made = meaning(&texts, cancel)?;
    if made.generation.in_part {
        let tool = made.generation.tool.as_deref();
        tracing::warn!(
            bytes = bytes.len(),
            steps = finding.spent(),
            tool,
            "the metadata of a file was read only in part"
        );
    }
    Some(GenerationAndDates {
        generation: GenerationRow { sources: packed(&texts), ..made.generation },
        ..made
    })
}

/// Packs the texts for the catalog. If all texts of a file are too large, it still records that there are
/// some.
fn packed(texts: &RawTexts) -> Option<Packed> {
    let is_kept = !texts.list.is_empty() || texts.in_part;
    is_kept.then(|| Packed::of(texts).ok()).flatten()
}

/// What a new reading of an existing image found.
#[derive(Debug)]
pub struct SearchedAgain {
    /// How the picture was made; `None` if there is nothing newer than the stored data.
    pub generation: Option<GenerationRow>,
    /// The dates, the most trusted first.
    pub dates: Vec<FoundDate>,
}

/// Reads an original again, together with the stored texts that are not in the file itself: those hidden in
/// its pixels, or from beside its file. Without the original, all stored texts are used. Returns `None` when
/// cancelled.
pub fn search_again(
    original: Option<&[u8]>,
    kept: Option<&Packed>,
    cancel: &CancellationToken,
) -> Option<SearchedAgain> {
    let mut texts: RawTexts = kept.and_then(|kept| kept.unpack().ok()).unwrap_or_default();
    if let Some(bytes) = original {
        let is_cancelled = || cancel.is_cancelled();
        let mut found = metadata::find(bytes, &Budget::of(bytes.len(), &is_cancelled));
        let elsewhere = |text: &RawText| matches!(text.source, Source::Stealth | Source::Sidecar);
        found.list.extend(texts.list.into_iter().filter(elsewhere));
        texts = found;
    }
    let GenerationAndDates { generation, dates } = meaning(&texts, cancel)?;
    let sources = packed(&texts);
    let generation = sources.is_some().then_some(GenerationRow { sources, ..generation });
    Some(SearchedAgain { generation, dates })
}

/// Interprets stored texts again. Returns `None` if they are damaged, or when cancelled.
pub fn read_again(sources: &Packed, cancel: &CancellationToken) -> Option<GenerationRow> {
    let texts: RawTexts = sources.unpack().ok()?;
    let made = meaning(&texts, cancel)?;
    // The stored texts stay as they are, packed.
    Some(GenerationRow { sources: Some(sources.clone()), ..made.generation })
}

/// Interprets texts. An import and a later reading both use only this function, so they get the same result.
fn meaning(texts: &RawTexts, cancel: &CancellationToken) -> Option<GenerationAndDates> {
    let is_cancelled = || cancel.is_cancelled();
    let budget = Budget::of(0, &is_cancelled);
    let Meaning { info, dates, in_part } = metadata::interpret_within(texts, &budget);
    if budget.cut() == Some(Cut::Cancelled) || cancel.is_cancelled() {
        return None;
    }
    let kept = GenerationRow { in_part, reader: metadata::READER, ..GenerationRow::default() };
    let Some(info) = info else { return Some(GenerationAndDates { generation: kept, dates }) };
    let params = info.params();
    let generation = GenerationRow {
        tool: Some(info.tool.id().to_owned()),
        params: Packed::of(&params).ok(),
        prompt: info.prompt.unwrap_or_default(),
        negative_prompt: info.negative_prompt,
        model: info.model,
        seed: info.seed,
        ..kept
    };
    Some(GenerationAndDates { generation, dates })
}

fn footprint(texts: u64) -> u64 {
    let texts = texts.min(MOST_TEXTS);
    texts * COPIES + (texts * PARSED).min(MOST_PARSED)
}

/// Returns the files beside a picture that may describe it and that exist, with their sizes. Some programs
/// write `fox.txt` or `fox.json` beside `fox.png`, others write `fox.png.json`.
fn sidecars(picture: &Path) -> Vec<(PathBuf, u64)> {
    let replaced =
        ["txt", "json", "swarm.json"].into_iter().map(|extension| picture.with_extension(extension));
    let appended = ["txt", "json"].into_iter().map(|extension| {
        let mut path = OsString::from(picture);
        path.push(".");
        path.push(extension);
        PathBuf::from(path)
    });
    let beside = replaced.chain(appended).filter_map(|path| {
        let found = path.metadata().ok().filter(fs::Metadata::is_file)?;
        Some((path, found.len()))
    });
    beside.collect()
}

/// What a file beside a picture is.
enum Sidecar {
    /// It may describe the picture.
    Text(RawText),
    /// It is too large to be read completely, so it is unknown whether it describes the picture.
    TooLarge,
    /// It is something else, such as annotations for training, or cannot be read.
    Other,
}

/// Reads a file beside a picture.
fn sidecar(path: &Path, size: u64) -> Sidecar {
    if size > LARGEST_SIDECAR {
        return Sidecar::TooLarge;
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST_SIDECAR).read_to_end(&mut bytes));
    let Some(text) = read.ok().and_then(|_| metadata::sidecar(bytes)) else { return Sidecar::Other };
    if size <= SMALL_SIDECAR {
        return Sidecar::Text(text);
    }
    let texts = RawTexts::from(vec![text]);
    let meaning = metadata::interpret(&texts);
    match texts.list.into_iter().next() {
        Some(text) if meaning.info.is_some() => Sidecar::Text(text),
        _ if meaning.in_part => Sidecar::TooLarge,
        _ => Sidecar::Other,
    }
}
