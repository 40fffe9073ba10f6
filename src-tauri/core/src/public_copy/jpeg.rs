//! JPEG (ITU-T T.81): which segments make the picture, and where it ends.

mod frame;
mod scan;
mod tables;

use super::fresh::Fresh;
use super::profile::{self, Found};
use super::walked::{Means, Walked, u16_be};
use crate::model::{Carried, CopyRefusal};
use frame::Frame;
use std::ops::Range;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";
/// The length of `JFIF`, version, units, density and the size of a preview, in bytes.
const JFIF_LENGTH: usize = 14;
/// The length of `Adobe`, version, flags and transform, in bytes.
const ADOBE_LENGTH: usize = 12;
/// The longest data of a segment, in bytes.
const LONGEST: usize = 65_533;
/// The most scans of one picture. Encoders make a dozen.
const MOST_SCANS: usize = 100;

/// What was walked so far.
struct Walk<'a> {
    walked: Walked<'a>,
    jfif: Option<&'a [u8]>,
    adobe: Option<&'a [u8]>,
    profile: Vec<(u8, &'a [u8])>,
    frame: Frame,
    scans: usize,
    /// Tables, the frame and scans, in order.
    picture: Vec<Part>,
}

/// A part of the picture.
enum Part {
    /// This range of the file.
    Kept(Range<usize>),
    Made(Vec<u8>),
    /// A segment with these tables, of which the used ones are kept.
    Tables {
        marker: u8,
        data: Range<usize>,
        list: Range<usize>,
    },
}

/// Walks through the segments and the coded data up to the end of the picture.
pub(super) fn walk<'a>(bytes: &'a [u8], means: &Means) -> Result<Walked<'a>, CopyRefusal> {
    if !bytes.starts_with(b"\xff\xd8") {
        return Err(CopyRefusal::Damaged);
    }
    let mut walk = Walk {
        walked: Walked::new(bytes),
        jfif: None,
        adobe: None,
        profile: Vec::new(),
        frame: Frame::default(),
        scans: 0,
        picture: Vec::new(),
    };
    let mut at = 2;
    loop {
        means.unless_cancelled()?;
        if *bytes.get(at).ok_or(CopyRefusal::Incomplete)? != 0xff {
            return Err(CopyRefusal::Damaged);
        }
        // Fill bytes may precede a marker (B.1.1.2).
        let fill = bytes.get(at..).unwrap_or_default().iter().position(|byte| *byte != 0xff);
        let code_at = at + fill.ok_or(CopyRefusal::Incomplete)?;
        let marker = *bytes.get(code_at).ok_or(CopyRefusal::Incomplete)?;
        if marker == 0xd9 {
            return walk.end(code_at + 1);
        }
        let length = usize::from(u16_be(bytes, code_at + 1).ok_or(CopyRefusal::Incomplete)?);
        let (start, end) = (code_at + 3, code_at + 1 + length);
        if length < 2 || matches!(marker, 0x00..=0xbf | 0xd0..=0xd8) {
            return Err(CopyRefusal::Damaged);
        }
        let data = bytes.get(start..end).ok_or(CopyRefusal::Incomplete)?;
        let segment = code_at - 1..end;
        at = end;
        match marker {
            0xc0..=0xc2 | 0xc4 | 0xdb..=0xdd => {
                let list = walk.frame.take(marker, data)?;
                if let Some(size) = walk.frame.size() {
                    means.judge_size(size)?;
                    walk.walked.size = size;
                }
                walk.picture.push(match marker {
                    0xc4 | 0xdb | 0xdd => Part::Tables { marker, data: start..end, list },
                    _ => Part::Kept(segment),
                });
            }
            0xda => {
                walk.scans += 1;
                if walk.scans > MOST_SCANS {
                    return Err(CopyRefusal::TooLarge);
                }
                let coded = walk.frame.scan(data)?;
                if coded.header == data {
                    walk.picture.push(Part::Kept(segment));
                } else {
                    walk.picture.push(Part::Made(self::segment(marker, &[&coded.header])?));
                }
                let scan = scan::read(bytes, end, coded, means)?;
                at = end;
                for (range, made) in scan.edits {
                    walk.picture.push(Part::Kept(at..range.start));
                    walk.picture.push(Part::Made(made));
                    at = range.end;
                }
                walk.picture.push(Part::Kept(at..scan.end));
                at = scan.end;
            }
            0xe0..=0xef | 0xfe => walk.application(marker, data, segment),
            // Arithmetic coding, lossless and hierarchical pictures are among these. No viewer shows them.
            _ => return Err(CopyRefusal::Unknown),
        }
    }
}

impl<'a> Walk<'a> {
    fn application(&mut self, marker: u8, data: &'a [u8], segment: Range<usize>) {
        let before_pixels = self.scans == 0;
        match marker {
            0xe0 if data.starts_with(b"JFIF\0") && data.len() >= JFIF_LENGTH && self.jfif.is_none() => {
                self.jfif = Some(data);
                if data.len() > JFIF_LENGTH {
                    self.walked.note(Carried::Thumbnail);
                    self.walked.dropped.push(data);
                }
                return;
            }
            0xee if data.starts_with(b"Adobe") && data.len() >= ADOBE_LENGTH && self.adobe.is_none() => {
                self.adobe = Some(data);
                if data.len() > ADOBE_LENGTH {
                    self.walked.note(Carried::OtherMetadata);
                    self.walked.dropped.push(data);
                }
                return;
            }
            0xe2 if data.starts_with(PROFILE) && before_pixels => {
                if let [number, _, part @ ..] = data.get(PROFILE.len()..).unwrap_or_default() {
                    self.profile.push((*number, part));
                    return;
                }
                self.walked.note(Carried::OtherMetadata);
            }
            0xe0 if data.starts_with(b"JFXX\0") => self.walked.note(Carried::Thumbnail),
            0xe1 if data.starts_with(EXIF) => self.walked.take_exif(data),
            // These are judged by what they say.
            0xe1 if data.starts_with(XMP) => {}
            0xe2 if data.starts_with(b"MPF\0") => self.walked.note(Carried::MorePictures),
            0xeb if data.starts_with(b"JP") => self.walked.has_credentials = true,
            0xfe => self.walked.note(Carried::Comment),
            _ => self.walked.note(Carried::OtherMetadata),
        }
        self.walked.drop_part(segment);
    }

    fn end(mut self, at: usize) -> Result<Walked<'a>, CopyRefusal> {
        if self.scans == 0 {
            return Err(CopyRefusal::Incomplete);
        }
        self.walked.keep(0..2);
        if let Some(data) = self.jfif {
            // Its version, 1.00 to 1.02. Browsers do not use the density.
            let minor = data.get(6).copied().filter(|minor| *minor <= 2).unwrap_or(1);
            self.walked.make(segment(0xe0, &[b"JFIF\0\x01", &[minor], &[0, 0, 1, 0, 1, 0, 0]])?);
        }
        self.walked.put_fresh_here();
        self.write_profile()?;
        if let Some(transform) = self.adobe.and_then(|data| data.get(ADOBE_LENGTH - 1)) {
            // The version that all programs write, no flags, and how colours are transformed.
            if *transform > 2 {
                return Err(CopyRefusal::Unknown);
            }
            self.walked.make(segment(0xee, &[b"Adobe\0\x64\0\0\0\0", &[*transform]])?);
        }
        self.frame.finish();
        for part in std::mem::take(&mut self.picture) {
            match part {
                Part::Kept(range) => self.walked.keep(range),
                Part::Made(bytes) => self.walked.make(bytes),
                Part::Tables { marker, data, list } => {
                    let used = self.frame.tables(list);
                    if self.walked.bytes.get(data.clone()) == Some(&used) {
                        self.walked.keep(data.start - 4..data.end);
                    } else if !used.is_empty() {
                        self.walked.make(segment(marker, &[&used])?);
                    }
                }
            }
        }
        self.walked.make(vec![0xff, 0xd9]);
        let rest = self.walked.bytes.get(at..).unwrap_or_default();
        // A second picture, or the film of a motion photo.
        if rest.starts_with(b"\xff\xd8\xff") || rest.get(4..8) == Some(b"ftyp") {
            self.walked.note(Carried::MorePictures);
        }
        self.walked.end(at);
        Ok(self.walked)
    }

    /// Joins the parts of the profile, and writes them again in order (ICC.1:2022, B.4). Most files count
    /// from one, some from zero.
    fn write_profile(&mut self) -> Result<(), CopyRefusal> {
        let mut parts = std::mem::take(&mut self.profile);
        if parts.is_empty() {
            return Ok(());
        }
        parts.sort_by_key(|(number, _)| *number);
        let first = parts.first().map_or(0, |(number, _)| usize::from(*number));
        let is_complete = first <= 1
            && parts.iter().enumerate().all(|(at, (number, _))| usize::from(*number) == at + first);
        let joined: Vec<u8> = parts.iter().flat_map(|(_, part)| *part).copied().collect();
        let found = if is_complete { profile::again(&joined)? } else { Found::Ignored };
        let Found::Made { profile, behind } = found else {
            self.walked.note(Carried::OtherMetadata);
            self.walked.dropped.extend(parts.iter().map(|(_, part)| *part));
            return Ok(());
        };
        self.walked.after_end += behind as u64;
        let room = LONGEST - PROFILE.len() - 2;
        let count = u8::try_from(profile.len().div_ceil(room)).map_err(|_| CopyRefusal::Damaged)?;
        self.walked.note(Carried::Profile);
        for (number, part) in (1..=count).zip(profile.chunks(room)) {
            self.walked.make(segment(0xe2, &[PROFILE, &[number, count], part])?);
        }
        Ok(())
    }
}

/// Returns the fresh segments: EXIF with the parameters, and XMP.
pub(super) fn parts(fresh: &Fresh) -> Result<Vec<Vec<u8>>, CopyRefusal> {
    let mut parts = Vec::new();
    if let Some(exif) = &fresh.exif {
        parts.push(segment(0xe1, &[EXIF, exif])?);
    }
    if let Some(xmp) = &fresh.xmp {
        parts.push(segment(0xe1, &[XMP, xmp.as_bytes()])?);
    }
    Ok(parts)
}

fn segment(marker: u8, data: &[&[u8]]) -> Result<Vec<u8>, CopyRefusal> {
    let data = data.concat();
    let length = u16::try_from(data.len() + 2).map_err(|_| CopyRefusal::TextTooLong)?;
    Ok([&[0xff, marker][..], &length.to_be_bytes(), &data].concat())
}

#[cfg(test)]
mod tests;
