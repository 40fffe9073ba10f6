use super::*;
use crate::import::from_bytes;
use crate::import::pictures::{Picture, a_gif, a_jpeg, a_png, a_webp, bomb_png};
use crate::model::{Rejection, RejectionReason};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::codecs::jpeg::JpegDecoder;
use image::{ImageBuffer, ImageDecoder, ImageEncoder};
use std::io::Cursor;

fn source(bytes: Vec<u8>) -> SourceImage {
    from_bytes("a picture", bytes, &ReadLimits::default()).unwrap()
}

fn decode(source: &SourceImage, limits: &ReadLimits, size: ThumbnailSize) -> Result<Decoded, Rejection> {
    super::decode(source, limits, size, &Memory::default(), &CancellationToken::new())
}

fn decoded(bytes: Vec<u8>) -> Decoded {
    decode(&source(bytes), &ReadLimits::default(), ThumbnailSize::Medium).unwrap()
}

fn refused(bytes: Vec<u8>) -> RejectionReason {
    decode(&source(bytes), &ReadLimits::default(), ThumbnailSize::Medium).unwrap_err().code
}

fn opened(thumbnail: &[u8]) -> DynamicImage {
    image::load_from_memory(thumbnail).unwrap()
}

fn assert_near(pixel: image::Rgba<u8>, expected: [u8; 3]) {
    let is_near = pixel.0.iter().zip(expected).all(|(got, want)| got.abs_diff(want) < 12);
    assert!(is_near, "{pixel:?} is not near {expected:?}");
}

fn one_of_each_format(width: u32, height: u32) -> [Picture; 4] {
    [a_png(width, height), a_jpeg(width, height), a_webp(width, height), a_gif(width, height)]
}

#[test]
fn every_format_gets_its_size_and_a_thumbnail_of_512_pixels() {
    for picture in one_of_each_format(1024, 640) {
        let decoded = decoded(picture.landmarks().bytes());
        assert_eq!((decoded.width, decoded.height), (1024, 640));
        let thumbnail = opened(&decoded.thumbnail).to_rgba8();
        assert_eq!(thumbnail.dimensions(), (512, 320));
        assert_near(*thumbnail.get_pixel(256, 20), [255, 255, 255]);
        assert_near(*thumbnail.get_pixel(100, 250), [255, 0, 0]);
        assert_near(*thumbnail.get_pixel(400, 250), [0, 0, 255]);
    }
}

#[test]
fn a_small_picture_is_not_enlarged_and_a_thin_one_keeps_a_pixel() {
    let small = decoded(a_png(40, 30).bytes());
    assert_eq!((opened(&small.thumbnail).width(), opened(&small.thumbnail).height()), (40, 30));
    let thin = decoded(a_png(8000, 3).bytes());
    assert_eq!((thin.width, thin.height), (8000, 3));
    assert_eq!((opened(&thin.thumbnail).width(), opened(&thin.thumbnail).height()), (512, 1));
}

#[test]
fn a_thumbnail_has_the_requested_size_and_comes_with_a_small_one() {
    let picture = as_png(&DynamicImage::new_rgb8(2000, 1000));
    for (size, longer) in
        [(ThumbnailSize::Small, 256), (ThumbnailSize::Medium, 512), (ThumbnailSize::Large, 1280)]
    {
        let decoded = decode(&source(picture.clone()), &ReadLimits::default(), size).unwrap();
        let thumbnail = opened(&decoded.thumbnail);
        assert_eq!((thumbnail.width(), thumbnail.height()), (longer, longer / 2));
        let small = decoded.small.map(|small| opened(&small).width());
        assert_eq!(small, (size != ThumbnailSize::Small).then_some(256));
    }
    let little = decoded(as_png(&DynamicImage::new_rgb8(200, 100)));
    assert_eq!(little.small, None);
}

#[test]
fn opaque_thumbnails_are_jpegs_and_transparent_ones_keep_their_alpha() {
    let opaque = decoded(a_png(600, 600).bytes());
    assert!(opaque.thumbnail.starts_with(b"\xff\xd8\xff"));
    for picture in [a_png(600, 600), a_webp(600, 600)] {
        let transparent = decoded(picture.landmarks().with_opacity(100).bytes());
        assert_eq!(&transparent.thumbnail[8..12], b"WEBP");
        let pixel = *opened(&transparent.thumbnail).to_rgba8().get_pixel(100, 300);
        assert_eq!(pixel.0, [255, 0, 0, 100]);
    }
}

/// Where the red, the blue and the white of the landmarks are after turning, according
/// to the table of the EXIF standard (tag 274: the side of the 0th row and column).
#[test]
fn all_eight_orientations_turn_thumbnail_and_size() {
    let (white, red, blue) = ([255, 255, 255], [255, 0, 0], [0, 0, 255]);
    for (orientation, size, [top_left, bottom_left, top_right, bottom_right]) in [
        (1, (600, 400), [white, red, white, blue]),
        (2, (600, 400), [white, blue, white, red]),
        (3, (600, 400), [blue, white, red, white]),
        (4, (600, 400), [red, white, blue, white]),
        (5, (400, 600), [white, white, red, blue]),
        (6, (400, 600), [red, blue, white, white]),
        (7, (400, 600), [blue, red, white, white]),
        (8, (400, 600), [white, white, blue, red]),
    ] {
        for picture in [a_png(600, 400), a_jpeg(600, 400), a_webp(600, 400)] {
            let decoded = decoded(picture.landmarks().with_exif_orientation(orientation).bytes());
            assert_eq!((decoded.width, decoded.height), size, "{orientation}");
            let thumbnail = opened(&decoded.thumbnail).to_rgba8();
            let (right, bottom) = (thumbnail.width() - 4, thumbnail.height() - 4);
            assert_near(*thumbnail.get_pixel(3, 3), top_left);
            assert_near(*thumbnail.get_pixel(3, bottom), bottom_left);
            assert_near(*thumbnail.get_pixel(right, 3), top_right);
            assert_near(*thumbnail.get_pixel(right, bottom), bottom_right);
        }
    }
}

#[test]
fn an_orientation_that_does_not_exist_is_ignored() {
    let decoded = decoded(a_jpeg(60, 40).with_exif_orientation(9).bytes());
    assert_eq!((decoded.width, decoded.height), (60, 40));
}

#[test]
fn a_bomb_of_a_few_bytes_is_refused_by_the_size_it_claims() {
    let bomb = bomb_png(60_000, 60_000);
    assert!(bomb.len() < 100);
    assert_eq!(refused(bomb), RejectionReason::TooManyPixels);
    assert_eq!(refused(bomb_png(20_000, 20_000)), RejectionReason::TooManyPixels);
    assert_eq!(refused(bomb_png(u32::MAX, u32::MAX)), RejectionReason::TooManyPixels);
    assert_eq!(refused(bomb_png(0, 10)), RejectionReason::Failed);
    let mut gif = a_gif(4, 4).bytes();
    gif[6..10].fill(0xff);
    assert_eq!(refused(gif), RejectionReason::TooManyPixels);
}

#[test]
fn a_frame_far_larger_than_its_gif_takes_no_memory() {
    let mut gif = a_gif(4, 4).bytes();
    let descriptor = gif.iter().position(|byte| *byte == 0x2c).unwrap();
    gif[descriptor + 5..descriptor + 9].fill(0xff);
    assert!(decode(&source(gif), &ReadLimits::default(), ThumbnailSize::Medium).is_err());
}

#[test]
fn sixteen_bits_per_channel_count_double_against_the_limit() {
    let limits = ReadLimits { max_pixels: 100 * 100, ..ReadLimits::default() };
    let wide = DynamicImage::new_rgba16(100, 100);
    assert_eq!(
        decode(&source(as_png(&wide)), &limits, ThumbnailSize::Medium).unwrap_err().code,
        RejectionReason::TooManyPixels
    );
    assert!(
        decode(&source(as_png(&DynamicImage::new_rgba8(100, 100))), &limits, ThumbnailSize::Medium).is_ok()
    );
}

fn as_png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn grey_deep_and_transparent_pngs_keep_their_appearance() {
    let orange = DynamicImage::ImageRgb8(ImageBuffer::from_pixel(700, 500, image::Rgb([240, 130, 20])));
    // ITU-R BT.709 luma of this orange: 0.2126 R + 0.7152 G + 0.0722 B = 145.
    for (picture, expected) in [
        (DynamicImage::ImageLuma8(orange.to_luma8()), [145; 3]),
        (DynamicImage::ImageLumaA8(orange.to_luma_alpha8()), [145; 3]),
        (DynamicImage::ImageLuma16(orange.to_luma16()), [145; 3]),
        (DynamicImage::ImageLumaA16(orange.to_luma_alpha16()), [145; 3]),
        (DynamicImage::ImageRgb16(orange.to_rgb16()), [240, 130, 20]),
        (DynamicImage::ImageRgba16(orange.to_rgba16()), [240, 130, 20]),
        (DynamicImage::ImageRgba8(orange.to_rgba8()), [240, 130, 20]),
    ] {
        let thumbnail = decoded(as_png(&picture)).thumbnail;
        assert!(thumbnail.starts_with(b"\xff\xd8\xff"), "{:?} is opaque", picture.color());
        assert_near(*opened(&thumbnail).to_rgba8().get_pixel(200, 200), expected);
    }
    let ghost = DynamicImage::ImageLumaA16(ImageBuffer::from_pixel(600, 600, image::LumaA([65_535, 32_896])));
    let thumbnail = opened(&decoded(as_png(&ghost)).thumbnail).to_rgba8();
    assert_eq!(thumbnail.get_pixel(100, 100).0, [255, 255, 255, 128]);
}

#[test]
fn colour_under_full_transparency_does_not_bleed_into_edges() {
    // Visible white next to invisible black: a naive filter draws a grey fringe.
    let picture = ImageBuffer::from_fn(1024, 64, |x, _| {
        if x < 511 { image::Rgba([255, 255, 255, 255]) } else { image::Rgba([0, 0, 0, 0]) }
    });
    let thumbnail = opened(&decoded(as_png(&DynamicImage::ImageRgba8(picture))).thumbnail).to_rgba8();
    assert!(thumbnail.pixels().filter(|pixel| pixel.0[3] > 8).all(|pixel| pixel.0[0] > 240));
}

#[test]
fn a_palette_png_and_a_cmyk_jpeg_are_decoded() {
    // Four pixels with two bits each: black, red, green, blue.
    let palette = "iVBORw0KGgoAAAANSUhEUgAAAAQAAAABAgMAAACEUudeAAAADFBMVEUAAAD/AAAA/wAAAP+bwBPcAAAACklEQVR4nGOQBgAAHQAcjvT1IQAAAABJRU5ErkJggg==";
    let thumbnail = decoded(BASE64_STANDARD.decode(palette).unwrap());
    assert_eq!((thumbnail.width, thumbnail.height), (4, 1));

    let mut cmyk = Vec::new();
    let cyan: Vec<u8> = [255, 0, 0, 0].repeat(64 * 64);
    jpeg_encoder::Encoder::new(&mut cmyk, 95).encode(&cyan, 64, 64, jpeg_encoder::ColorType::Cmyk).unwrap();
    assert_near(*opened(&decoded(cmyk).thumbnail).to_rgba8().get_pixel(30, 30), [0, 255, 255]);
}

/// The one-pixel pictures with which web pages test a browser's WebP support: lossy,
/// lossless, with alpha, animated.
#[test]
fn all_kinds_of_webp_are_decoded() {
    for encoded in [
        "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA",
        "UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==",
        "UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==",
        "UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA",
    ] {
        let decoded = decoded(BASE64_STANDARD.decode(encoded).unwrap());
        assert_eq!((decoded.width, decoded.height), (1, 1), "{encoded}");
    }
}

#[test]
fn an_animation_shows_its_first_frame_on_the_whole_canvas() {
    let frame = |colour| image::Frame::new(ImageBuffer::from_pixel(60, 40, image::Rgba(colour)));
    let mut bytes = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut bytes)
        .encode_frames([frame([255, 0, 0, 255]), frame([0, 0, 255, 255])])
        .unwrap();
    let decoded = decoded(bytes);
    assert_eq!((decoded.width, decoded.height), (60, 40));
    assert_near(*opened(&decoded.thumbnail).to_rgba8().get_pixel(30, 20), [255, 0, 0]);
}

#[test]
fn a_thumbnail_has_no_profile_whatever_the_file_says() {
    // Neither is a valid profile; the second claims to be for printing presses.
    for space in [b"RGB ", b"CMYK"] {
        let mut profile = vec![0; 200];
        profile[16..20].copy_from_slice(space);
        let mut bytes = Vec::new();
        let mut encoder = image::codecs::png::PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(profile).unwrap();
        DynamicImage::new_rgb8(600, 4).write_with_encoder(encoder).unwrap();
        let thumbnail = decoded(bytes).thumbnail;
        let found = JpegDecoder::new(Cursor::new(thumbnail)).unwrap().icc_profile().unwrap();
        assert_eq!(found, None);
    }
}

#[test]
fn a_truncated_picture_reports_how_much_of_it_is_there() {
    for picture in one_of_each_format(200, 160).map(Picture::noise) {
        let whole = picture.bytes();
        for percent in [20, 40, 60, 80, 95] {
            let cut = whole[..whole.len() * percent / 100].to_vec();
            let rejection = decode(&source(cut), &ReadLimits::default(), ThumbnailSize::Medium).unwrap_err();
            assert_eq!(rejection.code, RejectionReason::Truncated, "{percent} % of {picture:?}");
            let said = rejection.sentence.split_once(" %").and_then(|(head, _)| head.rsplit(' ').next());
            let said: usize = said.and_then(|number| number.parse().ok()).unwrap();
            // Noise takes the same number of bytes everywhere; headers and tables come
            // before it.
            assert!((percent - 5..=percent + 1).contains(&said), "{percent} % of {picture:?}: {rejection}");
        }
    }
}

#[test]
fn a_picture_without_its_end_marker_is_repaired_and_looks_the_same() {
    for (picture, end) in [(a_png(50, 40), 20), (a_jpeg(50, 40), 2), (a_gif(50, 40), 2)] {
        let whole = picture.bytes();
        let expected = decoded(whole.clone());
        assert_eq!(expected.condition, Condition::Sound, "{picture:?}");
        for missing in 1..=end {
            let repaired = decoded(whole[..whole.len() - missing].to_vec());
            assert_eq!(
                repaired,
                Decoded { condition: Condition::Repaired, ..expected.clone() },
                "{missing} of {picture:?}"
            );
        }
    }
}

#[test]
fn a_damaged_picture_is_reported_as_damaged() {
    let mut flipped = a_png(100, 100).bytes();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x40;
    assert_eq!(refused(flipped), RejectionReason::Failed);
    assert_eq!(refused(b"\x89PNG\r\n\x1a\n\0\0\0\x02ABCDxxxx".to_vec()), RejectionReason::Failed);
}

#[test]
fn no_mutation_of_a_valid_picture_panics_or_takes_much_memory() {
    let limits = ReadLimits { max_pixels: 1 << 20, ..ReadLimits::default() };
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 16).unwrap() % below
    };
    for picture in one_of_each_format(24, 16).map(|picture| picture.with_exif_orientation(6)) {
        let whole = picture.bytes();
        for _ in 0..400 {
            let mut bytes = whole.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                    1 => bytes[at] = 0xff,
                    2 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, u8::try_from(random(256)).unwrap()),
                }
            }
            if let Ok(source) = from_bytes("mutated", bytes, &limits) {
                // Without the function that catches panics, so that a panic fails this
                // test.
                if let Ok(outline) = judged_outline(&source, &limits)
                    && let Ok(plan) = planned(&outline, &source, ThumbnailSize::Medium)
                {
                    let (size, cancel) = (ThumbnailSize::Medium, CancellationToken::new());
                    let _ = decode_whole(&source, &outline, &plan, &limits, size, &cancel);
                }
            }
        }
    }
}
