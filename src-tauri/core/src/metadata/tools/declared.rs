//! What C2PA and IPTC declare: that a picture was made with AI, by which tool, and perhaps with which model.
//! The signature is not checked here.

use serde_json::{Map, Value, json};

use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Tool};
use crate::metadata::json::{Lenient, Lookup};
use crate::metadata::text::Source;
use crate::metadata::xmp;

/// The terms of <https://cv.iptc.org/newscodes/digitalsourcetype/> that say that a model made a picture or a
/// part of it.
const MADE_WITH_AI: [&str; 3] =
    ["trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia"];

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    c2pa(evidence).or_else(|| iptc(evidence))
}

fn is_ai(term: &str) -> bool {
    MADE_WITH_AI.contains(&term.rsplit('/').next().unwrap_or(term))
}

/// Says whether an action was that of a generator. The first pictures of some generators say who created
/// them, but not how.
fn is_made_by_generator(action: &Value) -> bool {
    let agent = action.get("softwareAgent").and_then(agent_name).unwrap_or_default().to_ascii_lowercase();
    let generators = ["dall", "gpt-", "firefly", "imagen", "gemini", "image creator"];
    action.get("action").is_some_and(|action| action == "c2pa.created")
        && generators.iter().any(|name| agent.contains(name))
}

/// Reads the claims and actions of all manifests of a picture; the last one is the newest.
fn c2pa(evidence: &Evidence) -> Option<GenerationData> {
    let store =
        evidence.items.iter().filter(|item| item.source == Source::C2pa).find_map(|item| item.json())?;
    let boxes = store.as_array()?;
    let labelled = |start: &'static str| {
        let of = move |entry: &&Value| {
            entry.get("label").and_then(Value::as_str).is_some_and(|label| label.starts_with(start))
        };
        boxes.iter().filter(of).filter_map(|entry| entry.get("value"))
    };
    let actions: Vec<&Value> = labelled("c2pa.actions")
        .filter_map(|value| value.get("actions")?.as_array())
        .flatten()
        .take(1000)
        .collect();
    let declared = |action: &&&Value| action.text(&["digitalSourceType"]).is_some_and(|term| is_ai(&term));
    let made =
        actions.iter().find(declared).or_else(|| actions.iter().find(|action| is_made_by_generator(action)));
    let adobe = labelled("com.adobe.generative-ai").next();
    if made.is_none() && adobe.is_none() {
        return None;
    }
    let agent = made.and_then(|action| action.get("softwareAgent"));
    let generator = labelled("c2pa.claim").filter_map(generator).next_back();
    let descriptions: Vec<String> =
        actions.iter().filter_map(|action| action.text(&["description"])).collect();
    let words = [
        agent.and_then(agent_name),
        generator.clone(),
        adobe.map(Value::to_string),
        Some(descriptions.join(" ")),
    ];
    let (vendor, tool) = vendor(&words.into_iter().flatten().collect::<Vec<_>>().join(" "));
    let mut info = GenerationData::new(tool);
    let firefly = made.filter(|_| tool == Tool::C2paAdobe);
    info.model = agent.and_then(agent_model).or_else(|| firefly.and_then(|action| firefly_model(action)));
    info.keep("ai_generated", json!(true));
    let declared = [
        ("vendor", Some(json!(vendor))),
        ("ai_generated", Some(json!(true))),
        ("digital_source_type", made.and_then(|action| action.get("digitalSourceType")).cloned()),
        ("claim_generator", generator.map(Value::from)),
        ("software_agent", agent.and_then(agent_name).map(Value::from)),
        ("verified", Some(json!(false))),
    ];
    let declared: Map<String, Value> =
        declared.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    info.keep("c2pa", Value::Object(declared));
    Some(info)
}

/// Returns the generator of a claim. The first version of C2PA has a text like a user agent, the second an
/// object or a list of objects.
fn generator(claim: &Value) -> Option<String> {
    let info = claim.get("claim_generator_info");
    let info = info.and_then(|info| info.get(0).or(Some(info)));
    info.and_then(|info| info.text(&["name"])).or_else(|| claim.text(&["claim_generator"]))
}

fn agent_name(agent: &Value) -> Option<String> {
    agent.text(&["name"]).or_else(|| agent.word())
}

fn agent_model(agent: &Value) -> Option<String> {
    let name = agent.text(&["name"])?;
    Some(agent.text(&["version"]).map_or_else(|| name.clone(), |version| format!("{name} {version}")))
}

fn firefly_model(action: &Value) -> Option<String> {
    action.get("parameters")?.text(&["com.adobe.firefly.version"])
}

fn vendor(words: &str) -> (&'static str, Tool) {
    let words = words.to_ascii_lowercase();
    let known = [
        ("openai", "openai", Tool::C2paOpenai),
        ("gpt-", "openai", Tool::C2paOpenai),
        ("dall", "openai", Tool::C2paOpenai),
        ("chatgpt", "openai", Tool::C2paOpenai),
        ("google", "google", Tool::C2paGoogle),
        ("gemini", "google", Tool::C2paGoogle),
        ("imagen", "google", Tool::C2paGoogle),
        ("firefly", "adobe", Tool::C2paAdobe),
        ("adobe", "adobe", Tool::C2paAdobe),
        ("microsoft", "microsoft", Tool::C2paMicrosoft),
        ("bing", "microsoft", Tool::C2paMicrosoft),
    ];
    known
        .into_iter()
        .find(|(word, _, _)| words.contains(word))
        .map_or(("unknown", Tool::C2pa), |(_, vendor, tool)| (vendor, tool))
}

fn iptc(evidence: &Evidence) -> Option<GenerationData> {
    let term = evidence.property(xmp::IPTC_EXTENSION, "DigitalSourceType").filter(|term| is_ai(term))?;
    let mut info = GenerationData::new(Tool::Iptc);
    let credit = evidence.property(xmp::PHOTOSHOP, "Credit").or_else(|| evidence.text("Credit"));
    info.keep("ai_generated", json!(true));
    info.keep("digital_source_type", json!(term));
    info.keep("credit", json!(credit));
    info.keep("creator_tool", json!(evidence.property(xmp::BASIC, "CreatorTool")));
    Some(info)
}
