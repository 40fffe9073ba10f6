//! Reads from the bytes of a picture how it was made: bytes in, [`GenerationData`] out.
//!
//! It works in three steps that do not know each other. `container` finds where the metadata is, `text`
//! decodes it, `tools` interprets it. The bytes of the texts are returned as well, so that a later version
//! can read them again without the file: [`interpret`] receives nothing but [`RawTexts`], whether they were
//! just found or were stored for years.
//!
//! Pure: no files, no pixels (except those given to [`read_stealth`]), no clock. Everything here is
//! untrusted, so nothing panics and everything is bounded by `limits`, whatever a file claims. All work for
//! one file draws on one [`Budget`], so that bounded parts cannot add up to an unbounded whole. Must not know
//! the catalog or the import.

mod budget;
mod c2pa;
mod charset;
mod container;
mod dates;
mod evidence;
mod graph_info;
mod info;
mod inputs;
mod json;
mod limits;
mod parameters;
mod stealth;
mod text;
mod texts;
mod tools;
mod tree;
mod xmp;

pub use budget::{Budget, Cut, never};
pub use dates::{FoundDate, Trust, Written};
pub use info::{GenerationData, Hires, Lora, Tool};
pub use inputs::input_names;
pub use parameters::to_a1111_text;
pub use stealth::{read_stealth, stealth_channels};
pub use text::{Encoding, RawText, Source, Text};
pub use texts::RawTexts;
pub use tree::raw_trees;

/// The version of this reader. Texts that an earlier version interpreted are worth interpreting again.
pub const READER: u32 = 3;

/// What the raw texts of a file say.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// How the picture was made; `None` if the texts do not say.
    pub info: Option<GenerationData>,
    /// Every date at which the picture was made or changed, the most trusted first.
    pub dates: Vec<FoundDate>,
    /// True if a limit stopped the search for texts, or their interpretation, before the end.
    pub in_part: bool,
}

/// The result of reading a file.
#[cfg(any(test, feature = "internals"))]
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// How the picture was made; `None` if the file does not say.
    pub info: Option<GenerationData>,
    /// Every text that was found, whether or not it was understood.
    pub texts: RawTexts,
    /// True if a limit stopped the reading before the end of the file.
    pub in_part: bool,
}

/// Reads the metadata of a PNG, JPEG, WebP or GIF. It does not decode pixels.
#[cfg(any(test, feature = "internals"))]
pub fn read(bytes: &[u8]) -> Reading {
    read_within(bytes, &Budget::of(bytes.len(), &never))
}

/// Does the same as [`read`] within a budget. If the budget runs out, it keeps what was read so far.
#[cfg(any(test, feature = "internals"))]
pub fn read_within(bytes: &[u8], budget: &Budget) -> Reading {
    let texts = find(bytes, budget);
    let Meaning { info, in_part, .. } = interpret_within(&texts, budget);
    Reading { info, texts, in_part }
}

/// Finds the texts of a PNG, JPEG, WebP or GIF. This is the first step alone.
pub fn find(bytes: &[u8], budget: &Budget) -> RawTexts {
    let list = container::collect(bytes, budget);
    RawTexts { list, in_part: budget.cut() == Some(Cut::Exhausted) }
}

/// Makes a text from a `.txt` or `.json` file beside a picture. `None` if it is blank, or too large for a
/// text.
pub fn sidecar(bytes: Vec<u8>) -> Option<RawText> {
    let text =
        RawText { source: Source::Sidecar, key: "sidecar".to_owned(), encoding: Encoding::Plain, bytes };
    Some(text).filter(|text| text.bytes.len() <= limits::MAX_PIECE_BYTES && !text.is_blank())
}

/// Interprets texts. These are the last two steps, and all that has to be repeated over a library when the
/// reader improves.
pub fn interpret(texts: &RawTexts) -> Meaning {
    interpret_within(texts, &Budget::of(0, &never))
}

/// Does the same as [`interpret`] within a budget, which it tells how much text there is.
pub fn interpret_within(texts: &RawTexts, budget: &Budget) -> Meaning {
    budget.turn_to_texts(texts.size());
    let (info, dates) = tools::interpret(&texts.list, budget);
    Meaning { info, dates, in_part: texts.in_part || budget.is_cut() }
}

/// Returns every date at which the picture was made or changed according to its texts, the most trusted
/// first.
pub fn dates(texts: &RawTexts) -> Vec<FoundDate> {
    interpret(texts).dates
}
