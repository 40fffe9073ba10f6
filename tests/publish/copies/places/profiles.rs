//! Places in colour profiles, in every container; and that colours are the same with a profile that was made again.

use super::super::corpus::{chunk, deflated, profile, riff_chunk, segment};
use super::super::made::CLEAR;
use super::super::{derive, exiftool};
use super::{Planted, WORD, are_clean};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;
use vitrine_core::model::CopyRefusal;
use vitrine_tests::pictures::{a_gif, a_jpeg, a_png, a_webp};

fn in_webp(profile: &[u8]) -> Vec<u8> {
    let webp = a_webp(20, 10).bytes();
    let extended = riff_chunk(*b"VP8X", &[0x20, 0, 0, 0, 19, 0, 0, 9, 0, 0]);
    let body = [b"WEBP".to_vec(), extended, riff_chunk(*b"ICCP", profile), webp[12..].to_vec()].concat();
    riff_chunk(*b"RIFF", &body)
}

/// Puts a profile into a file of each format.
fn containers(profile: &[u8]) -> [(&'static str, Vec<u8>); 4] {
    let png = a_png(20, 10).bytes();
    let png =
        [&png[..33], &chunk(*b"iCCP", &[b"zqMarker\0\0", deflated(profile).as_slice()].concat()), &png[33..]];
    let jpeg = a_jpeg(20, 10).bytes();
    let jpeg =
        [&jpeg[..2], &segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", profile].concat()), &jpeg[2..]].concat();
    let gif = a_gif(20, 10).bytes();
    let blocks =
        profile.chunks(255).flat_map(|block| [&[u8::try_from(block.len()).unwrap()], block].concat());
    let block = [&b"\x21\xff\x0bICCRGBG1012"[..], &blocks.collect::<Vec<_>>(), &[0]].concat();
    let (end, rest) = gif.split_last().unwrap();
    [
        ("png", png.concat()),
        ("jpeg", jpeg),
        ("webp", in_webp(profile)),
        ("gif", [rest, &block, &[*end]].concat()),
    ]
}

/// Moves the tags of a profile to make room for a word before them.
fn with_gap(profile: &[u8]) -> Vec<u8> {
    let count = usize::try_from(u32::from_be_bytes(profile[128..132].try_into().unwrap())).unwrap();
    let start = 132 + count * 12;
    let mut made = [&profile[..start], WORD, &profile[start..]].concat();
    for entry in 0..count {
        let place = &mut made[136 + entry * 12..140 + entry * 12];
        let moved = u32::from_be_bytes(place.try_into().unwrap()) + 8;
        place.copy_from_slice(&moved.to_be_bytes());
    }
    longer(made)
}

/// Says in a profile how long it is.
fn longer(mut profile: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(profile.len()).unwrap().to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

#[test]
fn words_in_profiles_are_not_copied() {
    let plain = profile(&[]);
    let text = [b"text\0\0\0\0", &WORD[..], b"\0"].concat();
    let described = [&b"desc\0\0\0\0\0\0\0\x09"[..], WORD, &[0; 79]].concat();
    let unicode = [&b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0cenUS\0\0\0\x08\0\0\0\x1c"[..], WORD].concat();
    let mut header = plain.clone();
    header[120..128].copy_from_slice(WORD);
    let mut signatures = plain.clone();
    signatures[48..56].copy_from_slice(WORD);
    let mut id = plain.clone();
    id[84..92].copy_from_slice(WORD);
    let places = [
        ("the description", profile(&[(*b"desc", &described)])),
        ("the copyright", profile(&[(*b"cprt", &text)])),
        ("the manufacturer", profile(&[(*b"dmnd", &described)])),
        ("the model", profile(&[(*b"dmdd", &unicode)])),
        ("metadata", profile(&[(*b"meta", &text)])),
        ("a private tag", profile(&[(*b"zqPv", &text)])),
        ("behind a curve", profile(&[(*b"kTRC", &[b"curv\0\0\0\0\0\0\0\0", &WORD[..]].concat())])),
        ("a gap between the tags", with_gap(&plain)),
        ("behind the last tag", longer([&plain[..], WORD].concat())),
        ("behind the profile", [&plain[..], WORD].concat()),
        ("reserved bytes", header),
        ("signatures", signatures),
        ("the id", id),
    ];
    let planted = places.iter().flat_map(|(place, profile)| {
        let of = |(format, bytes)| Planted::of(format!("{place} in {format}"), bytes);
        containers(profile).map(of)
    });
    are_clean(planted.collect());
}

#[test]
fn a_profile_that_is_not_understood_is_a_refusal() {
    for (format, bytes) in containers(&profile(&[(*b"A2B0", b"zzzz\0\0\0\0zqMarker")])) {
        assert_eq!(derive(&bytes, &CLEAR).unwrap_err(), CopyRefusal::Profile, "{format}");
    }
}

/// Returns real profiles: those of Ghostscript, and those of real pictures beside the repository.
fn real_profiles() -> Vec<(PathBuf, Vec<u8>)> {
    let list = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/images");
    let ghostscript = list(Path::new("/usr/share/color/icc/ghostscript"));
    let pictures = ["icc-over-64k", "transparent-wide-gamut"].iter().flat_map(|name| list(&cases.join(name)));
    let mut profiles: Vec<_> = pictures
        .map(|path| (path.clone(), exiftool::binary(&std::fs::read(path).unwrap(), "-ICC_Profile")))
        .chain(ghostscript.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())))
        .filter(|(_, profile)| matches!(profile.get(16..20), Some(b"RGB " | b"GRAY" | b"CMYK")))
        .collect();
    profiles.sort();
    profiles
}

/// Converts a picture from a profile to another one with the CMM of `ImageMagick`, Little CMS.
fn converted_from(profile: &[u8], intent: &str, target: &Path, picture: &Path) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("own.icc");
    std::fs::write(&own, profile).unwrap();
    let mut command = Command::new("convert");
    let command =
        command.arg(picture).args(["-intent", intent, "-profile"]).arg(own).arg("-profile").arg(target);
    let output = command.args(["-depth", "16", "rgb:-"]).output().expect("ImageMagick is needed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[test]
fn colours_are_the_same_with_a_profile_that_was_made_again() {
    let target = Path::new("/usr/share/color/icc/ghostscript/a98.icc");
    if !target.is_file() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut compared = 0;
    let own = std::fs::read(target).unwrap();
    // Nothing is converted from a profile to itself.
    for (path, profile) in real_profiles().into_iter().filter(|(_, profile)| *profile != own) {
        let space: [u8; 4] = profile[16..20].try_into().unwrap();
        let options: &[&str] = match &space {
            b"GRAY" => &["-colorspace", "Gray"],
            b"CMYK" => &["-colorspace", "CMYK"],
            _ => &["-colorspace", "sRGB"],
        };
        let picture = folder.path().join("picture.tif");
        let mut command = Command::new("convert");
        let command = command.args(["-size", "64x64", "-seed", "3", "plasma:red-blue", "-depth", "8"]);
        assert!(command.args(options).arg(&picture).status().unwrap().success());
        // A segment of JPEG would be too short for some of them.
        let copy = derive(&in_webp(&profile), &CLEAR);
        let copy = copy.unwrap_or_else(|refusal| panic!("{}: {refusal}", path.display()));
        let made = exiftool::binary(&copy.bytes, "-ICC_Profile");
        assert!(!made.is_empty() && made.len() <= profile.len() + 300, "{}", path.display());
        for intent in ["Perceptual", "Relative", "Saturation", "Absolute"] {
            let of = |profile: &[u8]| converted_from(profile, intent, target, &picture);
            assert!(of(&made) == of(&profile), "{} {intent}", path.display());
        }
        compared += 1;
    }
    assert!(compared >= 8, "{compared}");
}
