//! Files that carry everything their format can: a copy carries exactly what was promised.

use super::corpus::{self, Made, SECRETS};
use super::secrets::Searched;
use super::{derive, exiftool, inventory, same_pixels};
use serde_json::{Map, Value};
use vitrine_core::metadata;
use vitrine_core::model::{Carried, CopyRefusal, ImageFormat};
use vitrine_core::public_copy::{PublicCopy, Terms};

pub(crate) const CLEAR: Terms = Terms {
    description: None,
    parameters: None,
    keep_camera: false,
    declare_ai: false,
    keep_credentials: false,
    everything_may_stay: false,
    clear_hidden: true,
};

const PROMPT: &str = "wolf, 狼 & <b>\"]]>\" 🐺";
const PARAMETERS: &str = "wolf, 狼 🐺\nNegative prompt: blurry\nSteps: 9, Sampler: Euler, Seed: 3";

fn copy_of(made: &Made, terms: &Terms) -> PublicCopy {
    derive(&made.bytes, terms).unwrap_or_else(|refusal| panic!("{}: {refusal}", made.name))
}

fn has_no_secret(made: &Made, bytes: &[u8]) {
    let searched = Searched::of(bytes);
    for word in SECRETS {
        assert!(!searched.has(word), "{}: {word}", made.name);
    }
}

/// Returns the tags that a reader sees in a copy, without those that describe pixels and profile.
fn foreign_tags(bytes: &[u8]) -> Map<String, Value> {
    let of_picture =
        ["File:", "PNG:", "JFIF:", "RIFF:", "GIF:", "ICC_Profile:", "ICC-header:", "ICC_Profile#:"];
    let of_container = ["Adobe:", "PNG-pHYs:", "ANMF:", "ANIM:"];
    let mut tags = exiftool::tags(bytes);
    tags.retain(|name, _| {
        let is_text =
            ["Comment", "Parameters", "Warning", "Prompt", "Workflow", "XMP", "ModifyDate", "Trailer"];
        let is_structure = of_picture.iter().chain(&of_container).any(|start| name.starts_with(start));
        !is_structure || is_text.iter().any(|text| name.contains(text))
    });
    tags
}

fn is_gif(made: &Made) -> bool {
    ImageFormat::from_signature(&made.bytes) == Some(ImageFormat::Gif)
}

#[test]
fn a_copy_that_hides_everything_has_the_picture_and_its_orientation_only() {
    for made in corpus::all() {
        let copy = copy_of(made, &CLEAR);
        has_no_secret(made, &copy.bytes);
        let mut tags = foreign_tags(&copy.bytes);
        tags.remove("File:ExifByteOrder");
        let orientation = tags.remove("IFD0:Orientation");
        assert_eq!(orientation, (!is_gif(made)).then(|| Value::from(6)), "{}", made.name);
        assert!(tags.is_empty(), "{}: {tags:?}", made.name);
        assert!(metadata::read(&copy.bytes).texts.list.is_empty(), "{}", made.name);
        let curve = |bytes: &[u8]| exiftool::binary(bytes, "-ICC_Profile:RedTRC");
        assert_eq!(curve(&copy.bytes), curve(&made.bytes), "{}", made.name);
        assert_eq!(curve(&copy.bytes).is_empty(), is_gif(made), "{}", made.name);
        let kept: Vec<Carried> = if is_gif(made) { Vec::new() } else { vec![Carried::Profile] };
        assert_eq!((&copy.kept, inventory(&copy.bytes).unwrap()), (&kept, kept.clone()), "{}", made.name);
        assert_eq!(derive(&copy.bytes, &CLEAR).unwrap().bytes, copy.bytes, "{}", made.name);
    }
}

#[test]
fn pixels_frames_and_their_times_are_the_same() {
    for made in corpus::all().iter().filter(|made| !made.hides) {
        let copy = copy_of(made, &CLEAR);
        assert!(!copy.pixels_changed && same_pixels(&made.bytes, &copy.bytes), "{}", made.name);
    }
}

#[test]
fn what_is_removed_is_listed() {
    for made in corpus::all() {
        let removed = copy_of(made, &CLEAR).removed;
        let is_listed = |carried: &Carried| removed.contains(carried);
        assert!(is_listed(&Carried::OtherMetadata), "{}: {removed:?}", made.name);
        let after = removed.iter().any(|carried| matches!(carried, Carried::BytesAfterEnd { .. }));
        assert!(after, "{}: {removed:?}", made.name);
        assert_eq!(is_listed(&Carried::HiddenText), made.hides, "{}", made.name);
        if is_gif(made) {
            assert!(is_listed(&Carried::Comment), "{}: {removed:?}", made.name);
            continue;
        }
        let credentials = Carried::Credentials { issuer: None };
        for carried in [Carried::Place, Carried::Camera, Carried::Thumbnail, credentials] {
            assert!(is_listed(&carried), "{}: {carried:?} of {removed:?}", made.name);
        }
        let is_jpeg = ImageFormat::from_signature(&made.bytes) == Some(ImageFormat::Jpeg);
        assert_eq!(is_listed(&Carried::MorePictures), is_jpeg, "{}", made.name);
        let is_png = ImageFormat::from_signature(&made.bytes) == Some(ImageFormat::Png);
        assert_eq!(is_listed(&Carried::Workflow), is_png, "{}", made.name);
        assert!(is_listed(&Carried::Prompt) || !is_png, "{}: {removed:?}", made.name);
    }
}

#[test]
fn other_programs_read_the_prompt_the_parameters_and_the_declaration() {
    let terms = Terms { description: Some(PROMPT), parameters: Some(PARAMETERS), declare_ai: true, ..CLEAR };
    for made in corpus::all() {
        let copy = copy_of(made, &terms);
        let tags = exiftool::tags(&copy.bytes);
        assert_eq!(tags["XMP-dc:Description"], PROMPT, "{}", made.name);
        let source = tags["XMP-iptcExt:DigitalSourceType"].as_str().unwrap();
        assert!(source.ends_with("/trainedAlgorithmicMedia"), "{}", made.name);
        let parameters = ["PNG:Parameters", "ExifIFD:UserComment"].iter().find_map(|tag| tags.get(*tag));
        assert_eq!(parameters.is_some(), !is_gif(made), "{}: {tags:?}", made.name);
        assert!(parameters.is_none_or(|text| text == PARAMETERS), "{}: {parameters:?}", made.name);
        has_no_secret(made, &copy.bytes);
        assert!(made.hides || same_pixels(&made.bytes, &copy.bytes), "{}", made.name);
        assert!(copy.kept.contains(&Carried::Prompt) && copy.kept.contains(&Carried::Declaration));
        assert_eq!(inventory(&copy.bytes).unwrap(), copy.kept, "{}", made.name);
        assert_eq!(derive(&copy.bytes, &terms).unwrap().bytes, copy.bytes, "{}", made.name);
        if !is_gif(made) {
            let info = metadata::read(&copy.bytes).info.unwrap();
            assert_eq!(info.prompt.as_deref(), Some("wolf, 狼 🐺"), "{}", made.name);
            assert_eq!((info.steps, info.seed.as_deref()), (Some(9), Some("3")), "{}", made.name);
        }
    }
}

#[test]
fn camera_and_place_are_kept_on_request_and_nothing_beside_them() {
    let terms = Terms { keep_camera: true, ..CLEAR };
    for made in corpus::all().iter().filter(|made| !is_gif(made)) {
        let copy = copy_of(made, &terms);
        let tags = exiftool::tags(&copy.bytes);
        let before = exiftool::tags(&made.bytes);
        for tag in [
            "IFD0:Make",
            "IFD0:Model",
            "IFD0:Orientation",
            "ExifIFD:ExposureTime",
            "ExifIFD:FNumber",
            "ExifIFD:ISO",
            "ExifIFD:FocalLength",
            "ExifIFD:LensModel",
            "ExifIFD:DateTimeOriginal",
            "ExifIFD:OffsetTimeOriginal",
            "GPS:GPSLatitude",
            "GPS:GPSLatitudeRef",
            "GPS:GPSLongitude",
            "GPS:GPSLongitudeRef",
            "GPS:GPSAltitude",
        ] {
            assert!(tags.get(tag).is_some() && tags.get(tag) == before.get(tag), "{}: {tag}", made.name);
        }
        has_no_secret(made, &copy.bytes);
        assert!(copy.kept.contains(&Carried::Camera) && copy.kept.contains(&Carried::Place));
        assert_eq!(derive(&copy.bytes, &terms).unwrap().bytes, copy.bytes, "{}", made.name);
    }
}

#[test]
fn text_in_the_pixels_goes_only_with_consent_and_changes_them_by_one_step() {
    for made in corpus::all().iter().filter(|made| made.hides) {
        let refused = derive(&made.bytes, &Terms::default());
        assert_eq!(refused.unwrap_err(), CopyRefusal::HiddenText, "{}", made.name);
        let shown = derive(&made.bytes, &Terms { everything_may_stay: true, ..Terms::default() }).unwrap();
        assert!(same_pixels(&made.bytes, &shown.bytes) && shown.kept.contains(&Carried::HiddenText));
        let copy = copy_of(made, &CLEAR);
        assert!(copy.pixels_changed, "{}", made.name);
        let pixels = |bytes: &[u8]| image::load_from_memory(bytes).unwrap();
        let (before, after) = (pixels(&made.bytes), pixels(&copy.bytes));
        assert_eq!(before.color(), after.color(), "{}", made.name);
        let steps = before.as_bytes().iter().zip(after.as_bytes()).map(|(one, other)| one.abs_diff(*other));
        assert!(steps.max() <= Some(1), "{}", made.name);
    }
}

#[test]
fn content_credentials_stay_only_in_an_unchanged_file() {
    let bytes = vitrine_tests::pictures::a_png(20, 20).bytes();
    let terms = Terms { keep_credentials: true, everything_may_stay: true, ..CLEAR };
    let with = |extra: &[Vec<u8>]| {
        let mut made = bytes[..8].to_vec();
        for (kind, data) in corpus::chunks(&bytes) {
            if &kind == b"IEND" {
                made.extend(extra.concat());
            }
            made.extend(corpus::chunk(kind, data));
        }
        made
    };
    let manifest = corpus::chunk(*b"caBX", b"\0\0\0\x08jumb");
    let parameters = corpus::chunk(*b"tEXt", b"parameters\0a fox\nSteps: 20, Sampler: Euler a, Seed: 7");
    let signed = with(&[manifest.clone(), parameters]);
    let copy = derive(&signed, &terms).unwrap();
    assert_eq!((&copy.bytes, copy.removed.len()), (&signed, 0));
    let hiding = Terms { everything_may_stay: false, ..terms };
    let others = with(&[manifest, corpus::chunk(*b"tEXt", b"Author\0somebody")]);
    let trailing = [signed.clone(), b"more".to_vec()].concat();
    for (original, terms) in [(&signed, hiding), (&others, terms), (&trailing, terms)] {
        let copy = derive(original, &terms).unwrap();
        assert!(copy.removed.contains(&Carried::Credentials { issuer: None }), "{:?}", copy.removed);
        assert!(!Searched::of(&copy.bytes).has("caBX") && copy.bytes.ends_with(b"IEND\xae\x42\x60\x82"));
    }
}

#[test]
fn text_in_the_pixels_of_an_animation_is_refused() {
    let hidden = corpus::with_hidden_text(&[3], "stealth_pnginfo", image::ImageFormat::Png);
    let animation = corpus::apng(&hidden, &hidden);
    assert_eq!(derive(&animation, &CLEAR).unwrap_err(), CopyRefusal::HiddenTextStays);
    assert_eq!(derive(&animation, &Terms::default()).unwrap_err(), CopyRefusal::HiddenTextStays);
}

#[test]
fn hostile_words_are_read_back_as_they_are_and_control_characters_are_dropped() {
    let long = "wolf in the snow, ".repeat(600);
    let words = [
        "</rdf:li></rdf:Alt></dc:description><evil/>",
        "<?xpacket end=\"w\"?> <!-- & ]]> <![CDATA[ &lt; &#0;",
        "\u{202e}txet \u{5d0}\u{5d1} \u{1f98a}\u{200d}\u{1f43a}",
        "</script><img src=x onerror=alert(1)>",
        long.trim_end(),
    ];
    let formats = ["png", "jpeg", "lossy webp", "gif"];
    for made in corpus::all().iter().filter(|made| formats.contains(&made.name)) {
        for words in words {
            let text: String =
                (0..0x20).filter_map(char::from_u32).filter(|char| !"\t\n\r".contains(*char)).collect();
            let text = format!("{words}{text}\u{fffe}.");
            let terms = Terms { description: Some(&text), parameters: Some(&text), ..CLEAR };
            let copy = copy_of(made, &terms);
            let tags = exiftool::tags(&copy.bytes);
            let expected = format!("{words}.");
            assert_eq!(tags["XMP-dc:Description"], expected, "{}", made.name);
            let parameters = ["PNG:Parameters", "ExifIFD:UserComment"].iter().find_map(|tag| tags.get(*tag));
            assert!(parameters.is_none_or(|text| *text == expected), "{}: {parameters:?}", made.name);
            assert!(!tags.contains_key("ExifTool:Warning"), "{}: {tags:?}", made.name);
        }
    }
}
