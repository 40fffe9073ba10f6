use super::fields::Field;
use super::*;

/// Returns a little-endian block with these fields in its first, Exif and GPS directories.
fn block(first: &[Field], second: &[Field], place: &[Field]) -> Vec<u8> {
    let mut first = first.to_vec();
    let after = |list: &[Field]| if list.is_empty() { 0 } else { fields::length(list) };
    let start = 8 + fields::length(&first) + 24;
    first.push(Field::long(EXIF_DIRECTORY, start));
    first.push(Field::long(PLACE_DIRECTORY, start + after(second)));
    let mut block = b"MM\0*\0\0\0\x08".to_vec();
    for directory in [first, second.to_vec(), place.to_vec()] {
        fields::append(&mut block, directory);
    }
    block
}

fn text(tag: u16, text: &str) -> Field {
    let value = [text.as_bytes(), b"\0"].concat();
    Field { tag, kind: 2, count: value.len(), value }
}

fn rational(tag: u16, numbers: &[u32]) -> Field {
    let value = numbers.iter().flat_map(|number| number.to_be_bytes()).collect();
    Field { tag, kind: 5, count: numbers.len() / 2, value }
}

fn contains(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[test]
fn orientation_alone_takes_twenty_six_bytes() {
    let exif = Exif::of(&block(&[Field::short(ORIENTATION, 6), text(0x013b, "an artist")], &[], &[]));
    let written = write(Some(&exif), false, None).unwrap();
    assert_eq!(written, *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0");
    let upright = Exif::of(&block(&[Field::short(ORIENTATION, 1)], &[], &[]));
    assert_eq!(write(Some(&upright), true, None), None);
}

#[test]
fn camera_and_place_are_kept_on_request_without_names_of_people_and_serial_numbers() {
    let exif = Exif::of(&block(
        &[
            text(0x010f, "Fujifilm"),
            text(0x0110, "X-T5"),
            text(0x013b, "an artist"),
            text(0x0131, "software"),
        ],
        &[
            rational(0x829a, &[1, 250]),
            text(0x9003, "2026:11:26 22:40:00"),
            text(0xa431, "serial"),
            text(0xa434, "XF 35mm F1.4"),
            text(USER_COMMENT, "a comment"),
            text(0xa430, "an owner"),
        ],
        &[text(1, "N"), rational(2, &[48, 1, 8, 1, 0, 1]), text(28, "an area")],
    ));
    assert_eq!(exif.carried, BTreeSet::from([Carried::Place, Carried::Camera, Carried::OtherMetadata]));
    let written = write(Some(&exif), true, None).unwrap();
    for kept in ["Fujifilm", "X-T5", "2026:11:26 22:40:00", "XF 35mm F1.4"] {
        assert!(contains(&written, kept), "{kept}");
    }
    for left in ["an artist", "software", "serial", "a comment", "an owner", "an area"] {
        assert!(!contains(&written, left), "{left}");
    }
    let again = Exif::of(&written);
    assert!(again.keeps_place() && again.keeps_camera());
    assert_eq!(again.carried, BTreeSet::from([Carried::Place, Carried::Camera]));
    assert_eq!(write(Some(&again), true, None).unwrap(), written);
    assert_eq!(write(Some(&exif), false, None), None);
}

#[test]
fn texts_of_generators_in_the_fields_of_a_camera_are_not_kept() {
    let prompt = Exif::of(&block(&[text(0x010f, "a fox in snow"), text(0x0110, "prompt:{}")], &[], &[]));
    assert_eq!(write(Some(&prompt), true, None), None);
    let exposed = [rational(0x829a, &[1, 250]), text(0x9003, "a fox in the snow, x")];
    let measured = Exif::of(&block(&[text(0x0110, "prompt:{\"3\"}"), text(0x010f, "Sony")], &exposed, &[]));
    let written = write(Some(&measured), true, None).unwrap();
    assert!(contains(&written, "Sony") && !contains(&written, "prompt") && !contains(&written, "fox"));
}

#[test]
fn text_that_an_entry_takes_for_numbers_is_not_kept() {
    let secret = u32::from_be_bytes(*b"zqAr");
    let exposed = [rational(0x829a, &[1, 250]), rational(0x829d, &[secret, secret])];
    let version = Field { tag: 0, kind: 1, count: 4, value: b"text".to_vec() };
    let place = [text(1, "N"), version, rational(2, &[48, 1, secret, 1, 0, 1])];
    let written = write(Some(&Exif::of(&block(&[], &exposed, &place))), true, None).unwrap();
    assert!(!contains(&written, "zqAr") && !contains(&written, "text"));
}

#[test]
fn adobe_rgb_is_kept_because_it_changes_the_colours() {
    let mut found = Exif { is_adobe_rgb: true, ..Exif::default() };
    found.exposure.push(rational(0x829a, &[1, 250]));
    let written = write(Some(&found), false, Some("a fox")).unwrap();
    let again = Exif::of(&written);
    assert!(again.is_adobe_rgb && again.carried.is_empty());
    assert_eq!(write(Some(&again), false, Some("a fox")).unwrap(), written);
}

#[test]
fn a_preview_is_noticed() {
    let mut block = block(&[Field::short(ORIENTATION, 3)], &[], &[]);
    let next = 8 + 2 + 3 * 12;
    let end = u32::try_from(block.len()).unwrap();
    block[next..next + 4].copy_from_slice(&end.to_be_bytes());
    block.extend([0; 6]);
    assert!(Exif::of(&block).carried.contains(&Carried::Thumbnail));
}

#[test]
fn broken_blocks_say_nothing_and_never_panic() {
    let whole = block(&[text(0x010f, "Fujifilm")], &[rational(0x829a, &[1, 250])], &[text(1, "N")]);
    for end in 0..whole.len() {
        Exif::of(&whole[..end]);
    }
    for at in 0..whole.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut broken = whole.clone();
            broken[at] = value;
            write(Some(&Exif::of(&broken)), true, None);
        }
    }
}
