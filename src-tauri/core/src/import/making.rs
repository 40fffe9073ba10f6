//! What a file says of how its picture was made, as the catalog keeps it. The
//! file itself first, then what its pixels hide, then a file beside it.

use super::memory::Memory;
use crate::catalog::{Generation, Packed};
use crate::metadata::{self, Budget, Cut, FoundDate, GenerationInfo, RawText, Reading, Source};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// A prompt beside a picture is far smaller; what is larger is something else.
const LARGEST_SIDECAR: u64 = 4 << 20;

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
    pub(super) hidden: Option<RawText>,
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
/// picture; the log says so. `None` when cancelled.
pub(super) fn read(unread: Unread<'_>, memory: &Memory, cancel: &CancellationToken) -> Option<Made> {
    let Unread { bytes, texts, hidden, path } = unread;
    let beside = path.map(sidecars).unwrap_or_default();
    let beside_bytes = beside.iter().map(|(_, bytes)| bytes).sum::<u64>();
    let hidden_bytes = hidden.as_ref().map_or(0, |hidden| hidden.text.len() as u64);
    let _share = memory.for_pixels(footprint(texts + hidden_bytes + beside_bytes), cancel)?;
    let is_cancelled = || cancel.is_cancelled();
    let budget = Budget::of(bytes.len(), &is_cancelled);
    let Reading { mut info, mut texts } = metadata::read_within(bytes, &budget);
    if let Some(hidden) = hidden {
        texts.push(hidden);
        info = info.or_else(|| metadata::interpret_within(&texts, &budget));
    }
    if info.is_none()
        && let Some(beside) = beside.iter().find_map(|(path, _)| sidecar(path, &budget))
    {
        texts.extend(beside.texts);
        info = beside.info;
    }
    let dates = metadata::dates_within(&texts, &budget);
    match budget.cut() {
        Some(Cut::Cancelled) => return None,
        Some(Cut::Exhausted) => {
            let tool = info.as_ref().map(|info| info.tool.id());
            tracing::warn!(
                bytes = bytes.len(),
                steps = budget.spent(),
                tool,
                "metadata of a file was read in part"
            );
        }
        None => {}
    }
    Some(Made { generation: of(info, &texts), dates })
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
    let kept: Vec<RawText> = kept.and_then(|kept| kept.unpack().ok()).unwrap_or_default();
    let is_cancelled = || cancel.is_cancelled();
    let budget = Budget::of(original.map_or(0, <[u8]>::len), &is_cancelled);
    let texts = match original {
        Some(bytes) => {
            let mut texts = metadata::read_within(bytes, &budget).texts;
            texts.extend(
                kept.into_iter().filter(|text| matches!(text.source, Source::Stealth | Source::Sidecar)),
            );
            texts
        }
        None => kept,
    };
    let info = metadata::interpret_within(&texts, &budget);
    let dates = metadata::dates_within(&texts, &budget);
    if budget.cut() == Some(Cut::Cancelled) {
        return None;
    }
    let generation = (!texts.is_empty()).then(|| of(info, &texts));
    Some(SearchedAgain { generation, dates })
}

fn footprint(texts: u64) -> u64 {
    let texts = texts.min(MOST_TEXTS);
    texts * COPIES + (texts * PARSED).min(MOST_PARSED)
}

/// Gives texts that were kept their meaning again. `None` where they are damaged, and when cancelled.
pub fn read_again(sources: &Packed, cancel: &CancellationToken) -> Option<Generation> {
    let texts: Vec<RawText> = sources.unpack().ok()?;
    let is_cancelled = || cancel.is_cancelled();
    let budget = Budget::of(0, &is_cancelled);
    let info = metadata::interpret_within(&texts, &budget);
    if budget.cut() == Some(Cut::Cancelled) {
        return None;
    }
    // They stay as they are, packed.
    Some(Generation { sources: Some(sources.clone()), ..of(info, &[]) })
}

fn of(info: Option<GenerationInfo>, texts: &[RawText]) -> Generation {
    let sources = (!texts.is_empty()).then(|| Packed::of(&texts).ok()).flatten();
    let kept = Generation { sources, reader: metadata::READER, ..Generation::default() };
    let Some(info) = info else { return kept };
    let params = info.params();
    Generation {
        tool: Some(info.tool.id().to_owned()),
        params: Packed::of(&params).ok(),
        prompt: info.prompt.unwrap_or_default(),
        negative_prompt: info.negative_prompt,
        model: info.model,
        seed: info.seed,
        ..kept
    }
}

/// Some programs write `fox.txt` or `fox.json` beside `fox.png`. Returns those that are there, with their sizes.
fn sidecars(picture: &Path) -> Vec<(PathBuf, u64)> {
    let beside = ["txt", "json"].into_iter().filter_map(|extension| {
        let path = picture.with_extension(extension);
        let found = path.metadata().ok().filter(|found| found.is_file() && found.len() <= LARGEST_SIDECAR)?;
        Some((path, found.len()))
    });
    beside.collect()
}

/// A caption for training is no recipe, and gives nothing.
fn sidecar(path: &Path, budget: &Budget) -> Option<Reading> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST_SIDECAR).read_to_end(&mut bytes).ok()?;
    Some(metadata::read_sidecar_within(&bytes, budget)).filter(|reading| reading.info.is_some())
}
