//! Places in PNG and GIF: colours that no pixel has, and fields that no browser uses.

use super::super::corpus::{chunk, chunks, converted};
use super::super::derive;
use super::super::made::CLEAR;
use super::{Planted, SHORT, WORD, are_clean};
use vitrine_tests::animated::a_moving_gif;
use vitrine_tests::pictures::{a_gif, a_png};

/// Three colours, which make a word.
const COLOURS: &[u8; 9] = b"zqMarker!";

/// Inserts chunks before the first chunk of this kind.
fn with(bytes: &[u8], before: [u8; 4], more: &[([u8; 4], &[u8])]) -> Vec<u8> {
    let mut made = bytes[..8].to_vec();
    let mut is_done = false;
    for (kind, data) in chunks(bytes) {
        if kind == before && !is_done {
            is_done = true;
            made.extend(more.iter().flat_map(|(kind, data)| chunk(*kind, data)));
        }
        // These would decide alone.
        if !matches!(&kind, b"sRGB" | b"gAMA" | b"cHRM" | b"pHYs" | b"bKGD" | b"tIME" | b"tEXt" | b"iCCP") {
            made.extend(chunk(kind, data));
        }
    }
    made
}

/// Makes a PNG with five colours and three more, none of which a pixel has.
fn indexed(options: &[&str], transparent: bool) -> Vec<u8> {
    let png = a_png(30, 20).bytes();
    let options = [&["-colors", "5", "-define", "png:bit-depth=8", "-define", "png:color-type=3"], options];
    let png = converted(&png, &options.concat(), "png");
    let palette = chunks(&png).into_iter().find(|(kind, _)| kind == b"PLTE").unwrap().1.to_vec();
    let mut made = png[..8].to_vec();
    for (kind, data) in chunks(&png) {
        if &kind == b"PLTE" {
            made.extend(chunk(kind, &[&palette[..], COLOURS].concat()));
            if transparent {
                let colours = palette.len() / 3;
                made.extend(chunk(*b"tRNS", &[&vec![200; colours][..], b"zqM"].concat()));
            }
        } else if &kind != b"tRNS" {
            made.extend(chunk(kind, data));
        }
    }
    made
}

#[test]
fn words_in_colours_and_fields_of_png_that_change_nothing_are_not_copied() {
    let colour = a_png(30, 20).bytes();
    let clear = a_png(30, 20).with_opacity(90).bytes();
    let hdr: ([u8; 4], &[u8]) = (*b"cICP", &[9, 16, 0, 1]);
    let (four, three) = (WORD.repeat(4), WORD.repeat(3));
    let before = |more: &[([u8; 4], &[u8])]| with(&colour, *b"IDAT", more);
    let suggested = [&b"zqMarker\0\x08"[..], &WORD.repeat(3)[..6]].concat();
    are_clean(vec![
        Planted::of("a palette", indexed(&[], false)),
        Planted::of("an interlaced palette", indexed(&["-interlace", "PNG"], false)),
        Planted::of("a palette with alpha", indexed(&[], true)),
        Planted::of("a palette that is only proposed", before(&[(*b"PLTE", COLOURS)])),
        Planted::of("suggested colours", before(&[(*b"sPLT", &suggested)])),
        Planted::of("primaries", before(&[(*b"gAMA", &[0, 0, 0xb1, 0x8f]), (*b"cHRM", &four)])),
        Planted::of("gamma", before(&[(*b"gAMA", SHORT)])),
        Planted::of("significant bits", before(&[(*b"sBIT", SHORT)])),
        Planted::of("the background", before(&[(*b"bKGD", b"zqMk!!")])),
        Planted::of("the density", before(&[(*b"pHYs", b"zqMarker\x01")])),
        Planted::of("a display", before(&[hdr, (*b"mDCV", &three)])),
        Planted::of("light", before(&[hdr, (*b"cLLI", WORD)])),
        Planted::of("a transparent colour beside alpha", with(&clear, *b"IDAT", &[(*b"tRNS", b"zqMk!!")])),
    ]);
}

#[test]
fn chunks_of_colours_that_others_overrule_are_not_copied() {
    let png = a_png(30, 20).bytes();
    let gamma: ([u8; 4], &[u8]) = (*b"gAMA", &[0, 0, 0xb1, 0x8f]);
    let primaries: Vec<u8> =
        [31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000_u32].map(u32::to_be_bytes).concat();
    let all = [(*b"sRGB", &[0][..]), gamma, (*b"cHRM", &primaries), (*b"cICP", &[1, 13, 0, 1])];
    let kinds = |bytes: &[u8]| {
        let copy = derive(bytes, &CLEAR).unwrap();
        assert!(copy.removed.is_empty(), "{:?}", copy.removed);
        chunks(&copy.bytes)
            .into_iter()
            .map(|(kind, _)| kind)
            .filter(|kind| kind[0] != b'I')
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&with(&png, *b"IDAT", &all)), [*b"cICP"]);
    assert_eq!(kinds(&with(&png, *b"IDAT", &all[..3])), [*b"sRGB"]);
    assert_eq!(kinds(&with(&png, *b"IDAT", &all[1..3])), [*b"gAMA", *b"cHRM"]);
    assert!(kinds(&with(&png, *b"IDAT", &all[2..3])).is_empty());
}

/// Returns where the first picture of a GIF is, if only blocks of known kinds precede it.
fn picture(bytes: &[u8]) -> usize {
    let mut at = 13 + (3 << ((bytes[10] & 7) + 1)) * usize::from(bytes[10] >> 7);
    while bytes[at] == 0x21 {
        at += 2;
        while bytes[at] > 0 {
            at += usize::from(bytes[at]) + 1;
        }
        at += 1;
    }
    assert_eq!(bytes[at], 0x2c);
    at
}

/// Makes a table of colours longer. It begins at `at`, and its size is in the flags at `flags`.
fn longer(bytes: &[u8], flags: usize, at: usize) -> Vec<u8> {
    let size = bytes[flags] & 7;
    let end = at + (3 << (size + 1));
    // Room for the word, also behind two colours.
    let more: Vec<u8> = COLOURS.iter().copied().cycle().take((3 << (size + 3)) - (3 << (size + 1))).collect();
    let mut made = [&bytes[..end], &more, &bytes[end..]].concat();
    made[flags] += 2;
    made
}

#[test]
fn words_in_colours_of_gif_that_no_pixel_has_are_not_copied() {
    let few = converted(&a_png(40, 30).bytes(), &["-colors", "6"], "gif");
    let moving = a_moving_gif(24, [[200, 10, 10], [10, 10, 200]]);
    let mut planted = Vec::new();
    for (name, gif) in [("gif", &few), ("moving gif", &moving)] {
        let at = picture(gif);
        if gif[10] & 0x80 > 0 {
            planted.push(Planted::of(format!("{name}: the table of all pictures"), longer(gif, 10, 13)));
            // The same table as that of the first picture, and another one for all.
            let (table, size) = (gif[13..13 + (3 << ((gif[10] & 7) + 1))].to_vec(), gif[10] & 7);
            let all: Vec<u8> = COLOURS.iter().copied().cycle().take(3 << 4).collect();
            let head = [&gif[..10], &[0xf3, 0, 0], &all, &gif[13 + table.len()..at + 10]].concat();
            let descriptor = head.len() - 1;
            let mut own = [&head, &table, &gif[at + 10..]].concat();
            own[descriptor] |= 0x80 | size;
            if name == "gif" {
                planted.push(Planted::of("gif: a table that no picture uses", own.clone()));
                planted.push(Planted::of(
                    "gif: the table of a picture",
                    longer(&own, descriptor, descriptor + 1),
                ));
            }
        } else {
            planted
                .push(Planted::of(format!("{name}: the table of a picture"), longer(gif, at + 9, at + 10)));
        }
    }
    assert!(planted.len() >= 4);
    are_clean(planted);
}

#[test]
fn fields_of_gif_without_a_meaning_say_nothing() {
    let gif = a_gif(50, 40).bytes();
    let copy = derive(&gif, &CLEAR).unwrap().bytes;
    let mut other = gif.clone();
    // How many colours there were, whether they are sorted, the background and the shape of a pixel.
    other[10] ^= 0x78;
    (other[11], other[12]) = (b'z', b'q');
    let at = picture(&other);
    // Whether the colours are sorted, and reserved bits.
    other[at + 9] |= 0x38;
    assert_eq!(derive(&other, &CLEAR).unwrap().bytes, copy);
    // Reserved bits, input, and a colour that is not transparent. The first control is the later one.
    let control = b"\x21\xf9\x04\xe2zqM\0";
    let controlled = [&gif[..at], control, &gif[at..]].concat();
    let clean = b"\x21\xf9\x04\0zq\0\0";
    let expected = derive(&[&gif[..at], clean, &gif[at..]].concat(), &CLEAR).unwrap().bytes;
    let found = derive(&controlled, &CLEAR).unwrap().bytes;
    assert_eq!(found, expected);
}
