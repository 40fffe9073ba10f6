//! What the window remembers from one start to the next: how it looks, and where
//! the artist was. A file of the host, because the web view writes its own
//! storage half a second late: a choice made just before the window closes
//! would be lost.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use vitrine_core::model::{ErrorCode, Failure};

/// The most names that are remembered.
const MOST_NAMES: usize = 64;
/// The longest name, in bytes.
const LONGEST_NAME: usize = 64;
/// The longest value, in bytes.
const LONGEST_VALUE: usize = 64 << 10;
/// A larger file was not written by this program, in bytes.
const LARGEST_FILE: u64 = 16 << 20;

/// Values by name, as the page writes them: JSON whose meaning only the page knows.
pub(crate) type Remembered = BTreeMap<String, String>;

/// The memory of the window.
pub(crate) struct WindowMemory {
    /// `None` if this computer has no folder for it: then it ends with the program.
    file: Option<PathBuf>,
    /// `None` until the file is read.
    values: Mutex<Option<Remembered>>,
}

impl WindowMemory {
    /// Returns the memory in this file, which need not exist.
    pub(crate) fn new(file: Option<PathBuf>) -> Self {
        Self { file, values: Mutex::default() }
    }

    /// Returns everything that is remembered. A file that cannot be read counts
    /// as empty.
    pub(crate) fn all(&self) -> Remembered {
        self.values(|values| values.clone())
    }

    /// Remembers a value under a name, also after a crash of this program.
    pub(crate) fn remember(&self, name: String, value: String) -> Result<(), Failure> {
        self.values(|values| {
            let is_known = values.contains_key(&name);
            if name.is_empty() || name.len() > LONGEST_NAME || value.len() > LONGEST_VALUE {
                return Err(refusal("This is too long to be remembered."));
            }
            if !is_known && values.len() >= MOST_NAMES {
                return Err(refusal("The window remembers too many things already."));
            }
            if values.get(&name) == Some(&value) {
                return Ok(());
            }
            values.insert(name, value);
            self.write(values).map_err(|error| {
                tracing::warn!(%error, "what the window remembers could not be written");
                refusal("What the window remembers could not be written to the disk.")
            })
        })
    }

    fn values<T>(&self, then: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut values: MutexGuard<'_, _> = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        then(values.get_or_insert_with(|| self.read()))
    }

    fn read(&self) -> Remembered {
        let Some(file) = &self.file else { return Remembered::new() };
        let read = fs::metadata(file).and_then(|known| {
            if known.len() > LARGEST_FILE {
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
            Ok(serde_json::from_slice(&fs::read(file)?)?)
        });
        read.unwrap_or_else(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, "what the window remembers cannot be read");
            }
            Remembered::new()
        })
    }

    /// Writes beside the file and renames, so that the file is never half written.
    fn write(&self, values: &Remembered) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = file.with_extension("new");
        let mut written = fs::File::create(&beside)?;
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
        for damaged in ["", "{", "[]", "{\"order\": 1}"] {
            fs::write(&file, damaged).unwrap();
            let memory = WindowMemory::new(Some(file.clone()));
            assert_eq!(memory.all(), Remembered::new(), "{damaged}");
            memory.remember(text("size"), text("200")).unwrap();
            assert_eq!(WindowMemory::new(Some(file.clone())).all().len(), 1, "{damaged}");
        }
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
