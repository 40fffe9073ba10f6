//! What a file says of how its picture was made, as the catalog keeps it. The
//! file itself first, then what its pixels hide, then a file beside it.

use super::memory::Memory;
use crate::catalog::{Generation, Packed};
use crate::metadata::{self, Budget, Cut, FoundDate, Meaning, RawText, RawTexts, Source};
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// A prompt beside a picture is far smaller; what is larger is something else.
const LARGEST_SIDECAR: u64 = 4 << 20;
/// A file beside a picture that says nothing is kept up to this size: a better reader may understand it.
const SMALL_SIDECAR: u64 = 64 << 10;

/// Bytes of texts that are kept of one file at most, as `metadata` promises.
const MOST_TEXTS: u64 = 16 << 20;
/// Bytes for each byte of text: as it lay in the file, as text, and as what readers make of it.
const COPIES: u64 = 6;
/// Bytes of parsed JSON: for each byte of text, where it has the most values it can have, and in all.
const PARSED: u64 = 50;
const MOST_PARSED: u64 = 60_000_000;

/// A file whose metadata is to be read.
pub(super) struct Unread<'a> {
    pub(super) bytes: &'a [u8],
    /// How many bytes of metadata it has at most.
    pub(super) texts: u64,
    /// What its pixels hide.
    pub(super) hidden: RawTexts,
    /// Where it lies, if it is a file.
    pub(super) path: Option<&'a Path>,
}

/// How a picture was made, and when.
pub(super) struct Made {
    pub(super) generation: Generation,
    /// The most trusted first.
    pub(super) dates: Vec<FoundDate>,
}

/// Waits for memory and reads how a picture was made. What costs too much is left out, which is no reason to refuse a
/// picture. `None` when cancelled.
pub(super) fn read(unread: Unread<'_>, memory: &Memory, cancel: &CancellationToken) -> Option<Made> {
    let Unread { bytes, texts, hidden, path } = unread;
    let beside = path.map(sidecars).unwrap_or_default();
    let beside_bytes = beside.iter().map(|(_, bytes)| bytes).sum::<u64>();
    let _share = memory.for_pixels(footprint(texts + hidden.size() as u64 + beside_bytes), cancel)?;
    let is_cancelled = || cancel.is_cancelled();
    let finding = Budget::of(bytes.len(), &is_cancelled);
    let mut texts = metadata::find(bytes, &finding);
    texts.append(hidden);
    texts.list.extend(beside.iter().filter_map(|(path, size)| sidecar(path, *size)));
    let made = meaning(&texts, cancel)?;
    if made.generation.in_part {
        let tool = made.generation.tool.as_deref();
        tracing::warn!(
            bytes = bytes.len(),
            steps = finding.spent(),
            tool,
            "metadata of a file was read in part"
        );
    }
    Some(Made { generation: Generation { sources: packed(&texts), ..made.generation }, ..made })
}

/// Of a file whose texts are all too large it is kept that there are some.
fn packed(texts: &RawTexts) -> Option<Packed> {
    let is_kept = !texts.list.is_empty() || texts.in_part;
    is_kept.then(|| Packed::of(texts).ok()).flatten()
}

/// What an original that is here already says.
#[derive(Debug)]
pub struct SearchedAgain {
    /// How it was made; `None` where there is nothing newer than what is kept.
    pub generation: Option<Generation>,
    /// When, the most trusted first.
    pub dates: Vec<FoundDate>,
}

/// Reads an original again, with the texts that were kept of what is not in it: hidden in its pixels, or beside its file.
/// Without the original, what was kept has to do. `None` when cancelled.
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
    let Made { generation, dates } = meaning(&texts, cancel)?;
    let sources = packed(&texts);
    let generation = sources.is_some().then_some(Generation { sources, ..generation });
    Some(SearchedAgain { generation, dates })
}

/// Gives texts that were kept their meaning again. `None` where they are damaged, and when cancelled.
pub fn read_again(sources: &Packed, cancel: &CancellationToken) -> Option<Generation> {
    let texts: RawTexts = sources.unpack().ok()?;
    let made = meaning(&texts, cancel)?;
    // They stay as they are, packed.
    Some(Generation { sources: Some(sources.clone()), ..made.generation })
}

/// What texts say of a picture. An import and a later reading ask nothing else, so they get the same answer.
fn meaning(texts: &RawTexts, cancel: &CancellationToken) -> Option<Made> {
    let is_cancelled = || cancel.is_cancelled();
    let budget = Budget::of(0, &is_cancelled);
    let Meaning { info, dates, in_part } = metadata::interpret_within(texts, &budget);
    if budget.cut() == Some(Cut::Cancelled) || cancel.is_cancelled() {
        return None;
    }
    let kept = Generation { in_part, reader: metadata::READER, ..Generation::default() };
    let Some(info) = info else { return Some(Made { generation: kept, dates }) };
    let params = info.params();
    let generation = Generation {
        tool: Some(info.tool.id().to_owned()),
        params: Packed::of(&params).ok(),
        prompt: info.prompt.unwrap_or_default(),
        negative_prompt: info.negative_prompt,
        model: info.model,
        seed: info.seed,
        ..kept
    };
    Some(Made { generation, dates })
}

fn footprint(texts: u64) -> u64 {
    let texts = texts.min(MOST_TEXTS);
    texts * COPIES + (texts * PARSED).min(MOST_PARSED)
}

/// Some programs write `fox.txt` or `fox.json` beside `fox.png`, others `fox.png.json`. Returns those that are there,
/// with their sizes.
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
        let found = path.metadata().ok().filter(|found| found.is_file() && found.len() <= LARGEST_SIDECAR)?;
        Some((path, found.len()))
    });
    beside.collect()
}

/// A large file that is no recipe is something else, such as marks for training.
fn sidecar(path: &Path, size: u64) -> Option<RawText> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST_SIDECAR).read_to_end(&mut bytes).ok()?;
    let text = metadata::sidecar(bytes)?;
    if size <= SMALL_SIDECAR {
        return Some(text);
    }
    let texts = RawTexts::from(vec![text]);
    let says_something = metadata::interpret(&texts).info.is_some();
    texts.list.into_iter().next().filter(|_| says_something)
}
