//! The line of settings: `key: value` pairs with commas between them. Values that contain commas are in
//! quotes, and some values are JSON.

use serde_json::{Value, json};

use crate::metadata::budget::Budget;
use crate::metadata::json;

/// A value with one of these characters is written in quotes.
pub(crate) const SETTING_NEEDS_QUOTES: [char; 3] = [',', ':', '\n'];

/// The maximum number of settings of one picture. `ControlNet` and `ADetailer` together make about a hundred.
const MAX_SETTINGS: usize = 2000;

/// One setting, with its value unquoted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) key: String,
    pub(super) value: String,
}

impl Setting {
    /// Returns the value in its own type: JSON, a number, or text.
    pub(super) fn structured(&self, budget: &Budget) -> Value {
        if let Some(value) = json::parse(&self.value, budget) {
            return value;
        }
        let text = self.value.as_str();
        // Hashes and versions may look like numbers, but they would not be written back unchanged.
        let whole = text.parse().ok().filter(|whole: &u32| whole.to_string() == text);
        let number =
            text.parse().ok().filter(|number: &f64| number.is_finite() && number.to_string() == text);
        whole.map(Value::from).or_else(|| number.map(Value::from)).unwrap_or_else(|| json!(text))
    }
}

/// Reads the settings one after the other, in time linear to the length of the line.
pub(super) fn settings(line: &str, budget: &Budget) -> Vec<Setting> {
    let mut scan = Scan { rest: line, found: Vec::new(), unbalanced: false };
    while scan.next_setting() {
        if scan.found.len() >= MAX_SETTINGS {
            budget.give_up();
            break;
        }
    }
    scan.found
}

struct Scan<'a> {
    rest: &'a str,
    found: Vec<Setting>,
    /// True once a bracket had no end. Searching for the ends of further brackets would cost too much.
    unbalanced: bool,
}

impl<'a> Scan<'a> {
    fn next_setting(&mut self) -> bool {
        self.rest = self.rest.trim_start_matches([',', ' ', '\n', '\t']);
        if self.rest.is_empty() {
            return false;
        }
        match self.key() {
            Some(key) => {
                let value = self.value();
                self.found.push(Setting { key: key.to_owned(), value });
            }
            None => self.continue_last(),
        }
        true
    }

    /// Reads a key: a short name of letters, digits and a few signs, up to a colon and a space.
    fn key(&mut self) -> Option<&'a str> {
        let head = self.rest.get(..self.rest.floor_char_boundary(100))?;
        let (key, _) = head.split_once(':')?;
        let fits = key.starts_with(char::is_alphanumeric)
            && key
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '/' | '_' | '(' | ')' | '.' | '+'));
        if !fits {
            return None;
        }
        self.rest = self.rest.get(key.len() + 1..)?.trim_start_matches(' ');
        Some(key.trim())
    }

    fn value(&mut self) -> String {
        if let Some(text) = self.rest.starts_with('"').then(|| self.quoted()).flatten() {
            return text;
        }
        if self.rest.starts_with(['{', '[']) && !self.unbalanced {
            match balanced(self.rest) {
                Some(length) => return self.cut(length).to_owned(),
                None => self.unbalanced = true,
            }
        }
        self.until_comma().trim().to_owned()
    }

    /// Reads a JSON string. If it is not valid, the value is text that happens to begin with a quote.
    fn quoted(&mut self) -> Option<String> {
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == '"' && !escaped;
            escaped = *c == '\\' && !escaped;
            ends
        });
        let (end, _) = end?;
        let text = serde_json::from_str(self.rest.get(..=end)?).ok()?;
        self.rest = self.rest.get(end + 1..)?;
        Some(text)
    }

    fn until_comma(&mut self) -> &'a str {
        self.cut(self.rest.find([',', '\n']).unwrap_or(self.rest.len()))
    }

    fn cut(&mut self, length: usize) -> &'a str {
        let (front, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        front
    }

    /// Appends text without a key to the previous value, which had a comma in it.
    fn continue_last(&mut self) {
        let more = self.until_comma().trim();
        if let Some(last) = self.found.last_mut() {
            last.value.push_str(", ");
            last.value.push_str(more);
        }
    }
}

/// Returns the length of the JSON at the start of a text, in bytes, by counting brackets outside strings.
fn balanced(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}
