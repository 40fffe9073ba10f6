//! Midjourney: the prompt with its switches in `Description`, `a fox --ar 2:1 --v 6 Job ID: ...`.

use serde_json::json;

use super::declared;
use crate::metadata::evidence::Evidence;
use crate::metadata::info::{GenerationData, Tool};
use crate::metadata::json::decimal;

const JOB: &str = " Job ID: ";
const HYPHENS: &str = "--";

/// Steps for each byte of a text that may be a prompt with switches.
const STEPS_PER_BYTE: usize = 10;
/// The maximum number of switches of one prompt.
const MAX_SWITCHES: usize = 100;

/// The switches after a prompt,
/// <https://docs.midjourney.com/hc/en-us/articles/32859204029709-Parameter-List>.
const SWITCHES: [&str; 58] = [
    "ar",
    "aspect",
    "bs",
    "c",
    "chaos",
    "cref",
    "creative",
    "cw",
    "draft",
    "dref",
    "dw",
    "end",
    "exp",
    "fast",
    "h",
    "hd",
    "height",
    "iw",
    "loop",
    "motion",
    "niji",
    "no",
    "oref",
    "ow",
    "p",
    "personalize",
    "profile",
    "public",
    "q",
    "quality",
    "r",
    "raw",
    "relax",
    "repeat",
    "s",
    "sameseed",
    "sd",
    "seed",
    "sref",
    "stealth",
    "stop",
    "style",
    "stylize",
    "sv",
    "sw",
    "test",
    "testp",
    "tile",
    "turbo",
    "upanime",
    "upbeta",
    "uplight",
    "v",
    "version",
    "video",
    "w",
    "weird",
    "width",
];

pub(super) fn read(evidence: &Evidence) -> Option<GenerationData> {
    let keys = ["Description", "ImageDescription", "Caption"];
    let keyed = keys.iter().filter_map(|key| evidence.text(key));
    let described = evidence.properties_of("purl.org/dc/").filter(|(name, _)| *name == "description");
    let texts = keyed.chain(described.map(|(_, text)| text));
    let affordable = |text: &&str| evidence.budget.spend(text.len().saturating_mul(STEPS_PER_BYTE));
    let is_declared = || declared::read(evidence).is_some();
    let prompt = texts.filter(affordable).map(Prompt::of).find(|prompt| prompt.is_ours(is_declared))?;
    let mut info = prompt.info();
    info.keep("author", json!(evidence.text("Author")));
    Some(info)
}

/// The parts of a text.
struct Prompt<'a> {
    text: &'a str,
    /// The names without their hyphens, and the values.
    switches: Vec<(&'a str, &'a str)>,
    job: Option<&'a str>,
}

impl<'a> Prompt<'a> {
    /// Splits a text. The switches are at its end: from the first known one on, all are switches. New ones
    /// come with every version, so a text with a job id may also have unknown ones.
    fn of(text: &'a str) -> Self {
        let (text, job) = match text.rsplit_once(JOB) {
            Some((text, id)) if is_uuid(id.trim()) => (text, Some(id.trim())),
            _ => (text, None),
        };
        let mut starts: Vec<(usize, usize)> = Vec::new();
        for (at, length) in switch_starts(text) {
            if starts.len() >= MAX_SWITCHES {
                break;
            }
            let is_certain = job.is_some() && length == HYPHENS.len();
            if is_certain || !starts.is_empty() || is_known(text.get(at + length..).unwrap_or_default()) {
                starts.push((at, length));
            }
        }
        let end = starts.first().map_or(text.len(), |(at, _)| *at);
        let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
        let parts = starts.iter().zip(ends).filter_map(|((at, length), end)| text.get(at + length..end));
        Self {
            text: text.get(..end).unwrap_or(text).trim_end(),
            switches: parts.map(split_switch).collect(),
            job,
        }
    }

    /// Says whether the text is from Midjourney: it has a job id, or switches that only make sense here,
    /// including the version. Other texts may be about a command. If the picture declares that a model made
    /// it, less evidence is enough.
    fn is_ours(&self, is_declared: impl FnOnce() -> bool) -> bool {
        let has = |names: &[&str], fits: fn(&str) -> bool| {
            self.switches.iter().any(|(name, value)| names.contains(name) && fits(value))
        };
        let are_known = || self.switches.iter().all(|(name, _)| is_known(name));
        if self.job.is_some() || has(&["v", "version", "niji"], is_version) && are_known() {
            return true;
        }
        has(&["ar", "aspect"], is_ratio) && are_known() && (self.switches.len() > 1 || is_declared())
    }

    fn info(&self) -> GenerationData {
        let mut info = GenerationData::new(Tool::Midjourney);
        info.prompt = Some(self.text.to_owned());
        info.keep("job_id", json!(self.job));
        for (name, value) in &self.switches {
            switch(name, value, &mut info);
        }
        info
    }
}

/// Finds words that begin with the sign of a switch, and returns their positions and the lengths of the sign.
/// Some keyboards turn two hyphens into a long dash; a dash between spaces is only a dash.
fn switch_starts(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let words = text.match_indices(char::is_whitespace).map(|(at, space)| at + space.len());
    words.filter_map(|at| {
        let word = text.get(at..)?;
        let sign = [HYPHENS, "\u{2014}", "\u{2013}"].into_iter().find(|sign| word.starts_with(sign))?;
        let name = word.get(sign.len()..)?;
        let is_switch = name.starts_with(|c: char| c.is_ascii_alphabetic());
        (is_switch && (sign == HYPHENS || is_known(name))).then_some((at, sign.len()))
    })
}

/// Says whether a text begins with the name of a known switch.
fn is_known(text: &str) -> bool {
    let name = text.split(char::is_whitespace).next().unwrap_or_default();
    SWITCHES.contains(&name)
}

fn split_switch(part: &str) -> (&str, &str) {
    let (name, value) = part.trim().split_once(char::is_whitespace).unwrap_or((part.trim(), ""));
    (name, value.trim())
}

fn is_version(value: &str) -> bool {
    let number = value.split_whitespace().next().unwrap_or_default();
    number.starts_with(|c: char| c.is_ascii_digit())
        && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_ratio(value: &str) -> bool {
    let is_number =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    value.split_once([':', 'x']).is_some_and(|(width, height)| is_number(width) && is_number(height))
}

fn is_uuid(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn switch(name: &str, value: &str, info: &mut GenerationData) {
    match name {
        "no" => info.negative_prompt = Some(value.to_owned()),
        "seed" => info.seed = decimal(value),
        "v" | "version" => info.model = Some(format!("Midjourney {value}")),
        "niji" => info.model = Some(format!("Niji {value}").trim().to_owned()),
        "ar" | "aspect" => info.keep("aspect_ratio", json!(value)),
        "" => {}
        // A switch without a value is on.
        _ if value.is_empty() => info.keep(name, json!(true)),
        _ => info.keep(name, json!(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(text: &str) -> (String, Vec<(&str, &str)>) {
        let prompt = Prompt::of(text);
        (prompt.text.to_owned(), prompt.switches)
    }

    fn is_ours(text: &str) -> bool {
        Prompt::of(text).is_ours(|| false)
    }

    #[test]
    fn long_dash_is_a_switch_only_before_the_name_of_one() {
        let text = "a fox \u{2014} moody \u{2013} film \u{2014}grain \u{2014}ar 3:2 \u{2014}v 7";
        assert_eq!(
            prompt(text),
            ("a fox \u{2014} moody \u{2013} film \u{2014}grain".to_owned(), vec![("ar", "3:2"), ("v", "7")])
        );
        assert_eq!(prompt("a fox --snow --v 7").0, "a fox --snow");
    }

    #[test]
    fn words_about_switches_are_no_prompt() {
        for text in [
            "How to use --ar in a caption",
            "a fox --ar 3:2",
            "run it with --v for more output",
            "ffmpeg --v 6 --preset slow",
            "tar --version 1.2 --listed",
            "our flag: --niji",
            "snow Job ID: 5",
        ] {
            assert!(!is_ours(text), "{text}");
        }
        for text in ["a fox --v 6.1", "a fox --ar 3:2 --stylize 250", "a fox --niji 6 --no text, blur"] {
            assert!(is_ours(text), "{text}");
        }
        assert!(Prompt::of("a fox --ar 3:2").is_ours(|| true));
    }
}
