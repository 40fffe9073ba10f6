//! WebP (RFC 9649): which chunks make the picture, and the header that says what a file has.

mod alpha;
mod lossless;
mod vp8;

use super::fresh::Fresh;
use super::profile::{self, Found};
use super::walked::{Means, Piece, Walked, WebPHeader, u16_le, u32_le, usize_of};
use crate::model::{Carried, CopyRefusal};
use std::ops::Range;

/// The length of `RIFF`, a size and `WEBP`, in bytes.
const HEADER: usize = 12;
const HAS_PROFILE: u8 = 0x20;
const HAS_ALPHA: u8 = 0x10;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const IS_ANIMATED: u8 = 0x02;
/// The most pixels of all frames together.
const MOST_PIXELS: u64 = 6_000_000_000;

/// The data of a picture, or of its alpha channel, as a copy has it.
struct Exact<'a> {
    data: Vec<u8>,
    /// Bytes of the original behind the codes, which no decoder looks at.
    cut: Vec<&'a [u8]>,
}

/// One chunk, with the positions of its parts in the file.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    kind: &'a [u8; 4],
    data: &'a [u8],
    at: usize,
    /// Where the next chunk starts, after a byte of padding.
    next: usize,
}

impl<'a> Chunk<'a> {
    fn at(bytes: &'a [u8], at: usize) -> Result<Self, CopyRefusal> {
        let kind = bytes.get(at..).and_then(<[u8]>::first_chunk).ok_or(CopyRefusal::Incomplete)?;
        let length = u32_le(bytes, at + 4).map(usize_of).ok_or(CopyRefusal::Incomplete)?;
        let end = (at + 8).checked_add(length).ok_or(CopyRefusal::Incomplete)?;
        let data = bytes.get(at + 8..end).ok_or(CopyRefusal::Incomplete)?;
        Ok(Self { kind, data, at, next: end + length % 2 })
    }

    fn range(&self) -> Range<usize> {
        self.at..self.at + 8 + self.data.len()
    }

    /// Returns width and height, and whether there is alpha, if this is the data of a picture.
    fn picture(&self) -> Option<((u32, u32), bool)> {
        match self.kind {
            b"VP8 " => vp8::size(self.data).map(|size| (size, false)),
            b"VP8L" => lossless::size(self.data),
            _ => None,
        }
    }

    /// Reads the data of a picture, or of the alpha channel of one of this size, to its end.
    fn exact(&self, size: (u32, u32), means: &Means) -> Result<Exact<'a>, CopyRefusal> {
        means.judge_size(size)?;
        match self.kind {
            b"VP8 " => vp8::exact(self.data, means),
            b"VP8L" => lossless::exact(self.data, means),
            _ => alpha::exact(self.data, size, means),
        }
    }
}

/// Which chunks were copied so far.
#[derive(Default)]
struct Taken {
    /// The size in the extended header; `None` without one.
    canvas: Option<(u32, u32)>,
    flags: u8,
    has_profile: bool,
    has_alpha: bool,
    has_animation: bool,
    picture: Option<((u32, u32), bool)>,
    frames: usize,
    /// The pixels of all frames.
    pixels: u64,
}

/// Walks through the chunks. The copy gets a header of its own; see [`write()`].
pub(super) fn walk<'a>(bytes: &'a [u8], means: &Means) -> Result<Walked<'a>, CopyRefusal> {
    if !bytes.starts_with(b"RIFF") || bytes.get(8..HEADER) != Some(b"WEBP") {
        return Err(CopyRefusal::Damaged);
    }
    let stated = u32_le(bytes, 4).map_or(0, usize_of).saturating_add(8);
    // Some tools leave the size empty. Then the chunks tell where the picture ends.
    let total = if stated <= HEADER { bytes.len() } else { stated };
    let body = bytes.get(..total).ok_or(CopyRefusal::Incomplete)?;
    let (mut walked, mut taken) = (Walked::new(bytes), Taken::default());
    let mut at = HEADER;
    while at < total {
        means.unless_cancelled()?;
        let chunk = Chunk::at(body, at)?;
        at = chunk.next;
        take(&mut walked, &mut taken, chunk, means)?;
    }
    let is_animated = taken.flags & IS_ANIMATED != 0;
    let size = taken.canvas.or(taken.picture.map(|(size, _)| size)).ok_or(CopyRefusal::Damaged)?;
    means.judge_size(size)?;
    let is_complete =
        if is_animated { taken.has_animation && taken.frames > 0 } else { taken.picture.is_some() };
    if !is_complete {
        return Err(CopyRefusal::Incomplete);
    }
    (walked.size, walked.is_animated) = (size, is_animated);
    walked.put_fresh_here();
    // The last chunk may have padding that the size does not count.
    walked.end(at.min(bytes.len()));
    walked.webp = match taken.canvas {
        Some(canvas) => WebPHeader::Extended(header(taken.flags, canvas)),
        None => WebPHeader::Simple { has_alpha: taken.picture.is_some_and(|(_, has_alpha)| has_alpha) },
    };
    Ok(walked)
}

fn take<'a>(
    walked: &mut Walked<'a>,
    taken: &mut Taken,
    chunk: Chunk<'a>,
    means: &Means,
) -> Result<(), CopyRefusal> {
    let is_animated = taken.flags & IS_ANIMATED != 0;
    let has_picture = taken.picture.is_some() || taken.frames > 0;
    match chunk.kind {
        b"VP8X" => {
            let is_first = taken.canvas.is_none() && !has_picture && walked.dropped.is_empty();
            let flags = chunk.data.first().copied().filter(|_| is_first && chunk.data.len() == 10);
            let side = |at| u24_le(chunk.data, at);
            taken.canvas = side(4).zip(side(7)).map(|(width, height)| (width + 1, height + 1));
            taken.flags = flags.ok_or(CopyRefusal::Damaged)? & (HAS_ALPHA | IS_ANIMATED);
        }
        b"ICCP" if taken.canvas.is_some() && !taken.has_profile && !has_picture => {
            let Found::Made { profile, behind } = profile::again(chunk.data)? else {
                drop_chunk(walked, chunk);
                return Ok(());
            };
            taken.has_profile = true;
            taken.flags |= HAS_PROFILE;
            walked.note(Carried::Profile);
            walked.after_end += behind as u64;
            walked.make(made_chunk(*b"ICCP", &profile)?);
        }
        b"ANIM" if is_animated && !taken.has_animation && chunk.data.len() == 6 => {
            taken.has_animation = true;
            // Browsers do not use the colour of the background. The number of repetitions follows it.
            let repetitions = chunk.data.get(4..).unwrap_or_default();
            walked.make(made_chunk(*b"ANIM", &[&[0; 4], repetitions].concat())?);
        }
        b"ANMF" if is_animated && taken.has_animation => {
            taken.frames += 1;
            frame(walked, taken, chunk, means)?;
        }
        b"ALPH" if !is_animated && taken.canvas.is_some() && !taken.has_alpha && !has_picture => {
            taken.has_alpha = true;
            walked.can_hide_text = true;
            let exact = chunk.exact(taken.canvas.unwrap_or_default(), means)?;
            keep(walked, chunk, exact)?;
        }
        b"VP8 " | b"VP8L" if !is_animated && taken.picture.is_none() => {
            let picture = chunk.picture().ok_or(CopyRefusal::Damaged)?;
            let is_lossless = chunk.kind == b"VP8L";
            // Decoders ignore the alpha channel of a lossless picture, which has its own.
            if taken.canvas.is_some_and(|canvas| canvas != picture.0) || is_lossless && taken.has_alpha {
                return Err(CopyRefusal::Damaged);
            }
            taken.picture = Some(picture);
            walked.can_hide_text |= is_lossless;
            let exact = chunk.exact(picture.0, means)?;
            keep(walked, chunk, exact)?;
        }
        // Further pictures, and pictures outside frames: it is not clear what viewers show.
        b"ANIM" | b"ANMF" | b"ALPH" | b"VP8 " | b"VP8L" => return Err(CopyRefusal::Damaged),
        _ => drop_chunk(walked, chunk),
    }
    Ok(())
}

/// Copies a chunk with its exact data.
fn keep<'a>(walked: &mut Walked<'a>, chunk: Chunk<'a>, exact: Exact<'a>) -> Result<(), CopyRefusal> {
    for rest in exact.cut {
        walked.cut(rest);
    }
    if exact.data != chunk.data {
        walked.make(made_chunk(*chunk.kind, &exact.data)?);
        return Ok(());
    }
    walked.keep(chunk.range());
    if chunk.data.len() % 2 == 1 {
        // The original's padding is not copied.
        walked.make(vec![0]);
    }
    Ok(())
}

fn drop_chunk<'a>(walked: &mut Walked<'a>, chunk: Chunk<'a>) {
    match chunk.kind {
        b"EXIF" => walked.take_exif(chunk.data),
        b"C2PA" => walked.has_credentials = true,
        // It is judged by what it says.
        b"XMP " => {}
        _ => walked.note(Carried::OtherMetadata),
    }
    walked.drop_part(chunk.range());
}

/// Copies a frame of an animation without chunks that are not part of its picture.
fn frame<'a>(
    walked: &mut Walked<'a>,
    taken: &mut Taken,
    frame: Chunk<'a>,
    means: &Means,
) -> Result<(), CopyRefusal> {
    const FIELDS: usize = 16;
    let fields: &[u8; FIELDS] = frame.data.first_chunk().ok_or(CopyRefusal::Damaged)?;
    let field = |at: usize| u24_le(fields, at).ok_or(CopyRefusal::Damaged);
    let (left, top) = (field(0)? * 2, field(3)? * 2);
    let size = (field(6)? + 1, field(9)? + 1);
    taken.pixels = taken.pixels.saturating_add(u64::from(size.0) * u64::from(size.1));
    if taken.pixels > MOST_PIXELS {
        return Err(CopyRefusal::TooLarge);
    }
    let fits = taken.canvas.is_some_and(|canvas| left + size.0 <= canvas.0 && top + size.1 <= canvas.1);
    let end = frame.at + 8 + frame.data.len();
    let body = walked.bytes.get(..end).ok_or(CopyRefusal::Incomplete)?;
    let (mut kept, mut has_alpha, mut has_picture) = (Vec::new(), false, false);
    let mut at = frame.at + 8 + FIELDS;
    while at < end {
        let chunk = Chunk::at(body, at)?;
        at = chunk.next;
        match chunk.kind {
            b"ALPH" if !has_alpha && !has_picture => has_alpha = true,
            b"VP8 " | b"VP8L" if !has_picture && chunk.picture().is_some_and(|(own, _)| own == size) => {
                has_picture = true;
                if chunk.kind == b"VP8L" && has_alpha {
                    return Err(CopyRefusal::Damaged);
                }
            }
            b"ALPH" | b"VP8 " | b"VP8L" => return Err(CopyRefusal::Damaged),
            _ => {
                drop_chunk(walked, chunk);
                continue;
            }
        }
        walked.can_hide_text |= chunk.kind != b"VP8 ";
        kept.push((chunk, chunk.exact(size, means)?));
    }
    if !has_picture || !fits {
        return Err(CopyRefusal::Damaged);
    }
    let length =
        FIELDS + kept.iter().map(|(_, exact)| 8 + exact.data.len().next_multiple_of(2)).sum::<usize>();
    let length = u32::try_from(length).map_err(|_| CopyRefusal::TooLarge)?;
    // The last field says how the frame is blended and disposed of. Its other bits are reserved.
    let (flags, fields) = fields.split_last().ok_or(CopyRefusal::Damaged)?;
    walked.make([b"ANMF".as_slice(), &length.to_le_bytes(), fields, &[flags & 3]].concat());
    for (chunk, exact) in kept {
        keep(walked, chunk, exact)?;
    }
    Ok(())
}

fn u24_le(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from(u16_le(bytes, at)?) | u32::from(*bytes.get(at + 2)?) << 16)
}

fn header(flags: u8, (width, height): (u32, u32)) -> [u8; 10] {
    let [w0, w1, w2, _] = (width - 1).to_le_bytes();
    let [h0, h1, h2, _] = (height - 1).to_le_bytes();
    [flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]
}

/// Returns the fresh chunks: EXIF with the parameters, and XMP.
pub(super) fn parts(fresh: &Fresh) -> Result<Vec<Vec<u8>>, CopyRefusal> {
    let mut parts = Vec::new();
    if let Some(exif) = &fresh.exif {
        parts.push(made_chunk(*b"EXIF", exif)?);
    }
    if let Some(xmp) = &fresh.xmp {
        parts.push(made_chunk(*b"XMP ", xmp.as_bytes())?);
    }
    Ok(parts)
}

/// Returns the whole file. A file that had no extended header gets one if there is metadata.
pub(super) fn write(walked: &Walked, parts: &[Vec<u8>]) -> Result<Vec<u8>, CopyRefusal> {
    let has = |kind: &[u8]| parts.iter().any(|part| part.starts_with(kind));
    let flags = if has(b"EXIF") { HAS_EXIF } else { 0 } | if has(b"XMP ") { HAS_XMP } else { 0 };
    let extended = match walked.webp {
        WebPHeader::Simple { .. } if flags == 0 => Vec::new(),
        WebPHeader::Simple { has_alpha } => {
            made_chunk(*b"VP8X", &header(flags | if has_alpha { HAS_ALPHA } else { 0 }, walked.size))?
        }
        WebPHeader::Extended([own, rest @ ..]) => {
            made_chunk(*b"VP8X", &[&[own | flags][..], &rest].concat())?
        }
    };
    let length: usize = walked.pieces.iter().map(Piece::length).chain(parts.iter().map(Vec::len)).sum();
    let size = u32::try_from(4 + extended.len() + length).map_err(|_| CopyRefusal::TooLarge)?;
    let head = [b"RIFF".as_slice(), &size.to_le_bytes(), b"WEBP", &extended].concat();
    Ok(walked.joined(&head, parts))
}

/// Writes a chunk, padded to an even length.
pub(super) fn made_chunk(kind: [u8; 4], data: &[u8]) -> Result<Vec<u8>, CopyRefusal> {
    let length = u32::try_from(data.len()).map_err(|_| CopyRefusal::TextTooLong)?;
    let mut chunk = [&kind[..], &length.to_le_bytes(), data].concat();
    chunk.resize(chunk.len().next_multiple_of(2), 0);
    Ok(chunk)
}

/// Returns a file with the pixels of another one, which has no extended header, and the profile of `walked`.
pub(super) fn with_pixels(walked: &Walked, encoded: &[u8], has_alpha: bool) -> Result<Vec<u8>, CopyRefusal> {
    let profile = walked.pieces.iter().find_map(|piece| match piece {
        Piece::Made(chunk) if chunk.starts_with(b"ICCP") => Some(chunk.as_slice()),
        _ => None,
    });
    let Some(profile) = profile else { return Ok(encoded.to_vec()) };
    let flags = HAS_PROFILE
        | match walked.webp {
            WebPHeader::Extended([before, ..]) => before & HAS_ALPHA,
            WebPHeader::Simple { .. } if has_alpha => HAS_ALPHA,
            WebPHeader::Simple { .. } => 0,
        };
    let extended = made_chunk(*b"VP8X", &header(flags, walked.size))?;
    let pixels = encoded.get(HEADER..).unwrap_or_default();
    made_chunk(*b"RIFF", &[b"WEBP", extended.as_slice(), profile, pixels].concat())
}

/// Returns a file with nothing but the pixels of a still picture without loss; `None` if it is not one.
pub(super) fn lossless_alone(walked: &Walked) -> Result<Option<Vec<u8>>, CopyRefusal> {
    let mut chunks = walked.pieces.iter().map(|piece| piece.bytes(walked.bytes));
    let pixels = chunks.find(|chunk| chunk.starts_with(b"VP8L")).filter(|_| !walked.is_animated);
    let whole = |pixels: &[u8]| made_chunk(*b"RIFF", &[b"WEBP", unpadded(pixels)].concat());
    pixels.map(whole).transpose()
}

/// Returns a written chunk without its padding.
pub(super) fn unpadded(chunk: &[u8]) -> &[u8] {
    let length = u32_le(chunk, 4).map_or(0, usize_of);
    chunk.get(..8 + length).unwrap_or(chunk)
}
