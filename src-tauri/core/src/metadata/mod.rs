//! How a picture was made, read from its bytes: bytes in, [`GenerationInfo`] out.
//!
//! Three steps that do not know each other. `container` finds where metadata lies, `text` makes text of it, `tools`
//! gives it meaning. The texts are returned as well, so that a later version can read them again without the file.
//!
//! Pure: no files, no pixels (but those [`read_stealth`] is given), no clock. Everything here is untrusted, so nothing
//! panics and everything is bounded by `limits`, whatever a file claims. All that is done for one file draws on one
//! [`Budget`], so that no combination of what is bounded adds up. Must not know the catalog or the import.

mod budget;
mod c2pa;
mod container;
mod dates;
mod info;
mod inputs;
mod json;
mod limits;
mod parameters;
mod stealth;
mod text;
mod tools;
mod tree;
mod xmp;

pub use budget::{Budget, Cut, never};
pub use dates::{FoundDate, Trust, Written};
pub use info::{GenerationInfo, Hires, Lora, Tool};
pub use inputs::input_names;
pub use parameters::to_a1111_text;
pub use stealth::read_stealth;
pub use text::{RawText, Source};
pub use tree::{RawNode, raw_trees};

/// The edition of this reader. Texts that an earlier one read are worth reading again.
pub const READER: u32 = 2;

use limits::{MAX_ALL_BYTES, MAX_PIECE_BYTES};

/// What was read of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// How the picture was made, if the file says so.
    pub info: Option<GenerationInfo>,
    /// Every text that was found, whether it had a meaning or not.
    pub texts: Vec<RawText>,
}

/// Reads the metadata of a PNG, JPEG, WebP or GIF. Pixels are not decoded.
pub fn read(bytes: &[u8]) -> Reading {
    read_within(bytes, &Budget::of(bytes.len(), &never))
}

/// The same within a budget. Where it ends, what was read so far is kept.
pub fn read_within(bytes: &[u8], budget: &Budget) -> Reading {
    let pieces = container::collect(bytes, budget);
    let texts = bounded(pieces.into_iter().filter_map(|piece| text::decode(piece, budget)));
    Reading { info: interpret_within(&texts, budget), texts }
}

/// Reads a `.txt` or `.json` file that lies beside a picture.
pub fn read_sidecar(bytes: &[u8]) -> Reading {
    read_sidecar_within(bytes, &Budget::of(bytes.len(), &never))
}

/// The same within a budget.
pub fn read_sidecar_within(bytes: &[u8], budget: &Budget) -> Reading {
    let text = bytes.get(..bytes.len().min(MAX_PIECE_BYTES)).map(text::plain).unwrap_or_default();
    let texts = vec![RawText { source: Source::Sidecar, key: "sidecar".to_owned(), text }];
    Reading { info: interpret_within(&texts, budget), texts }
}

/// Gives meaning to texts that were read before: the last step alone, to run again over a library.
pub fn interpret(texts: &[RawText]) -> Option<GenerationInfo> {
    interpret_within(texts, &Budget::of(0, &never))
}

/// The same within a budget, which is told how much text there is.
pub fn interpret_within(texts: &[RawText], budget: &Budget) -> Option<GenerationInfo> {
    budget.turn_to_texts(texts.iter().map(|text| text.text.len()).sum());
    tools::interpret(texts, budget)
}

/// Returns every date that texts say their picture was made or changed at, the most trusted first.
pub fn dates(texts: &[RawText]) -> Vec<FoundDate> {
    dates_within(texts, &Budget::of(0, &never))
}

/// The same within a budget.
pub fn dates_within(texts: &[RawText], budget: &Budget) -> Vec<FoundDate> {
    tools::dates(texts, budget)
}

/// Latin-1 and UTF-16 may double in size when they become UTF-8, so the limit is held here once more.
fn bounded(texts: impl Iterator<Item = RawText>) -> Vec<RawText> {
    let mut room = MAX_ALL_BYTES;
    let fits = |text: &RawText| match room.checked_sub(text.text.len()) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    texts.filter(fits).collect()
}
