use super::*;
use crate::import::{Memory, ReadLimits};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use tokio_util::sync::CancellationToken;

/// Returns what a walk keeps of a file.
fn kept(bytes: &[u8]) -> Result<Vec<u8>, CopyRefusal> {
    let (limits, memory, cancel) = (ReadLimits::default(), Memory::default(), CancellationToken::new());
    let means = Means { limits: &limits, memory: &memory, cancel: &cancel };
    walk(bytes, &means).map(|walked| walked.joined(&[], &[]))
}

/// Says whether a copy is its own copy and has the pixels of its original. Its tables say nothing about coefficients
/// and values that do not occur.
fn is_sound(copy: &[u8], original: &[u8]) -> bool {
    let pixels = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().into_bytes();
    kept(copy).unwrap() == copy && pixels(copy) == pixels(original)
}

/// Returns noise, whose blocks use long codes.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn encoded(side: (u16, u16), colours: ColorType, set: impl Fn(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 90);
    set(&mut encoder);
    let channels = if colours == ColorType::Luma { 1 } else { 3 };
    let length = usize::from(side.0) * usize::from(side.1) * channels;
    encoder.encode(&noise(length), side.0, side.1, colours).unwrap();
    bytes
}

#[test]
fn pictures_of_every_sampling_and_coding_are_kept_to_the_last_byte() {
    use SamplingFactor::{R_4_1_0, R_4_1_1, R_4_2_0, R_4_2_2, R_4_4_0, R_4_4_4};
    for sampling in [R_4_4_4, R_4_4_0, R_4_2_2, R_4_2_0, R_4_1_1, R_4_1_0] {
        for side in [(1, 1), (8, 8), (17, 9), (40, 33), (65, 70)] {
            for (scans, restart) in [(0, 0), (0, 3), (4, 0), (12, 0)] {
                let bytes = encoded(side, ColorType::Rgb, |encoder| {
                    encoder.set_sampling_factor(sampling);
                    if scans > 0 {
                        encoder.set_progressive_scans(scans);
                    }
                    encoder.set_restart_interval(restart);
                });
                let copy = kept(&bytes).unwrap();
                assert!(is_sound(&copy, &bytes), "{sampling:?} {side:?} {scans} {restart}");
            }
        }
    }
    let grey = encoded((33, 21), ColorType::Luma, |_| ());
    assert!(is_sound(&kept(&grey).unwrap(), &grey));
}

#[test]
fn restart_markers_that_are_missing_or_out_of_order_are_refused() {
    let bytes = encoded((40, 40), ColorType::Rgb, |encoder| encoder.set_restart_interval(4));
    let place = bytes.windows(2).position(|pair| pair == b"\xff\xd1").unwrap();
    for marker in [0xd0, 0xd2, 0x00, 0xfe] {
        let mut broken = bytes.clone();
        broken[place + 1] = marker;
        assert!(kept(&broken).is_err(), "{marker:x}");
    }
}

#[test]
fn fill_bytes_before_markers_are_not_copied() {
    let bytes = encoded((9, 9), ColorType::Rgb, |_| ());
    let (head, tail) = bytes.split_at(bytes.len() - 2);
    let filled = [&head[..2], &[0xff; 5], &head[2..], &[0xff; 3], tail].concat();
    assert!(kept(&filled).unwrap() == kept(&bytes).unwrap());
}

#[test]
fn tables_and_headers_with_room_for_more_are_refused() {
    let bytes = encoded((9, 9), ColorType::Rgb, |_| ());
    for marker in [0xdb, 0xc4, 0xc0, 0xda] {
        let at = bytes.windows(2).position(|pair| pair == [0xff, marker]).unwrap();
        let length = u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]);
        let end = at + 2 + usize::from(length);
        let longer = (length + 6).to_be_bytes();
        let broken = [&bytes[..at + 2], &longer, &bytes[at + 4..end], b"secret", &bytes[end..]].concat();
        assert_eq!(kept(&broken).unwrap_err(), CopyRefusal::Damaged, "{marker:x}");
    }
}

#[test]
fn kinds_that_no_viewer_shows_are_refused() {
    let bytes = encoded((9, 9), ColorType::Rgb, |_| ());
    let at = bytes.windows(2).position(|pair| pair == b"\xff\xc0").unwrap();
    for marker in [0xc3, 0xc5, 0xc9, 0xca, 0xcf] {
        let mut other = bytes.clone();
        other[at + 1] = marker;
        assert_eq!(kept(&other).unwrap_err(), CopyRefusal::Unknown, "{marker:x}");
    }
}

#[test]
fn parts_of_a_profile_are_put_in_order_and_an_incomplete_one_is_left_out() {
    let profile = profile::tests::grey(&[]);
    let part = |number: u8, part: &[u8]| segment(0xe2, &[PROFILE, &[number, 2], part]).unwrap();
    let (first, second) = (part(1, &profile[..100]), part(2, &profile[100..]));
    let bytes = encoded((9, 9), ColorType::Rgb, |_| ());
    let with = |parts: &[&[u8]]| [&bytes[..2], &parts.concat(), &bytes[2..]].concat();
    let Found::Made { profile, .. } = profile::again(&profile).unwrap() else { panic!("no profile") };
    let whole = segment(0xe2, &[PROFILE, &[1, 1], &profile]).unwrap();
    let copy = kept(&with(&[&second, &first])).unwrap();
    assert!(copy.windows(whole.len()).any(|window| window == whole));
    assert!(kept(&with(&[&second])).unwrap() == kept(&bytes).unwrap());
}
