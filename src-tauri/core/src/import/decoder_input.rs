//! The part of a file that a decoder receives: pixels and whatever changes how
//! they look. `metadata` reads the texts, within a budget, and decoders have no
//! budget for them.

use crate::model::ImageFormat;
use std::borrow::Cow;
use std::ops::Range;

/// Fewer segments of text than this cost a decoder nothing.
const FEW: usize = 32;
/// Texts with fewer bytes than this cost a decoder nothing either.
const SHORT: usize = 1 << 20;

/// Returns the file without its texts, if these could keep a decoder busy.
pub(super) fn without_texts(bytes: &[u8], format: ImageFormat) -> Cow<'_, [u8]> {
    let texts = match format {
        ImageFormat::Jpeg => jpeg_texts(bytes),
        ImageFormat::Png => png_chunks(bytes, |kind| matches!(kind, b"tEXt" | b"zTXt" | b"iTXt")),
        ImageFormat::WebP | ImageFormat::Gif => Vec::new(),
    };
    if texts.len() < FEW && texts.iter().map(Range::len).sum::<usize>() < SHORT {
        return Cow::Borrowed(bytes);
    }
    Cow::Owned(without(bytes, texts))
}

/// Returns a file with its pixels and nothing else, if it has more. A part that is
/// not as it should be, and that says nothing of the pixels, is no reason to refuse
/// a picture.
pub(super) fn pixels_alone(bytes: &[u8], format: ImageFormat) -> Option<Vec<u8>> {
    const PIXELS: [&[u8; 4]; 5] = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"];
    let others = match format {
        ImageFormat::Jpeg => jpeg_texts(bytes),
        ImageFormat::Png => png_chunks(bytes, |kind| !PIXELS.contains(&kind)),
        ImageFormat::WebP | ImageFormat::Gif => Vec::new(),
    };
    (!others.is_empty()).then(|| without(bytes, others))
}

fn without(bytes: &[u8], parts: Vec<Range<usize>>) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for part in parts {
        kept.extend_from_slice(bytes.get(at..part.start).unwrap_or_default());
        at = part.end;
    }
    kept.extend_from_slice(bytes.get(at..).unwrap_or_default());
    kept
}

/// Returns the segments before the first scan that do not change how pixels
/// look: comments, and all application segments except JFIF, profiles and
/// Adobe's. If the file is not as it should be, the decoder judges the rest.
fn jpeg_texts(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = bytes.get(at..at + 4) {
        let is_text = matches!(marker, 0xe1 | 0xe3..=0xed | 0xef | 0xfe);
        let length = usize::from(u16::from_be_bytes([high, low]));
        // A length has to count itself. Behind a text where it does not, the next marker follows.
        let end = at + 2 + if is_text { length.max(2) } else { length };
        if marker == 0xda || end > bytes.len() || end < at + 4 {
            break;
        }
        if is_text {
            found.push(at..end);
        }
        at = end;
    }
    found
}

fn png_chunks(bytes: &[u8], is_meant: impl Fn(&[u8; 4]) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 8;
    while let Some((&length, rest)) = bytes.get(at..).and_then(<[u8]>::split_first_chunk::<4>)
        && let Some(kind) = rest.first_chunk()
    {
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let Some(end) = length.checked_add(at + 12).filter(|end| *end <= bytes.len()) else { break };
        if is_meant(kind) {
            found.push(at..end);
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], &kind, data, &[0; 4]].concat()
    }

    #[test]
    fn long_texts_are_removed_and_everything_else_stays() {
        let (head, text, rest) =
            (chunk(*b"IHDR", &[1; 13]), chunk(*b"tEXt", &vec![b'a'; SHORT]), chunk(*b"IDAT", &[2; 9]));
        let file = [b"\x89PNG\r\n\x1a\n", head.as_slice(), &text, &rest].concat();
        assert_eq!(
            *without_texts(&file, ImageFormat::Png),
            [b"\x89PNG\r\n\x1a\n", head.as_slice(), &rest].concat()
        );
        let short = [b"\x89PNG\r\n\x1a\n", head.as_slice(), &chunk(*b"tEXt", b"k\0v"), &rest].concat();
        assert!(matches!(without_texts(&short, ImageFormat::Png), Cow::Borrowed(_)));
    }

    #[test]
    fn many_segments_are_removed_but_not_profiles_or_data_after_a_scan() {
        let segment = |marker: u8| [0xff, marker, 0, 4, 7, 7];
        let profile = segment(0xe2);
        let scan = [segment(0xda), segment(0xe1)].concat();
        let file = [&[0xff, 0xd8][..], &segment(0xe1).repeat(FEW), &profile, &scan].concat();
        assert_eq!(*without_texts(&file, ImageFormat::Jpeg), [&[0xff, 0xd8][..], &profile, &scan].concat());
    }

    #[test]
    fn truncated_files_are_left_unchanged() {
        let segment = [0xff, 0xe1, 0, 4, 7, 7].repeat(FEW * 2);
        let file = [&[0xff, 0xd8][..], &segment, &[0xff, 0xe1, 0xff, 0xff]].concat();
        for end in 0..file.len() {
            without_texts(&file[..end], ImageFormat::Jpeg);
            without_texts(&file[..end], ImageFormat::Png);
        }
    }
}
