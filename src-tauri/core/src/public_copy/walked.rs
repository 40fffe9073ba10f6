//! The result of walking a container: the parts that make the picture, and what lies beside them. Knows no
//! format.

use crate::import::{Memory, ReadLimits};
use crate::model::{Carried, CopyRefusal};
use std::collections::BTreeSet;
use std::ops::Range;
use tokio_util::sync::CancellationToken;

/// What making a copy may use.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// The largest picture.
    pub limits: &'a ReadLimits,
    /// The memory for decoded pixels.
    pub memory: &'a Memory,
    /// Stops the work.
    pub cancel: &'a CancellationToken,
}

impl Means<'_> {
    pub(super) fn unless_cancelled(&self) -> Result<(), CopyRefusal> {
        if self.cancel.is_cancelled() { Err(CopyRefusal::Cancelled) } else { Ok(()) }
    }

    pub(super) fn judge_size(&self, (width, height): (u32, u32)) -> Result<(), CopyRefusal> {
        if width == 0 || height == 0 {
            return Err(CopyRefusal::Damaged);
        }
        let area = u64::from(width) * u64::from(height);
        if width.max(height) > self.limits.max_side || area > self.limits.max_pixels {
            return Err(CopyRefusal::TooLarge);
        }
        Ok(())
    }
}

/// One piece of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// These bytes of the original.
    Kept(Range<usize>),
    /// Bytes that replace a part of the original.
    Made(Vec<u8>),
}

/// A file after its walk.
#[derive(Debug)]
pub(super) struct Walked<'a> {
    pub(super) bytes: &'a [u8],
    /// The picture, in the order of the file.
    pub(super) pieces: Vec<Piece>,
    /// The index of the piece before which fresh metadata is written.
    pub(super) fresh_at: usize,
    /// All parts that are not copied, in the order of the file.
    pub(super) dropped: Vec<&'a [u8]>,
    /// The TIFF block of the EXIF data, without the prefix of JPEG.
    pub(super) exif: Option<&'a [u8]>,
    /// The number of bytes behind the end of the picture.
    pub(super) after_end: u64,
    /// What the structure alone tells about the file.
    pub(super) carried: BTreeSet<Carried>,
    /// Whether there is a C2PA manifest.
    pub(super) has_credentials: bool,
    /// Width and height in pixels, without orientation.
    pub(super) size: (u32, u32),
    pub(super) is_animated: bool,
    /// Whether the format keeps the lowest bits of the pixels, so that they can hide a text.
    pub(super) can_hide_text: bool,
    /// The header of a WebP, which is not among the pieces.
    pub(super) webp: WebPHeader,
}

/// The header of a WebP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WebPHeader {
    /// The file is nothing but one picture.
    Simple { has_alpha: bool },
    /// The data of its `VP8X` chunk, without the flags of metadata.
    Extended([u8; 10]),
}

impl<'a> Walked<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            pieces: Vec::new(),
            fresh_at: 0,
            dropped: Vec::new(),
            exif: None,
            after_end: 0,
            carried: BTreeSet::new(),
            has_credentials: false,
            size: (0, 0),
            is_animated: false,
            can_hide_text: false,
            webp: WebPHeader::Simple { has_alpha: false },
        }
    }

    /// Copies a range of the original. Neighbouring ranges become one piece.
    pub(super) fn keep(&mut self, range: Range<usize>) {
        if self.pieces.len() > self.fresh_at
            && let Some(Piece::Kept(last)) = self.pieces.last_mut()
            && last.end == range.start
        {
            last.end = range.end;
        } else {
            self.pieces.push(Piece::Kept(range));
        }
    }

    /// Copies these bytes instead of a part of the original.
    pub(super) fn make(&mut self, bytes: Vec<u8>) {
        self.pieces.push(Piece::Made(bytes));
    }

    /// Fresh metadata will follow the pieces so far.
    pub(super) fn put_fresh_here(&mut self) {
        self.fresh_at = self.pieces.len();
    }

    pub(super) fn drop_part(&mut self, range: Range<usize>) {
        self.dropped.push(self.bytes.get(range).unwrap_or_default());
    }

    /// Takes the first block with EXIF data; viewers ignore further ones.
    pub(super) fn take_exif(&mut self, block: &'a [u8]) {
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        self.exif.get_or_insert(block);
    }

    pub(super) fn note(&mut self, carried: Carried) {
        self.carried.insert(carried);
    }

    /// Notes that the picture ends here, and what follows it.
    pub(super) fn end(&mut self, at: usize) {
        self.cut(self.bytes.get(at..).unwrap_or_default());
    }

    /// Leaves out bytes that lie behind the end of the picture, or of a part of it.
    pub(super) fn cut(&mut self, rest: &'a [u8]) {
        if !rest.is_empty() {
            self.dropped.push(rest);
            self.after_end += rest.len() as u64;
        }
    }

    /// Returns the pieces as one file that begins with `head`, with fresh metadata at its place.
    pub(super) fn joined(&self, head: &[u8], fresh: &[Vec<u8>]) -> Vec<u8> {
        let length: usize = self.pieces.iter().map(Piece::length).chain(fresh.iter().map(Vec::len)).sum();
        let mut bytes = Vec::with_capacity(head.len() + length);
        bytes.extend_from_slice(head);
        let (before, after) = self.pieces.split_at(self.fresh_at.min(self.pieces.len()));
        for piece in before {
            bytes.extend_from_slice(piece.bytes(self.bytes));
        }
        for part in fresh {
            bytes.extend_from_slice(part);
        }
        for piece in after {
            bytes.extend_from_slice(piece.bytes(self.bytes));
        }
        bytes
    }
}

impl Piece {
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Kept(range) => range.len(),
            Self::Made(bytes) => bytes.len(),
        }
    }

    /// Returns the bytes of the piece of a copy of `original`.
    pub(super) fn bytes<'p>(&'p self, original: &'p [u8]) -> &'p [u8] {
        match self {
            Self::Kept(range) => original.get(range.clone()).unwrap_or_default(),
            Self::Made(made) => made,
        }
    }
}

pub(super) fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_be_bytes(*pair))
}

pub(super) fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_be_bytes(*four))
}

pub(super) fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_le_bytes(*pair))
}

pub(super) fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

pub(super) fn usize_of(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}
