use super::*;

/// Returns a profile of one grey curve, and these tags.
pub(in crate::public_copy) fn grey(more: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let curve = b"curv\0\0\0\0\0\0\0\x01\x02\x33";
    let tags = [&[(b"kTRC", &curve[..])], more].concat();
    let mut profile = vec![0; HEADER];
    profile[8..10].copy_from_slice(&[2, 0x40]);
    profile[12..24].copy_from_slice(b"mntrGRAYXYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
    let mut at = profile.len() + tags.len() * ENTRY;
    for (name, data) in &tags {
        profile.extend(*name);
        profile.extend(u32::try_from(at).unwrap().to_be_bytes());
        profile.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        at += data.len();
    }
    profile.extend(tags.iter().flat_map(|(_, data)| *data));
    let length = u32::try_from(profile.len()).unwrap().to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

fn made_again(profile: &[u8]) -> Vec<u8> {
    match again(profile).unwrap() {
        Found::Made { profile, .. } => profile,
        Found::Ignored => panic!("no profile"),
    }
}

#[test]
fn a_profile_keeps_only_tags_that_convert_colours_and_nothing_beside_them() {
    let text = b"text\0\0\0\0secret\0";
    let tags: [(&[u8; 4], &[u8]); 3] = [(b"cprt", text), (b"Prvt", text), (b"dmnd", text)];
    let mut profile = grey(&tags);
    let plain = made_again(&grey(&[]));
    assert_eq!(made_again(&profile), plain);
    assert_eq!(made_again(&plain), plain);
    // Signatures, the id, reserved bytes of the header, and bytes between the tags and behind them.
    for place in (4..8).chain(24..36).chain(40..64).chain(80..HEADER) {
        profile[place] = b'S';
    }
    profile.extend(b"secret");
    assert_eq!(made_again(&profile), plain);
    let length = u32::try_from(profile.len()).unwrap().to_be_bytes();
    profile[..4].copy_from_slice(&length);
    assert_eq!(made_again(&profile), plain);
    assert!(plain.windows(14).any(|window| window == b"Colour profile"));
}

#[test]
fn a_profile_that_is_needed_and_not_understood_is_refused() {
    let mut other = grey(&[]);
    other[16..20].copy_from_slice(b"RGB ");
    let mut newer = grey(&[]);
    newer[8] = 5;
    let tables = grey(&[(b"A2B0", b"zzzz\0\0\0\0secret")]);
    let elements = grey(&[(b"D2B0", b"mpet\0\0\0\0secret")]);
    let text = grey(&[(b"wtpt", b"XYZ \0\0\0\0secret text!")]);
    for profile in [other, newer, tables, elements, text] {
        assert!(matches!(again(&profile), Err(CopyRefusal::Profile)));
    }
    assert!(matches!(again(b"secret"), Ok(Found::Ignored)));
    assert!(matches!(again(&grey(&[])[..140]), Ok(Found::Ignored)));
}

#[test]
fn tables_of_every_kind_are_read_to_their_last_byte() {
    let curve = b"curv\0\0\0\0\0\0\0\0";
    let parametric = b"para\0\0\0\0\0\0\0\0\0\x02\x33\x33";
    let simple = |kind: &[u8; 4], sizes: &[u8], width: usize, entries: usize| {
        let grid = 2 * 2 * 2 * 3;
        let values = vec![9; (3 * entries + grid + 3 * entries) * width];
        [&kind[..], &[0; 4], &[3, 3, 2, b'S'], &[0; 36], sizes, &values].concat()
    };
    let offsets = |at: [u32; 5]| at.map(u32::to_be_bytes).concat();
    // The parts lie in another order than that in which they are written.
    let head = |at| [&b"mAB \0\0\0\0\x03\x03SS"[..], &offsets(at)].concat();
    let curves = curve.repeat(3);
    let grid = [&[2, 2, 2][..], &[b'S'; 13], &[1, b'S', b'S', b'S'], &[7; 24]].concat();
    let parts = [
        head([32 + 44, 32 + 44 + 36, 32 + 44 + 36 + 48, 32, 32 + 44 + 36 + 48 + 48]),
        grid,
        curves,
        vec![1; 48],
        parametric.repeat(3),
        curve.repeat(3),
    ];
    for (table, length) in [
        (simple(b"mft1", &[], 1, 256), 48 + 256 * 3 + 24 + 256 * 3),
        (simple(b"mft2", &[0, 4, 0, 4], 2, 4), 52 + 2 * (12 + 24 + 12)),
        (parts.concat(), 32 + 36 + 48 + 48 + 44 + 36),
    ] {
        let longer = [&table[..], b"secret"].concat();
        let made = made_again(&grey(&[(b"A2B0", &longer)]));
        assert_eq!(made, made_again(&made));
        let entry = made.windows(4).position(|window| window == b"A2B0").unwrap();
        assert_eq!(u32_be(&made, entry + 8), u32::try_from(length).ok());
        assert!(!made.windows(6).any(|window| window == b"secret") && !made.contains(&b'S'));
        let shorter = &table[..table.len() - 1];
        assert!(matches!(again(&grey(&[(b"A2B0", shorter)])), Err(CopyRefusal::Profile)));
    }
}
