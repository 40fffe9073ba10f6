//! PNG and APNG (third edition of the PNG specification): which chunks make the picture.

mod colour;
mod indices;
mod stream;

use super::fresh::Fresh;
use super::profile::{self, Found};
use super::walked::{Means, Piece, Walked, u32_be, usize_of};
use crate::model::{Carried, CopyRefusal};
use colour::{Colours, Fate, Used};
use stream::{Header, Stream};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// The name of every profile in a copy. The name in the original is a text of the original.
const PROFILE_NAME: &[u8] = b"ICC Profile\0\0";
/// The highest number of bytes that all frames may have when they are inflated: 6 GB.
const MOST_INFLATED: u64 = 6_000_000_000;

/// One chunk, with the positions of its parts in the file.
#[derive(Clone, Copy)]
struct Chunk<'a> {
    kind: &'a [u8; 4],
    data: &'a [u8],
    at: usize,
    end: usize,
    is_sound: bool,
}

impl<'a> Chunk<'a> {
    fn at(bytes: &'a [u8], at: usize) -> Result<Self, CopyRefusal> {
        let length = u32_be(bytes, at).ok_or(CopyRefusal::Incomplete)?;
        let kind = bytes.get(at + 4..).and_then(<[u8]>::first_chunk).ok_or(CopyRefusal::Incomplete)?;
        if !kind.iter().all(u8::is_ascii_alphabetic) || length > i32::MAX.unsigned_abs() {
            return Err(CopyRefusal::Damaged);
        }
        let data_end = (at + 8).checked_add(usize_of(length)).ok_or(CopyRefusal::Incomplete)?;
        let data = bytes.get(at + 8..data_end).ok_or(CopyRefusal::Incomplete)?;
        let stated = u32_be(bytes, data_end).ok_or(CopyRefusal::Incomplete)?;
        let is_sound = checksum(*kind, data) == stated;
        Ok(Self { kind, data, at, end: data_end + 4, is_sound })
    }

    fn is_critical(&self) -> bool {
        self.kind.first().is_some_and(u8::is_ascii_uppercase)
    }
}

/// Where the walk is, seen from the pixels of the default picture.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pixels {
    Ahead,
    Here,
    Behind,
}

/// What was walked so far.
struct Walk<'a, 'm> {
    walked: Walked<'a>,
    header: Header,
    means: &'m Means<'m>,
    colours: Colours<'a>,
    has_profile: bool,
    /// The colours of a palette that pixels have.
    used: Used,
    pixels: Pixels,
    /// The pixels of a frame that have begun; `None` between frames.
    stream: Option<Stream>,
    /// True if the pixels are in `fdAT`, not in `IDAT`.
    is_later_frame: bool,
    /// The number that the next `fcTL` or `fdAT` must have.
    sequence: u32,
    /// The number of frames that `acTL` states, less those that there are.
    missing_frames: u32,
    /// True if an `fcTL` has announced the frame whose pixels come next.
    is_announced: bool,
    inflated: u64,
}

/// Walks through the chunks. Pixels are inflated, but not kept, to find their end.
pub(super) fn walk<'a>(bytes: &'a [u8], means: &Means) -> Result<Walked<'a>, CopyRefusal> {
    if !bytes.starts_with(SIGNATURE) {
        return Err(CopyRefusal::Damaged);
    }
    let first = Chunk::at(bytes, SIGNATURE.len())?;
    let header = Some(first).filter(|chunk| chunk.kind == b"IHDR" && chunk.is_sound);
    let header = header.and_then(|chunk| Header::of(chunk.data)).ok_or(CopyRefusal::Damaged)?;
    means.judge_size((header.width, header.height))?;
    let mut walked = Walked::new(bytes);
    (walked.size, walked.can_hide_text) = ((header.width, header.height), true);
    walked.keep(0..first.end);
    walked.put_fresh_here();
    let mut walk = Walk {
        walked,
        header,
        means,
        colours: Colours::default(),
        has_profile: false,
        used: [false; 256],
        pixels: Pixels::Ahead,
        stream: None,
        is_later_frame: false,
        sequence: 0,
        missing_frames: 0,
        is_announced: false,
        inflated: 0,
    };
    let mut at = first.end;
    loop {
        means.unless_cancelled()?;
        let chunk = Chunk::at(bytes, at)?;
        at = chunk.end;
        if chunk.kind == b"IEND" {
            return walk.end(chunk);
        }
        walk.chunk(chunk)?;
    }
}

impl<'a> Walk<'a, '_> {
    fn chunk(&mut self, chunk: Chunk<'a>) -> Result<(), CopyRefusal> {
        if chunk.is_critical() && !chunk.is_sound {
            return Err(CopyRefusal::Damaged);
        }
        if self.pixels == Pixels::Here && chunk.kind != b"IDAT" {
            self.pixels = Pixels::Behind;
        }
        match chunk.kind {
            b"IDAT" => self.default_picture(chunk),
            b"acTL" | b"fcTL" | b"fdAT" => self.animation(chunk),
            b"iCCP" => self.profile(chunk),
            _ => self.other(chunk),
        }
    }

    fn default_picture(&mut self, chunk: Chunk<'a>) -> Result<(), CopyRefusal> {
        if self.pixels == Pixels::Behind {
            return Err(CopyRefusal::Damaged);
        }
        if self.pixels == Pixels::Ahead {
            if self.header.needs_palette() && !self.colours.has(*b"PLTE") {
                return Err(CopyRefusal::Damaged);
            }
            self.pixels = Pixels::Here;
            (self.stream, self.is_announced) = (Some(self.begin(self.header)?), false);
        }
        self.feed(chunk, 0)
    }

    fn animation(&mut self, chunk: Chunk<'a>) -> Result<(), CopyRefusal> {
        // Without `acTL` before the pixels, these chunks have no meaning.
        let is_ahead = self.pixels == Pixels::Ahead;
        if chunk.kind == b"acTL" && is_ahead && !self.walked.is_animated && chunk.data.len() == 8 {
            self.walked.is_animated = true;
            self.missing_frames = u32_be(chunk.data, 0).unwrap_or_default();
        } else if !self.walked.is_animated {
            self.drop_chunk(chunk);
            return Ok(());
        } else if chunk.kind == b"fdAT" {
            self.number(chunk)?;
            self.is_announced = false;
            return if self.is_later_frame { self.feed(chunk, 4) } else { Err(CopyRefusal::Damaged) };
        } else if chunk.kind == b"fcTL" {
            self.number(chunk)?;
            let [_, _, _, _, rest @ ..] = chunk.data else { return Err(CopyRefusal::Damaged) };
            if chunk.data.len() != 26 || self.is_announced {
                return Err(CopyRefusal::Damaged);
            }
            let frame = self.header.frame(rest).ok_or(CopyRefusal::Damaged)?;
            // How a frame is disposed of and blended. The first one, if it is the default picture, covers it.
            let is_known = matches!(chunk.data, [.., 0..=2, 0 | 1]);
            let is_covered =
                !is_ahead || (frame.width, frame.height) == (self.header.width, self.header.height);
            let missing = self.missing_frames.checked_sub(1).filter(|_| is_known && is_covered);
            self.missing_frames = missing.ok_or(CopyRefusal::Damaged)?;
            if !is_ahead {
                self.finish_stream()?;
                (self.stream, self.is_later_frame) = (Some(self.begin(frame)?), true);
            }
            self.is_announced = true;
        } else {
            return Err(CopyRefusal::Damaged);
        }
        if !chunk.is_sound {
            return Err(CopyRefusal::Damaged);
        }
        self.walked.keep(chunk.at..chunk.end);
        Ok(())
    }

    /// Checks the number with which `fcTL` and `fdAT` begin.
    fn number(&mut self, chunk: Chunk) -> Result<(), CopyRefusal> {
        if u32_be(chunk.data, 0) != Some(self.sequence) || !chunk.is_sound {
            return Err(CopyRefusal::Damaged);
        }
        self.sequence += 1;
        Ok(())
    }

    fn begin(&mut self, frame: Header) -> Result<Stream, CopyRefusal> {
        let length = frame.inflated_length().ok_or(CopyRefusal::TooLarge)?;
        self.inflated = self.inflated.saturating_add(length);
        if self.inflated > MOST_INFLATED {
            return Err(CopyRefusal::TooLarge);
        }
        Ok(Stream::of(length, frame.indices()))
    }

    /// Copies a chunk with pixels up to the end of its stream.
    fn feed(&mut self, chunk: Chunk<'a>, head: usize) -> Result<(), CopyRefusal> {
        let (numbered, deflated) = chunk.data.split_at_checked(head).ok_or(CopyRefusal::Damaged)?;
        let stream = self.stream.as_mut().ok_or(CopyRefusal::Damaged)?;
        let used = stream.feed(deflated)?;
        if used == deflated.len() {
            self.walked.keep(chunk.at..chunk.end);
        } else {
            let hidden = deflated.get(used..).unwrap_or_default();
            self.walked.cut(hidden);
            if used > 0 {
                let kept = deflated.get(..used).unwrap_or_default();
                self.walked.make(made_chunk(*chunk.kind, &[numbered, kept])?);
            } else if head > 0 {
                // Leaving it out would leave a gap in the numbers.
                return Err(CopyRefusal::Damaged);
            }
        }
        Ok(())
    }

    fn finish_stream(&mut self) -> Result<(), CopyRefusal> {
        let stream = self.stream.take().filter(Stream::is_whole).ok_or(CopyRefusal::Incomplete)?;
        self.used.iter_mut().zip(stream.used()).for_each(|(used, more)| *used |= more);
        Ok(())
    }

    fn profile(&mut self, chunk: Chunk<'a>) -> Result<(), CopyRefusal> {
        let inflated = chunk
            .data
            .iter()
            .take(80)
            .position(|byte| *byte == 0)
            .and_then(|name| profile::inflated(chunk.data.get(name + 1..)?.strip_prefix(&[0])?));
        let is_first = self.pixels == Pixels::Ahead && !self.has_profile && !self.colours.has(*b"PLTE");
        let found = match inflated.filter(|_| is_first && chunk.is_sound) {
            Some(profile) => profile::again(&profile)?,
            None => Found::Ignored,
        };
        match found {
            Found::Made { profile, behind } => {
                self.has_profile = true;
                self.walked.note(Carried::Profile);
                self.walked.after_end += behind as u64;
                let deflated = profile::deflated(&profile)?;
                self.walked.make(made_chunk(*b"iCCP", &[PROFILE_NAME, &deflated])?);
            }
            Found::Ignored => self.drop_chunk(chunk),
        }
        Ok(())
    }

    fn other(&mut self, chunk: Chunk<'a>) -> Result<(), CopyRefusal> {
        let piece = self.walked.pieces.len();
        let fate = if self.pixels == Pixels::Ahead && chunk.is_sound {
            self.colours.take(*chunk.kind, chunk.data, self.header.kind(), piece)
        } else {
            Fate::Dropped
        };
        match fate {
            // It is written when it is known which colours are used and what overrules it.
            Fate::Candidate => self.walked.make(Vec::new()),
            Fate::Unused => {}
            Fate::Dropped if chunk.kind == b"PLTE" && self.header.needs_palette() => {
                return Err(CopyRefusal::Damaged);
            }
            Fate::Dropped if chunk.is_critical() && chunk.kind != b"PLTE" => {
                return Err(CopyRefusal::Unknown);
            }
            Fate::Dropped => self.drop_chunk(chunk),
        }
        Ok(())
    }

    fn drop_chunk(&mut self, chunk: Chunk<'a>) {
        match chunk.kind {
            b"eXIf" => self.walked.take_exif(chunk.data),
            b"caBX" => self.walked.has_credentials = true,
            // These are judged by what they say.
            b"tEXt" | b"zTXt" | b"iTXt" | b"comf" => {}
            _ => self.walked.note(Carried::OtherMetadata),
        }
        self.walked.drop_part(chunk.at..chunk.end);
    }

    fn end(mut self, chunk: Chunk<'a>) -> Result<Walked<'a>, CopyRefusal> {
        if !chunk.data.is_empty() || !chunk.is_sound || self.is_announced || self.pixels == Pixels::Ahead {
            return Err(CopyRefusal::Damaged);
        }
        self.finish_stream()?;
        if self.missing_frames > 0 {
            return Err(CopyRefusal::Incomplete);
        }
        for written in self.colours.written(self.has_profile, &self.used, self.header.kind().1) {
            let (piece, chunk) = written?;
            if let Some(piece) = self.walked.pieces.get_mut(piece) {
                *piece = Piece::Made(chunk);
            }
        }
        self.means.unless_cancelled()?;
        self.walked.keep(chunk.at..chunk.end);
        self.walked.end(chunk.end);
        Ok(self.walked)
    }
}

/// Returns the fresh chunks: orientation and camera, parameters, XMP.
pub(super) fn parts(fresh: &Fresh) -> Result<Vec<Vec<u8>>, CopyRefusal> {
    let mut parts = Vec::new();
    if let Some(exif) = &fresh.exif {
        parts.push(made_chunk(*b"eXIf", &[exif])?);
    }
    if let Some(text) = &fresh.parameters {
        parts.push(parameters(text)?);
    }
    if let Some(xmp) = &fresh.xmp {
        parts.push(made_chunk(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", xmp.as_bytes()])?);
    }
    Ok(parts)
}

/// Writes parameters as the web UI of AUTOMATIC1111 does: `tEXt` if Latin-1 can hold them, else `iTXt`.
fn parameters(text: &str) -> Result<Vec<u8>, CopyRefusal> {
    let latin: Option<Vec<u8>> = text
        .chars()
        .map(|char| u8::try_from(char).ok().filter(|byte| !(0x7f..0xa0).contains(byte)))
        .collect();
    match latin {
        Some(latin) => made_chunk(*b"tEXt", &[b"parameters\0", &latin]),
        None => made_chunk(*b"iTXt", &[b"parameters\0\0\0\0\0", text.as_bytes()]),
    }
}

/// Writes a chunk whose data has these parts.
pub(super) fn made_chunk(kind: [u8; 4], data: &[&[u8]]) -> Result<Vec<u8>, CopyRefusal> {
    let data = data.concat();
    let length = i32::try_from(data.len()).map_err(|_| CopyRefusal::TextTooLong)?;
    Ok([&length.to_be_bytes()[..], &kind, &data, &checksum(kind, &data).to_be_bytes()].concat())
}

fn checksum(kind: [u8; 4], data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(&kind);
    crc.update(data);
    crc.sum()
}

/// Returns a PNG with the pixels of another one, which has the same size and colour type and is not
/// interlaced.
pub(super) fn with_pixels(bytes: &[u8], encoded: &[u8]) -> Result<Vec<u8>, CopyRefusal> {
    let mut made = SIGNATURE.to_vec();
    let mut has_pixels = false;
    for chunk in chunks(bytes) {
        let chunk = chunk?;
        match chunk.kind {
            b"IHDR" => {
                let (_interlace, fields) = chunk.data.split_last().ok_or(CopyRefusal::Damaged)?;
                made.extend(made_chunk(*b"IHDR", &[fields, &[0]])?);
            }
            b"IDAT" if has_pixels => {}
            b"IDAT" => {
                has_pixels = true;
                for chunk in chunks(encoded) {
                    let chunk = chunk?;
                    if chunk.kind == b"IDAT" {
                        made.extend_from_slice(encoded.get(chunk.at..chunk.end).unwrap_or_default());
                    }
                }
            }
            _ => made.extend_from_slice(bytes.get(chunk.at..chunk.end).unwrap_or_default()),
        }
    }
    Ok(made)
}

fn chunks(bytes: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, CopyRefusal>> {
    let mut at = SIGNATURE.len();
    std::iter::from_fn(move || {
        let chunk = (at < bytes.len()).then(|| Chunk::at(bytes, at))?;
        at = chunk.as_ref().map_or(bytes.len(), |chunk| chunk.end);
        Some(chunk)
    })
}
