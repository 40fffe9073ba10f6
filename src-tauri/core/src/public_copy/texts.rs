//! What the texts of a file are about, for the list of what it carries. Nothing here decides what a copy
//! contains: texts are never copied.

use super::xmp;
use crate::metadata::{self, GenerationData, RawText, RawTexts, Source, Tool};
use crate::model::Carried;
use std::collections::BTreeSet;

/// Fields of Exif that [`super::exif`] judges by their values.
const OF_CAMERA: [&str; 6] =
    ["Make", "Model", "DateTimeOriginal", "OffsetTime", "OffsetTimeOriginal", "OffsetTimeDigitized"];

/// Returns what texts are about.
pub(super) fn carried(texts: &RawTexts) -> BTreeSet<Carried> {
    let mut found = BTreeSet::new();
    let has_prompt = says_how(metadata::interpret(texts).info.as_ref());
    if has_prompt {
        found.insert(Carried::Prompt);
    }
    if texts.in_part {
        found.insert(Carried::OtherMetadata);
    }
    for text in &texts.list {
        match text.source {
            Source::C2pa | Source::Stealth | Source::Sidecar => {}
            Source::Xmp => in_xmp(text, &mut found),
            Source::Iptc => {
                found.insert(Carried::OtherMetadata);
            }
            Source::PngText | Source::Exif | Source::Comment => {
                let is_known = is_workflow(text) || (has_prompt && is_about_making(text));
                if is_workflow(text) {
                    found.insert(Carried::Workflow);
                }
                let is_judged_elsewhere = text.source == Source::Comment
                    || text.source == Source::Exif && OF_CAMERA.contains(&text.key.as_str());
                if !is_known && !is_judged_elsewhere {
                    found.insert(Carried::OtherMetadata);
                }
            }
        }
    }
    found
}

/// Returns the company that issued the Content Credentials; `None` if it is not one that Vitrine knows.
pub(super) fn issuer(texts: &RawTexts) -> Option<String> {
    let manifest = texts.list.iter().filter(|text| text.source == Source::C2pa).cloned().collect::<Vec<_>>();
    let name = match metadata::interpret(&manifest.into()).info?.tool {
        Tool::C2paOpenai => "OpenAI",
        Tool::C2paGoogle => "Google",
        Tool::C2paAdobe => "Adobe",
        Tool::C2paMicrosoft => "Microsoft",
        _ => return None,
    };
    Some(name.to_owned())
}

/// Says whether generation data contains more than the declaration that a model was used.
fn says_how(info: Option<&GenerationData>) -> bool {
    info.is_some_and(|info| {
        let only_declares = matches!(
            info.tool,
            Tool::C2paOpenai
                | Tool::C2paGoogle
                | Tool::C2paAdobe
                | Tool::C2paMicrosoft
                | Tool::C2pa
                | Tool::Iptc
        );
        !only_declares || info.prompt.is_some()
    })
}

fn is_about_making(text: &RawText) -> bool {
    says_how(metadata::interpret(&vec![text.clone()].into()).info.as_ref())
}

fn is_workflow(text: &RawText) -> bool {
    let decoded = text.decode();
    let begins = decoded.text.trim_start().starts_with('{');
    let has_nodes = || decoded.text.contains("\"class_type\"") || decoded.text.contains("\"nodes\"");
    decoded.key.eq_ignore_ascii_case("workflow") || (begins && has_nodes())
}

fn in_xmp(text: &RawText, found: &mut BTreeSet<Carried>) {
    let packet = text.decode().text;
    let is_ai = ["trainedAlgorithmicMedia", "TrainedAlgorithmicMedia", "/algorithmicMedia"];
    if packet.contains("DigitalSourceType") && is_ai.iter().any(|term| packet.contains(term)) {
        found.insert(Carried::Declaration);
    }
    if xmp::is_own(&packet) {
        if packet.contains("<dc:description>") {
            found.insert(Carried::Prompt);
        }
        return;
    }
    if packet.contains("GPSLatitude") {
        found.insert(Carried::Place);
    }
    found.insert(Carried::OtherMetadata);
}
