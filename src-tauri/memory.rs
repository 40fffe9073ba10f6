//! What the window remembers from one start to the next: how it looks, and where
//! the artist was. A file of the host, because the web view writes its own
//! storage half a second late: a choice made just before the window closes
//! would be lost.

use crate::platform;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use vitrine_core::model::{ErrorCode, Failure};

/// The most names that are remembered.
const MOST_NAMES: usize = 64;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 64;
/// The longest value, in bytes.
const LONGEST_VALUE: usize = 64 << 10;
/// The largest file that is read, in bytes. Vitrine writes less.
const LARGEST_FILE: u64 = 16 << 20;

/// Values by name, as the page writes them: JSON whose meaning only the page knows.
pub(crate) type Remembered = BTreeMap<String, String>;

/// The memory of the window.
pub(crate) struct WindowMemory {
    /// `None` if this computer has no folder for it: then it ends with the program.
    file: Option<PathBuf>,
    /// `None` until the file is read.
    state: Mutex<Option<State>>,
}

#[derive(Default)]
struct State {
    values: Remembered,
    /// Whether the file may be written: not while it exists and cannot be read.
    is_known: bool,
}

impl WindowMemory {
    /// Returns the memory in this file, which need not exist.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file, state: Mutex::default() }
    }

    /// Returns everything that is remembered. A file that cannot be read counts
    /// as empty.
    pub(crate) fn all(&self) -> Remembered {
        self.with_state(|state| state.values.clone())
    }

    /// Remembers a value under a name, also after a crash of this program.
    pub(crate) fn remember(&self, name: String, value: String) -> Result<(), Failure> {
        self.with_state(|state| {
            if name.is_empty() || name.len() > LONGEST_NAME || value.len() > LONGEST_VALUE {
                return Err(refusal("This is too long to be remembered."));
            }
            if !state.values.contains_key(&name) && state.values.len() >= MOST_NAMES {
                return Err(refusal("The window remembers too many things already."));
            }
            if state.values.get(&name) == Some(&value) {
                return Ok(());
            }
            let before = state.values.insert(name.clone(), value);
            let written = if state.is_known { self.write(&state.values) } else { Self::unreadable() };
            written.map_err(|error| {
                // Otherwise the same value would count as written the next time.
                match before {
                    Some(before) => state.values.insert(name, before),
                    None => state.values.remove(&name),
                };
                tracing::warn!(%error, "what the window remembers could not be written");
                refusal("What the window remembers could not be written to the disk.")
            })
        })
    }

    fn with_state<T>(&self, then: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        then(state.get_or_insert_with(|| self.read()))
    }

    fn unreadable() -> io::Result<()> {
        Err(io::Error::other("the file exists and cannot be read"))
    }

    fn read(&self) -> State {
        let Some(file) = &self.file else { return State { is_known: true, ..State::default() } };
        let bytes = fs::metadata(file).and_then(|found| {
            if !found.is_file() || found.len() > LARGEST_FILE {
                return Err(io::ErrorKind::InvalidData.into());
            }
            fs::read(file)
        });
        match bytes.map(|bytes| serde_json::from_slice::<BTreeMap<String, Value>>(&bytes)) {
            Ok(Ok(values)) => {
                let text = |(name, value)| match value {
                    Value::String(text) => Some((name, text)),
                    // Not written by this program.
                    _ => None,
                };
                State { values: values.into_iter().filter_map(text).collect(), is_known: true }
            }
            Ok(Err(error)) => {
                // Somebody may want to look at it, and it must not stand in the way.
                let aside = fs::rename(file, file.with_extension("damaged.json"));
                tracing::warn!(%error, moved = aside.is_ok(), "what the window remembers is damaged");
                State { is_known: aside.is_ok(), ..State::default() }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                State { is_known: true, ..State::default() }
            }
            Err(error) => {
                tracing::warn!(%error, "what the window remembers cannot be read");
                State::default()
            }
        }
    }

    /// Writes beside the file and renames, so that the file is never half written.
    fn write(&self, values: &Remembered) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = file.with_extension("new");
        let mut written = platform::create_private(&beside)?;
        written.write_all(&serde_json::to_vec(values)?)?;
        written.sync_data()?;
        fs::rename(&beside, file)
    }
}

fn refusal(message: &str) -> Failure {
    Failure { code: ErrorCode::InvalidInput, message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn the_next_start_finds_what_was_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings/window.json");
        let memory = WindowMemory::new(Some(file.clone()));
        assert_eq!(memory.all(), Remembered::new());
        memory.remember(text("order"), text("\"newest\"")).unwrap();
        memory.remember(text("order"), text("\"oldest\"")).unwrap();
        let next = WindowMemory::new(Some(file));
        assert_eq!(next.all(), Remembered::from([(text("order"), text("\"oldest\""))]));
    }

    #[test]
    fn a_damaged_file_counts_as_empty_and_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.json");
        for damaged in ["", "{", "[]"] {
            fs::write(&file, damaged).unwrap();
            let memory = WindowMemory::new(Some(file.clone()));
            assert_eq!(memory.all(), Remembered::new(), "{damaged}");
            memory.remember(text("size"), text("200")).unwrap();
            assert_eq!(WindowMemory::new(Some(file.clone())).all().len(), 1, "{damaged}");
            assert_eq!(fs::read_to_string(folder.path().join("window.damaged.json")).unwrap(), damaged);
        }
    }

    #[test]
    fn a_value_that_could_not_be_written_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.json");
        let memory = WindowMemory::new(Some(file.clone()));
        assert_eq!(memory.all(), Remembered::new());
        fs::create_dir(folder.path().join("window.new")).unwrap();
        assert!(memory.remember(text("size"), text("200")).is_err());
        fs::remove_dir(folder.path().join("window.new")).unwrap();
        memory.remember(text("size"), text("200")).unwrap();
        assert_eq!(WindowMemory::new(Some(file)).all().len(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let memory = WindowMemory::new(Some(folder.path().to_owned()));
        assert_eq!(memory.all(), Remembered::new());
        assert!(memory.remember(text("size"), text("200")).is_err());
        assert!(folder.path().is_dir());
    }

    #[test]
    fn an_odd_value_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("window.json");
        fs::write(&file, r#"{"order": 5, "size": "200"}"#).unwrap();
        assert_eq!(WindowMemory::new(Some(file)).all(), Remembered::from([(text("size"), text("200"))]));
    }

    #[test]
    fn names_and_values_are_bounded() {
        let memory = WindowMemory::new(None);
        assert!(memory.remember(String::new(), text("1")).is_err());
        assert!(memory.remember("n".repeat(LONGEST_NAME + 1), text("1")).is_err());
        assert!(memory.remember(text("n"), "1".repeat(LONGEST_VALUE + 1)).is_err());
        for number in 0..MOST_NAMES {
            memory.remember(number.to_string(), text("1")).unwrap();
        }
        assert!(memory.remember(text("more"), text("1")).is_err());
        memory.remember(text("1"), text("2")).unwrap();
        assert_eq!(memory.all().len(), MOST_NAMES);
    }
}
