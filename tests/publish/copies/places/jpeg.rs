//! Places in JPEG: tables and fields that no decoder uses.

use super::super::corpus::{converted, first_scan, segment};
use super::super::derive;
use super::super::made::CLEAR;
use super::{Planted, SHORT, WORD, are_clean};
use vitrine_core::model::CopyRefusal;
use vitrine_tests::pictures::{a_jpeg, a_png};

/// Inserts segments before the first scan.
fn before_scan(bytes: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    let at = first_scan(bytes);
    [&bytes[..at], &segments.concat(), &bytes[at..]].concat()
}

/// Inserts segments at the start.
fn at_start(bytes: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&bytes[..2], &segments.concat(), &bytes[2..]].concat()
}

/// Replaces the data of the first segment of a kind that fits.
fn replaced(bytes: &[u8], marker: u8, change: &dyn Fn(&[u8]) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut at = 2;
    while bytes[at + 1] != 0xda {
        let end = at + 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        if bytes[at + 1] == marker
            && let Some(data) = change(&bytes[at + 4..end])
        {
            return [&bytes[..at], &segment(marker, &data), &bytes[end..]].concat();
        }
        at = end;
    }
    panic!("no such segment");
}

/// Returns a Huffman table of alternating coefficients with the word as its values.
fn codes(slot: u8) -> Vec<u8> {
    let mut counts = [0; 16];
    counts[7] = 8;
    segment(0xc4, &[&[slot][..], &counts, WORD].concat())
}

fn steps(slot: u8) -> Vec<u8> {
    segment(0xdb, &[&[slot][..], &WORD.repeat(8)].concat())
}

/// Adds codes of sixteen bits with the word to a table of alternating coefficients.
fn with_more_codes(data: &[u8]) -> Option<Vec<u8>> {
    let mut longer = data.to_vec();
    (data[0] == 0x10 && data[16] == 0).then(|| {
        longer[16] = 8;
        longer.extend(WORD);
        longer
    })
}

#[test]
fn words_in_tables_and_fields_that_no_scan_uses_are_not_copied() {
    let small = a_png(96, 80).bytes();
    let jpeg = a_jpeg(120, 90).bytes();
    let progressive = converted(&small, &["-interlace", "JPEG"], "jpg");
    let optimised = converted(&small, &["-quality", "40", "-define", "jpeg:optimize-coding=true"], "jpg");
    let flat = converted(&a_png(8, 8).bytes(), &["-scale", "1x1!", "-scale", "40x40!"], "jpg");
    let flat_progressive = converted(&flat, &["-interlace", "JPEG"], "jpg");
    let ends_with_word = |data: &[u8]| {
        let (kept, _) = data.split_at_checked(57)?;
        Some([kept, WORD].concat())
    };
    let thumbnail = |data: &[u8]| Some([&data[..12], &[3, 1], &WORD[..], b"!"].concat());
    let density = |data: &[u8]| Some([&data[..8], SHORT, &[0, 0]].concat());
    let adobe = segment(0xee, &[b"Adobe\0\x64", &SHORT[..], &[1]].concat());
    let mut planted = Vec::new();
    for (name, bytes) in [("jpeg", &jpeg), ("progressive jpeg", &progressive)] {
        for (place, bytes) in [
            ("codes of a slot that no scan uses", before_scan(bytes, &[codes(0x13)])),
            ("codes that are replaced", at_start(bytes, &[codes(0x10)])),
            ("steps of a slot that no component uses", before_scan(bytes, &[steps(3)])),
            ("steps that are replaced", at_start(bytes, &[steps(0)])),
            ("the preview of JFIF", replaced(bytes, 0xe0, &thumbnail)),
            ("the density of JFIF", replaced(bytes, 0xe0, &density)),
            ("the flags of Adobe", before_scan(bytes, std::slice::from_ref(&adobe))),
        ] {
            planted.push(Planted::of(format!("{name}: {place}"), bytes));
        }
    }
    planted.push(Planted::of("codes that do not occur", replaced(&optimised, 0xc4, &with_more_codes)));
    planted.push(Planted::of("steps of zeros", replaced(&flat, 0xdb, &ends_with_word)));
    let steps = replaced(&flat_progressive, 0xdb, &ends_with_word);
    planted.push(Planted::of("steps of zeros of a progressive jpeg", steps));
    are_clean(planted);
}

#[test]
fn intervals_that_are_replaced_and_fields_without_a_meaning_say_nothing() {
    let jpeg = a_jpeg(40, 30).bytes();
    let copy = derive(&jpeg, &CLEAR).unwrap().bytes;
    let intervals: Vec<_> = ["zq", "Ma", "rk", "er"].map(|two| segment(0xdd, two.as_bytes())).into();
    let none = segment(0xdd, &[0, 0]);
    let many = before_scan(&jpeg, &[intervals, vec![none.clone()]].concat());
    assert_eq!(derive(&many, &CLEAR).unwrap().bytes, before_scan(&copy, &[none]));
    let mut band = jpeg.clone();
    let at = first_scan(&band);
    let header = usize::from(u16::from_be_bytes([band[at + 2], band[at + 3]]));
    band[at + 2 + header - 3..at + 2 + header].copy_from_slice(b"zqM");
    assert_eq!(derive(&band, &CLEAR).unwrap().bytes, copy);
}

#[test]
fn scans_that_a_later_one_overwrites_are_refused() {
    for bytes in [a_jpeg(40, 30).bytes(), converted(&a_png(40, 30).bytes(), &["-interlace", "JPEG"], "jpg")] {
        let at = first_scan(&bytes);
        let end =
            at + 2 + bytes[at + 2..].windows(2).position(|pair| pair[0] == 0xff && pair[1] > 0).unwrap();
        let twice = [&bytes[..end], &bytes[at..end], &bytes[end..]].concat();
        assert_eq!(derive(&twice, &CLEAR).unwrap_err(), CopyRefusal::Damaged);
    }
}
