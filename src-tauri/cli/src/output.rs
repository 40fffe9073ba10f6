//! The output of the command line: exit codes and standard output. All commands write through this module, so
//! that one place decides what happens if the output fails: a command continues when nobody can read its
//! output, and reports that at the end.

use crate::terminal::say;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Everything was done.
pub(crate) const DONE: u8 = 0;
/// Some items failed.
pub(crate) const SOME_FAILED: u8 = 1;
/// The arguments are not valid.
pub(crate) const USAGE: u8 = 2;
/// The library or the configuration cannot be used.
pub(crate) const UNUSABLE: u8 = 3;

/// The effect of a command on the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It only shows something. If its reader stops reading, the reader has seen enough.
    Shows,
    /// It changes something, and its output says what.
    Changes,
}

/// Why standard output is no longer written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The reader closed it.
    Closed,
    /// The system refused, with this message.
    Failed(String),
}

/// Standard output, as JSON or for people. Clones share the output.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) json: bool,
    lost: Arc<Mutex<Option<Lost>>>,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json, lost: Arc::default() }
    }

    /// Writes one value: as JSON, or as the given text for people.
    pub(crate) fn value(&self, value: &impl Serialize, text: impl FnOnce() -> String) {
        let text = if self.json { serde_json::to_string(value) } else { Ok(text()) };
        match text {
            Ok(text) if text.is_empty() => {}
            Ok(text) => self.line(&text, &mut std::io::stdout().lock()),
            Err(error) => self.lose(Lost::Failed(error.to_string())),
        }
    }

    fn line(&self, text: &str, to: &mut impl Write) {
        if self.lost().is_some() {
            // A line after a lost one would leave a gap.
            return;
        }
        if let Err(error) = writeln!(to, "{text}").and_then(|()| to.flush()) {
            self.lose(match error.kind() {
                ErrorKind::BrokenPipe => Lost::Closed,
                _ => Lost::Failed(error.to_string()),
            });
        }
    }

    fn lose(&self, why: Lost) {
        self.lock().get_or_insert(why);
    }

    /// Returns why nothing is written any more; `None` while output works.
    pub(crate) fn lost(&self) -> Option<Lost> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Lost>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a progress bar on a terminal, and a hidden one elsewhere.
    pub(crate) fn progress_bar(&self, template: &str) -> ProgressBar {
        if self.json {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar
    }

    /// Returns the exit code of a command that ended with `code`, and reports output that was not written.
    pub(crate) fn settle(&self, code: u8, effect: Effect) -> u8 {
        let why = match (self.lost(), effect) {
            (None, _) | (Some(Lost::Closed), Effect::Shows) => return code,
            (Some(Lost::Closed), Effect::Changes) => "its reader has closed it".to_owned(),
            (Some(Lost::Failed(why)), _) => why,
        };
        let done = if effect == Effect::Changes { "The command was carried out, but its" } else { "The" };
        say(&format!("{done} output could not be written: {why}."));
        code.max(SOME_FAILED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    /// Accepts some bytes, then fails.
    struct Failing {
        room: usize,
        kind: ErrorKind,
        written: Vec<u8>,
    }

    impl Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.written.len() + bytes.len() > self.room {
                return Err(self.kind.into());
            }
            self.written.extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn after_failing(kind: ErrorKind) -> (Output, String) {
        let output = Output::new(false);
        let mut to = Failing { room: 6, kind, written: Vec::new() };
        for line in ["one", "three", "2"] {
            output.line(line, &mut to);
        }
        (output, String::from_utf8(to.written).unwrap())
    }

    #[test]
    fn nothing_is_written_after_a_line_that_failed() {
        let (_, written) = after_failing(ErrorKind::StorageFull);
        assert_eq!(written, "one\n");
    }

    #[test]
    fn a_full_disk_fails_every_command() {
        let (output, _) = after_failing(ErrorKind::StorageFull);
        for effect in [Effect::Shows, Effect::Changes] {
            assert_eq!(output.settle(DONE, effect), SOME_FAILED);
            assert_eq!(output.settle(UNUSABLE, effect), UNUSABLE);
        }
    }

    #[test]
    fn a_lost_reader_fails_only_commands_that_change_something() {
        let (output, _) = after_failing(ErrorKind::BrokenPipe);
        assert_eq!(output.settle(DONE, Effect::Shows), DONE);
        assert_eq!(output.settle(DONE, Effect::Changes), SOME_FAILED);
    }
}
