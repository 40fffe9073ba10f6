use super::*;
use crate::import::{Memory, ReadLimits};
use tokio_util::sync::CancellationToken;

/// Makes a copy with these limits.
fn derive_within(original: &[u8], terms: &Terms, limits: ReadLimits) -> Result<PublicCopy, CopyRefusal> {
    let (memory, cancel) = (Memory::default(), CancellationToken::new());
    let format = ImageFormat::from_signature(original).unwrap();
    derive(original, format, terms, &Means { limits: &limits, memory: &memory, cancel: &cancel })
}

fn derived(original: &[u8], terms: &Terms) -> Result<PublicCopy, CopyRefusal> {
    derive_within(original, terms, ReadLimits::default())
}

fn encoded(format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let colour = |x: u32, y: u32| u8::try_from(x * 7 + y).unwrap();
    let picture = image::RgbImage::from_fn(17, 11, |x, y| image::Rgb([colour(x, y), 9, colour(y, x)]));
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

/// Returns a PNG with more chunks after its header.
fn png_with(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut bytes = encoded(image::ImageFormat::Png);
    let rest = bytes.split_off(33);
    for (kind, data) in chunks {
        bytes.extend(png::made_chunk(**kind, &[data]).unwrap());
    }
    [bytes, rest].concat()
}

const FORMATS: [image::ImageFormat; 4] =
    [image::ImageFormat::Png, image::ImageFormat::Jpeg, image::ImageFormat::WebP, image::ImageFormat::Gif];

#[test]
fn a_file_without_metadata_is_its_own_copy() {
    for format in FORMATS {
        let mut original = encoded(format);
        if format == image::ImageFormat::Jpeg {
            // Its tables have steps for coefficients that are zero everywhere.
            original = derived(&original, &Terms::default()).unwrap().bytes;
        }
        let copy = derived(&original, &Terms::default()).unwrap();
        assert_eq!((&copy.bytes, copy.removed.len(), copy.kept.len()), (&original, 0, 0), "{format:?}");
    }
}

#[test]
fn unknown_critical_chunks_are_refused_and_others_are_left_out() {
    let critical = png_with(&[(b"Nope", b"secret")]);
    assert_eq!(derived(&critical, &Terms::default()).unwrap_err(), CopyRefusal::Unknown);
    let ancillary = derived(&png_with(&[(b"noPe", b"secret")]), &Terms::default()).unwrap();
    assert_eq!(ancillary.removed, [Carried::OtherMetadata]);
    assert_eq!(ancillary.bytes, encoded(image::ImageFormat::Png));
}

#[test]
fn chunks_of_colours_that_are_longer_than_their_format_allows_are_left_out() {
    let long = png_with(&[(b"gAMA", b"\0\0\xb1\x8fsecret"), (b"pHYs", b"secret text")]);
    assert_eq!(derived(&long, &Terms::default()).unwrap().bytes, encoded(image::ImageFormat::Png));
    let gamma = png_with(&[(b"gAMA", b"\0\0\xb1\x8f"), (b"gAMA", b"text")]);
    let copy = derived(&gamma, &Terms::default()).unwrap().bytes;
    assert!(contains(&copy, b"gAMA\0\0\xb1\x8f") && !contains(&copy, b"text"));
}

#[test]
fn bytes_behind_the_compressed_pixels_are_cut() {
    let original = encoded(image::ImageFormat::Png);
    let mut longer = original.clone();
    let end = longer.split_off(longer.len() - 12);
    longer.extend(png::made_chunk(*b"IDAT", &[b"secret"]).unwrap());
    longer.extend(end);
    let copy = derived(&longer, &Terms::default()).unwrap();
    assert_eq!(copy.removed, [Carried::BytesAfterEnd { bytes: Bytes(6) }]);
    assert_eq!(copy.bytes, original);
}

#[test]
fn bytes_behind_the_codes_of_a_gif_are_cut() {
    let original = encoded(image::ImageFormat::Gif);
    let mut longer = original.clone();
    // The last sub-block of the picture, its terminator and the trailer end a file.
    longer.truncate(longer.len() - 2);
    longer.extend(b"\x06secret\0\x3b");
    let copy = derived(&longer, &Terms::default()).unwrap();
    assert_eq!(copy.removed, [Carried::BytesAfterEnd { bytes: Bytes(7) }]);
    assert_eq!(copy.bytes, original);
}

#[test]
fn bytes_between_the_coded_data_of_a_jpeg_and_its_end_are_refused() {
    let mut bytes = encoded(image::ImageFormat::Jpeg);
    bytes.truncate(bytes.len() - 2);
    bytes.extend(b"secret\xff\xd9");
    assert_eq!(derived(&bytes, &Terms::default()).unwrap_err(), CopyRefusal::Damaged);
}

#[test]
fn codes_of_a_gif_are_read_through_full_tables_to_their_end() {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    for side in [1, 2, 30, 200] {
        for shades in [2, 3, 16, 255] {
            let picture = image::RgbImage::from_fn(side, side, |x, y| {
                // Half noise, half flat, so that codes of all lengths occur.
                let shade = if x < side / 2 { next() % shades } else { u8::try_from(y / 50).unwrap_or(0) };
                image::Rgb([shade, 255 - shade, 7])
            });
            let mut bytes = std::io::Cursor::new(Vec::new());
            picture.write_to(&mut bytes, image::ImageFormat::Gif).unwrap();
            let copy = derived(bytes.get_ref(), &Terms::default()).unwrap();
            assert!(copy.bytes == *bytes.get_ref(), "{side} {shades}");
        }
    }
}

#[test]
fn padding_of_webp_is_not_copied() {
    let original = encoded(image::ImageFormat::WebP);
    let chunk = |kind: &[u8; 4], data: &[u8], padding: u8| {
        let length = u32::try_from(data.len()).unwrap().to_le_bytes();
        [kind.as_slice(), &length, data, &[padding][..data.len() % 2]].concat()
    };
    let length = usize::from(original[16]);
    let mut pixels = original[20..20 + length].to_vec();
    if length.is_multiple_of(2) {
        // Decoders do not look at a byte behind the picture.
        pixels.push(b'S');
    }
    let body = [b"WEBP".as_slice(), &chunk(b"VP8L", &pixels, b'S')].concat();
    let copy = derived(&chunk(b"RIFF", &body, 0), &Terms::default()).unwrap();
    assert_eq!(copy.bytes, original);
}

#[test]
fn limits_are_kept_before_anything_is_decoded() {
    for format in FORMATS {
        let original = encoded(format);
        for limits in [
            ReadLimits { max_bytes: 20, ..ReadLimits::default() },
            ReadLimits { max_side: 16, ..ReadLimits::default() },
            ReadLimits { max_pixels: 100, ..ReadLimits::default() },
        ] {
            let refused = derive_within(&original, &Terms::default(), limits);
            assert_eq!(refused.unwrap_err(), CopyRefusal::TooLarge, "{format:?} {limits:?}");
        }
    }
}

#[test]
fn a_cancelled_copy_is_refused() {
    let (limits, memory, cancel) = (ReadLimits::default(), Memory::default(), CancellationToken::new());
    cancel.cancel();
    let means = Means { limits: &limits, memory: &memory, cancel: &cancel };
    for format in FORMATS {
        let bytes = encoded(format);
        let format = ImageFormat::from_signature(&bytes).unwrap();
        let refused = derive(&bytes, format, &Terms::default(), &means).unwrap_err();
        assert_eq!(refused, CopyRefusal::Cancelled, "{format:?}");
    }
}

#[test]
fn a_prompt_that_does_not_fit_into_a_jpeg_is_refused() {
    let long = "a fox ".repeat(11_000);
    let bytes = encoded(image::ImageFormat::Jpeg);
    let description = Terms { description: Some(&long), ..Terms::default() };
    let parameters = Terms { parameters: Some(&long), ..Terms::default() };
    for terms in [description, parameters] {
        assert_eq!(derived(&bytes, &terms).unwrap_err(), CopyRefusal::TextTooLong);
        assert!(derived(&encoded(image::ImageFormat::Png), &terms).is_ok());
    }
}

#[test]
fn a_simple_webp_gets_an_extended_header_only_with_metadata() {
    let original = encoded(image::ImageFormat::WebP);
    assert!(!contains(&derived(&original, &Terms::default()).unwrap().bytes, b"VP8X"));
    let terms = Terms { parameters: Some("a fox"), declare_ai: true, ..Terms::default() };
    let copy = derived(&original, &terms).unwrap().bytes;
    // The flags of EXIF and XMP; width and height less one.
    assert_eq!(copy[12..30], *b"VP8X\x0a\0\0\0\x0c\0\0\0\x10\0\0\x0a\0\0");
}

#[test]
fn a_gif_of_the_first_version_becomes_one_of_the_second_if_it_gets_metadata() {
    let mut original = encoded(image::ImageFormat::Gif);
    original[4] = b'7';
    assert!(derived(&original, &Terms::default()).unwrap().bytes.starts_with(b"GIF87a"));
    let copy = derived(&original, &Terms { declare_ai: true, ..Terms::default() }).unwrap().bytes;
    assert!(copy.starts_with(b"GIF89a") && contains(&copy, b"trainedAlgorithmicMedia"));
}
