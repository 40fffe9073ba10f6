//! The first step: finding where metadata is in a file. Walks containers and copies out pieces; does not know
//! what they mean.

mod exif;
mod gif;
mod jpeg;
mod photoshop;
mod png;
mod webp;

use super::budget::Budget;
use super::c2pa;
use super::limits::{MAX_ALL_BYTES, MAX_PIECE_BYTES, MAX_PIECES};
use super::text::{Encoding, RawText, Source};

/// Steps for moving to the next part of a container, whatever its size.
const STEPS_PER_PART: usize = 20;

/// The pieces of one file, as many as the limits allow.
#[derive(Debug)]
pub(crate) struct Pieces<'b> {
    list: Vec<RawText>,
    room: usize,
    budget: &'b Budget<'b>,
}

impl<'b> Pieces<'b> {
    fn new(budget: &'b Budget<'b>) -> Self {
        Self { list: Vec::new(), room: MAX_ALL_BYTES, budget }
    }

    /// Pays for one more part of a container, of which this many bytes are read. `None` if reading has to
    /// stop.
    fn part(&self, bytes: usize) -> Option<()> {
        self.budget.spend(STEPS_PER_PART + bytes).then_some(())
    }

    /// Returns the maximum size of the next piece, in bytes.
    fn room(&self) -> usize {
        if self.list.len() < MAX_PIECES { self.room.min(MAX_PIECE_BYTES) } else { 0 }
    }

    fn push(&mut self, source: Source, key: &str, encoding: Encoding, bytes: &[u8]) {
        let size = bytes.len() + key.len();
        if bytes.is_empty() {
            return;
        }
        if size > self.room() {
            self.budget.give_up();
            return;
        }
        self.budget.spend(size);
        let text = RawText { source, key: key.to_owned(), encoding, bytes: bytes.to_vec() };
        if !text.is_blank() {
            self.room -= size;
            self.list.push(text);
        }
    }

    /// Stores what a C2PA manifest store declares. Its bytes are mostly certificates, thumbnails and padding.
    fn push_manifest(&mut self, jumbf: &[u8]) {
        if jumbf.len() > MAX_PIECE_BYTES {
            self.budget.give_up();
        } else if !jumbf.is_empty()
            && self.budget.spend(jumbf.len())
            && let Some(json) = c2pa::to_json(jumbf, self.budget)
        {
            self.push(Source::C2pa, "c2pa", Encoding::Text, json.as_bytes());
        }
    }
}

/// Collects the metadata of a file, whose format is recognised by its first bytes. A broken file yields less,
/// an unknown one nothing.
pub(crate) fn collect(bytes: &[u8], budget: &Budget) -> Vec<RawText> {
    let mut pieces = Pieces::new(budget);
    if bytes.starts_with(png::SIGNATURE) {
        png::collect(bytes, &mut pieces);
    } else if bytes.starts_with(b"\xff\xd8") {
        jpeg::collect(bytes, &mut pieces);
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        webp::collect(bytes, &mut pieces);
    } else if bytes.starts_with(b"GIF8") {
        gif::collect(bytes, &mut pieces);
    }
    pieces.list
}

/// Splits at the first NUL. Without a NUL, the second part is empty.
fn split_nul(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

/// Takes the first `count` bytes off the front; `None` if there are fewer.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (front, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(front)
}

fn u16_be(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.first_chunk().copied()?))
}

fn u32_be(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(bytes.first_chunk().copied()?)).ok()
}

fn u32_le(bytes: &[u8]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.first_chunk().copied()?)).ok()
}
