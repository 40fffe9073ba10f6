//! What the command line answers with: exit codes and standard output.

use serde::Serialize;
use std::io::Write;

/// Everything was done.
pub(crate) const DONE: u8 = 0;
/// Some items failed.
pub(crate) const SOME_FAILED: u8 = 1;
/// The words of the command line do not fit.
pub(crate) const USAGE: u8 = 2;
/// The library or the configuration cannot be used.
pub(crate) const UNUSABLE: u8 = 3;

/// Standard output, as JSON or for people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Writes one line. A reader that went away ends the program quietly, as
    /// other tools do.
    fn line(text: &str) {
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{text}").and_then(|()| out.flush()).is_err() {
            std::process::exit(i32::from(DONE));
        }
    }

    /// Writes one value: as JSON, or as the given text for people.
    pub(crate) fn value(self, value: &impl Serialize, text: impl FnOnce() -> String) {
        if self.json {
            match serde_json::to_string(value) {
                Ok(json) => Self::line(&json),
                Err(error) => crate::terminal::say(&format!("this cannot be written as JSON: {error}")),
            }
        } else {
            let text = text();
            if !text.is_empty() {
                Self::line(&text);
            }
        }
    }
}
