//! JSON as generators write it: with NaN in it, with numbers in quotes, and of any size that somebody may
//! send.

use serde_json::{Map, Value};

use super::budget::Budget;
use super::limits::{MAX_JSON_DEPTH, MAX_JSON_VALUES};

/// Steps for each byte of a text that is surveyed and parsed.
const STEPS_PER_BYTE: usize = 4;
/// Texts up to this size, in bytes, are not surveyed for their number of values, but counted with the maximum
/// they could have.
const SMALL_BYTES: usize = 4096;

/// Parses an object or a list. Python's `NaN` and `Infinity` become null, because `ComfyUI` writes them. A
/// text with more values than any real one is refused before anything is built from it.
pub(crate) fn parse(text: &str, budget: &Budget) -> Option<Value> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if !text.starts_with(['{', '[']) {
        return None;
    }
    if !budget.spend(text.len().saturating_mul(STEPS_PER_BYTE)) {
        return None;
    }
    // The usual text: small, and without anything that JSON does not allow.
    if text.len() <= SMALL_BYTES && !text.contains("NaN") && !text.contains("Infinity") {
        let most = text.bytes().filter(|byte| matches!(byte, b'{' | b'[' | b',' | b':')).count();
        return budget.take_values(most).then(|| serde_json::from_str(text).ok()).flatten();
    }
    let Some(survey) = Survey::of(text) else {
        budget.give_up();
        return None;
    };
    if !budget.take_values(survey.values) {
        return None;
    }
    let value = if survey.unusual.is_empty() {
        serde_json::from_str(text)
    } else {
        serde_json::from_str(&survey.without_unusual(text))
    };
    if value.is_err() && survey.depth > MAX_JSON_DEPTH {
        budget.give_up();
    }
    value.ok()
}

/// What a text contains that needs attention before it is parsed.
struct Survey {
    /// Start and length, in bytes, of each `NaN`, `Infinity` and `-Infinity` outside strings.
    unusual: Vec<(usize, usize)>,
    /// The maximum number of values.
    values: usize,
    /// The maximum nesting of objects and lists.
    depth: usize,
}

impl Survey {
    fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut unusual, mut values, mut at) = (Vec::new(), 0_usize, 0);
        let (mut open, mut depth) = (0_usize, 0_usize);
        while let Some(byte) = bytes.get(at) {
            at += match byte {
                b'"' => string_length(bytes.get(at..)?),
                b'N' | b'I' | b'-' => match unusual_number(bytes.get(at..)?) {
                    Some(length) => {
                        unusual.push((at, length));
                        length
                    }
                    None => 1,
                },
                b'{' | b'[' => {
                    values += 1;
                    open += 1;
                    depth = depth.max(open);
                    1
                }
                b',' | b':' => {
                    values += 1;
                    1
                }
                b'}' | b']' => {
                    open = open.saturating_sub(1);
                    1
                }
                _ => 1,
            };
            if values > MAX_JSON_VALUES {
                return None;
            }
        }
        Some(Self { unusual, values, depth })
    }

    fn without_unusual(&self, text: &str) -> String {
        let (mut clean, mut end) = (String::with_capacity(text.len()), 0);
        for (start, length) in &self.unusual {
            clean.push_str(text.get(end..*start).unwrap_or_default());
            clean.push_str("null");
            end = start + length;
        }
        clean.push_str(text.get(end..).unwrap_or_default());
        clean
    }
}

fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn unusual_number(bytes: &[u8]) -> Option<usize> {
    [b"NaN".as_slice(), b"Infinity", b"-Infinity"]
        .into_iter()
        .find(|word| bytes.starts_with(word))
        .map(<[u8]>::len)
}

/// Reads values whose type differs between tools.
pub(crate) trait Lenient {
    /// Returns a text, or a number as text; `None` if it is empty or says `None`.
    fn word(&self) -> Option<String>;
    /// Returns a number, or a number in quotes.
    fn float(&self) -> Option<f64>;
    /// Returns a whole number that is not negative, in any of its notations.
    fn whole(&self) -> Option<u32>;
    /// Returns a seed as decimal text, exact over the whole range of u64.
    fn seed(&self) -> Option<String>;
}

impl Lenient for Value {
    fn word(&self) -> Option<String> {
        match self {
            Self::String(text) if !text.trim().is_empty() && text != "None" => Some(text.clone()),
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn float(&self) -> Option<f64> {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    fn whole(&self) -> Option<u32> {
        match self {
            Self::Number(number) => match number.as_u64() {
                Some(whole) => u32::try_from(whole).ok(),
                // Python writes whole numbers as 20.0 if they were floats before.
                None => format!("{:.0}", number.as_f64().filter(|float| float.fract() == 0.0)?).parse().ok(),
            },
            Self::String(text) => {
                let text = text.trim();
                text.strip_suffix(".0").unwrap_or(text).parse().ok()
            }
            _ => None,
        }
    }

    fn seed(&self) -> Option<String> {
        match self {
            Self::Number(number) if number.is_u64() || number.is_i64() => Some(number.to_string()),
            Self::Number(number) => {
                let float =
                    number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 2_f64.powi(53))?;
                Some(format!("{float:.0}"))
            }
            Self::String(text) => decimal(text),
            _ => None,
        }
    }
}

/// Returns a seed written in decimal, without surrounding white space; `None` if it is anything else.
pub(crate) fn decimal(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = !digits.is_empty() && digits.len() <= 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    whole.then(|| text.to_owned())
}

/// Looks up values that may be missing, in a value that may not be an object.
pub(crate) trait Lookup {
    /// Returns the value of the first of these keys that exists and is not null.
    fn first(&self, keys: &[&str]) -> Option<&Value>;
    /// Returns that value as text.
    fn text(&self, keys: &[&str]) -> Option<String> {
        self.first(keys).and_then(Lenient::word)
    }
    /// Returns that value as a number.
    fn number(&self, keys: &[&str]) -> Option<f64> {
        self.first(keys).and_then(Lenient::float)
    }
    /// Returns that value as a whole number.
    fn count(&self, keys: &[&str]) -> Option<u32> {
        self.first(keys).and_then(Lenient::whole)
    }
}

impl Lookup for Map<String, Value> {
    fn first(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().filter_map(|key| self.get(*key)).find(|value| !value.is_null())
    }
}

impl Lookup for Value {
    fn first(&self, keys: &[&str]) -> Option<&Value> {
        self.as_object()?.first(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::never;

    fn parse(text: &str) -> Option<Value> {
        super::parse(text, &Budget::of(text.len(), &never))
    }

    #[test]
    fn nan_becomes_null_outside_strings_and_stays_inside() {
        let value = parse(r#"{"a": NaN, "b": [-Infinity, Infinity], "c": "NaN \" NaN", "d": -1}"#).unwrap();
        assert_eq!(value, serde_json::json!({"a": null, "b": [null, null], "c": "NaN \" NaN", "d": -1}));
    }

    #[test]
    fn a_seed_keeps_all_its_digits() {
        let value =
            parse(r#"{"seed": 18446744073709551615, "old": "9007199254740993", "random": -1}"#).unwrap();
        assert_eq!(value["seed"].seed().unwrap(), "18446744073709551615");
        assert_eq!(value["old"].seed().unwrap(), "9007199254740993");
        assert_eq!(value["random"].seed().unwrap(), "-1");
    }

    #[test]
    fn a_text_with_too_many_or_too_deep_values_is_refused() {
        assert!(parse(&format!("[{}1]", "1,".repeat(MAX_JSON_VALUES + 1))).is_none());
        assert!(parse(&"[".repeat(100_000)).is_none());
        assert!(parse(&format!("[{}1]", "1,".repeat(1000))).is_some());
    }
}
