//! Takes pictures in: reads a file once, judges it, decodes it under limits and
//! says in plain words why a file is refused. Must not know where the library
//! keeps things, nor who calls.

mod dating;
mod decode;
mod decoder_input;
mod making;
mod memory;
mod name_dates;
mod outline;
mod pieces;
mod pipeline;
mod read;
mod rejection;
mod sniff;
mod walk;

pub use decode::{Decoded, decode, decode_to_show, decoded_size};
pub use making::{date_again, read_again};
pub use memory::Memory;
pub use pipeline::{ImportEvent, ImportRequest, ImportedFile, Outcome, Restores, Source, Stores, adopt, run};
pub use read::{ReadLimits, SourceImage, from_bytes, is_unfinished, read};
pub use rejection::{Rejection, RejectionReason};
pub use sniff::{FileContent, FileKind, Sniffed, file_kind, sniff};

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "shared with the integration tests, which use the rest")]
#[path = "../../../../tests/support/pictures.rs"]
mod pictures;
