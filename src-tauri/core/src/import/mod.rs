//! Imports pictures: reads a file once, judges it, decodes it under limits, and
//! explains in plain words why a file is refused. Must not know where the
//! library stores things, or who calls.

mod colours;
mod commit;
mod dating;
mod decode;
mod decoder_input;
mod fingerprint;
mod generation_data;
mod limits;
mod look;
mod memory;
mod name_dates;
mod names;
mod natural;
mod outline;
mod passed;
mod pieces;
mod pipeline;
mod read;
mod rejection;
mod repaired;
mod request;
mod sequence;
mod sniff;
mod walk;

pub use dating::date_again;
pub use decode::{
    Bitmap, Decoded, Shown, average_colour, bitmap, decode, decode_to_show, shown, size_of, states_colours,
};
pub use fingerprint::{fingerprint, fingerprint_of};
pub use generation_data::{SearchedAgain, read_again, search_again};
pub use limits::ReadLimits;
pub use memory::Memory;
pub use passed::Passed;
pub use pipeline::{adopt, run};
pub use read::{SourceImage, from_bytes, is_unfinished, read};
pub use repaired::Condition;
pub use request::{ImportEvent, ImportRequest, Stores};
pub use sniff::{FileContent, FileKind, Sniffed, file_kind, sniff};

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "shared with the integration tests, which use the rest")]
#[path = "../../../../tests/support/pictures.rs"]
mod pictures;
