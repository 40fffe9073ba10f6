//! How a picture was made, read from its bytes: bytes in, [`GenerationInfo`] out.
//!
//! Three steps that do not know each other. `container` finds where metadata lies, `text` makes text of it, `tools`
//! gives it meaning. The bytes of the texts are returned as well, so that a later version can read them again without
//! the file: [`interpret`] is given nothing but [`RawTexts`], whether they were just found or kept for years.
//!
//! Pure: no files, no pixels (but those [`read_stealth`] is given), no clock. Everything here is untrusted, so nothing
//! panics and everything is bounded by `limits`, whatever a file claims. All that is done for one file draws on one
//! [`Budget`], so that no combination of what is bounded adds up. Must not know the catalog or the import.

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
pub use info::{GenerationInfo, Hires, Lora, Tool};
pub use inputs::input_names;
pub use parameters::to_a1111_text;
pub use stealth::read_stealth;
pub use text::{Encoding, RawText, Source, Text};
pub use texts::RawTexts;
pub use tree::raw_trees;

/// The edition of this reader. Texts that an earlier one read are worth reading again.
pub const READER: u32 = 3;

/// What texts mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    /// How the picture was made, if the texts say so.
    pub info: Option<GenerationInfo>,
    /// Every date the picture was made or changed at, the most trusted first.
    pub dates: Vec<FoundDate>,
    /// Whether a limit ended the search for texts, or their reading, before the end.
    pub in_part: bool,
}

/// What was read of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// How the picture was made, if the file says so.
    pub info: Option<GenerationInfo>,
    /// Every text that was found, whether it had a meaning or not.
    pub texts: RawTexts,
    /// Whether a limit ended the reading before the file's end.
    pub in_part: bool,
}

/// Reads the metadata of a PNG, JPEG, WebP or GIF. Pixels are not decoded.
pub fn read(bytes: &[u8]) -> Reading {
    read_within(bytes, &Budget::of(bytes.len(), &never))
}

/// The same within a budget. Where it ends, what was read so far is kept.
pub fn read_within(bytes: &[u8], budget: &Budget) -> Reading {
    let texts = find(bytes, budget);
    let Meaning { info, in_part, .. } = interpret_within(&texts, budget);
    Reading { info, texts, in_part }
}

/// Finds the texts of a PNG, JPEG, WebP or GIF: the first step alone.
pub fn find(bytes: &[u8], budget: &Budget) -> RawTexts {
    let list = container::collect(bytes, budget);
    RawTexts { list, in_part: budget.cut() == Some(Cut::Exhausted) }
}

/// Makes a text of a `.txt` or `.json` file that lies beside a picture. No text where it is too large to be one.
pub fn sidecar(bytes: Vec<u8>) -> Option<RawText> {
    let text =
        RawText { source: Source::Sidecar, key: "sidecar".to_owned(), encoding: Encoding::Plain, bytes };
    Some(text).filter(|text| text.bytes.len() <= limits::MAX_PIECE_BYTES && !text.is_blank())
}

/// Gives meaning to texts: the last two steps, which are all there is to do again over a library.
pub fn interpret(texts: &RawTexts) -> Meaning {
    interpret_within(texts, &Budget::of(0, &never))
}

/// The same within a budget, which is told how much text there is.
pub fn interpret_within(texts: &RawTexts, budget: &Budget) -> Meaning {
    budget.turn_to_texts(texts.size());
    let (info, dates) = tools::interpret(&texts.list, budget);
    Meaning { info, dates, in_part: texts.in_part || budget.is_cut() }
}

/// Returns every date that texts say their picture was made or changed at, the most trusted first.
pub fn dates(texts: &RawTexts) -> Vec<FoundDate> {
    interpret(texts).dates
}
