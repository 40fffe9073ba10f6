//! The files of the journal, `journal/{position}.jsonl`. The name is the position of the catalog
//! at which the file begins. Owns names, lines, checksums and locks; knows nothing of tables.
//!
//! A line is eight hexadecimal digits, a space, and a JSON object. The digits are the first four
//! bytes of the SHA-256 of that object's text:
//!
//! - `{"v": 1, "library": ID}` begins a segment;
//! - `{"t": TABLE, "k": KEY, "r": ROW}` is the state of a row at that time, or `null` if the row
//!   was deleted;
//! - `{"at": POSITION}` ends the rows that belong together.
//!
//! Lines after the last `at` were never acknowledged, unless the end of the journal was lost. A
//! catalog that is behind them cannot tell the two cases apart, so it then trusts nothing. A line
//! that does not match its digits is damaged; only that line is lost.

use crate::directory;
use crate::private;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long an append waits for another process's append.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it checks.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// The version of the format that this program writes.
const VERSION: u64 = 1;
/// How many bytes of a segment's end are read at first to find its last position.
const TAIL: u64 = 64 * 1024;
/// The longest line that is read, in bytes. A row holds a prompt and its texts.
const MAX_LINE: u64 = 64 << 20;

/// The journal of one catalog. Files are created only when something is appended.
#[derive(Debug)]
pub(in super::super) struct Segments {
    folder: PathBuf,
}

/// The exclusive right to append. No other process appends meanwhile.
#[derive(Debug)]
pub(super) struct Alone<'a> {
    segments: &'a Segments,
    _lock: File,
}

/// The content of a line.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Line {
    /// A segment begins.
    Header {
        /// The id of the library; empty while the library had none.
        library: String,
    },
    /// The state of a row at that time; `None` if it was deleted.
    Row {
        /// The name of its table.
        item: String,
        /// Its primary key.
        key: Vec<Value>,
        /// Its columns by name.
        row: Option<serde_json::Map<String, Value>>,
    },
    /// Everything before this line was committed at this position.
    At(i64),
}

impl Line {
    fn to_json(&self) -> Value {
        match self {
            Self::Header { library } => json!({ "v": VERSION, "library": library }),
            Self::Row { item, key, row } => json!({ "t": item, "k": key, "r": row }),
            Self::At(position) => json!({ "at": position }),
        }
    }

    fn of_json(value: Value) -> Option<Self> {
        let Value::Object(mut object) = value else { return None };
        if let Some(position) = object.get("at") {
            return position.as_i64().map(Self::At);
        }
        if let Some(version) = object.get("v") {
            let library = object.get("library")?.as_str()?.to_owned();
            return (version.as_u64()? == VERSION).then_some(Self::Header { library });
        }
        let item = object.get("t")?.as_str()?.to_owned();
        let Some(Value::Array(key)) = object.remove("k") else { return None };
        let row = match object.remove("r")? {
            Value::Null => None,
            Value::Object(row) => Some(row),
            _ => return None,
        };
        Some(Self::Row { item, key, row })
    }

    /// Appends the line to a text.
    pub(super) fn write(&self, text: &mut Vec<u8>) {
        let json = self.to_json().to_string();
        text.extend(digits(json.as_bytes()));
        text.push(b' ');
        text.extend(json.as_bytes());
        text.push(b'\n');
    }

    /// Parses a line. Returns `None` if it is damaged.
    fn read(line: &[u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\n")?;
        let (found, json) = line.split_at_checked(8)?;
        let json = json.strip_prefix(b" ")?;
        if found != digits(json) {
            return None;
        }
        Self::of_json(serde_json::from_slice(json).ok()?)
    }
}

fn digits(json: &[u8]) -> [u8; 8] {
    let mut digits = [0; 8];
    let hash = Sha256::digest(json);
    // Four bytes are eight digits, so they always fit.
    let _ = hex::encode_to_slice(&hash[..4], &mut digits);
    digits
}

/// One file of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// The position of the catalog at which it begins.
    pub(super) begins: i64,
    path: PathBuf,
}

impl Segments {
    pub(in super::super) fn beside(catalog: &Path) -> Self {
        Self { folder: catalog.with_file_name("journal") }
    }

    /// Returns the existing segments, oldest first.
    pub(super) fn list(&self) -> io::Result<Vec<Segment>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let begins = name.and_then(|name| name.strip_suffix(".jsonl")?.parse().ok());
            found.extend(begins.map(|begins| Segment { begins, path: path.clone() }));
        }
        found.sort_by_key(|segment| segment.begins);
        Ok(found)
    }

    /// Returns the position up to which the journal is complete; `None` if there is no journal.
    pub(super) fn position(&self) -> io::Result<Option<i64>> {
        for segment in self.list()?.iter().rev() {
            if let Some(position) = last_position(&segment.path)? {
                return Ok(Some(position));
            }
        }
        Ok(None)
    }

    /// Says whether the newest segment ends within a line.
    pub(super) fn is_cut_off(&self) -> io::Result<bool> {
        let Some(segment) = self.list()?.pop() else { return Ok(false) };
        let mut file = File::open(&segment.path)?;
        if file.metadata()?.len() == 0 {
            return Ok(true);
        }
        file.seek(SeekFrom::End(-1))?;
        let mut last = [0];
        file.read_exact(&mut last)?;
        Ok(last != *b"\n")
    }

    /// Waits until no other process appends, and keeps others out.
    pub(super) fn alone(&self) -> io::Result<Alone<'_>> {
        if !self.folder.is_dir() {
            private::create_dir_all(&self.folder)?;
            directory::sync(self.folder.parent().unwrap_or(&self.folder))?;
        }
        let path = self.folder.join("lock");
        let lock = private::open_or_create(&path)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Alone { segments: self, _lock: lock }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(LOOK_EVERY),
                Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    /// Calls `each` with every line of every segment, oldest first. A damaged or unfinished line
    /// is `None`.
    pub(in super::super) fn read<E: From<io::Error>>(
        &self,
        mut each: impl FnMut(Option<Line>) -> Result<(), E>,
    ) -> Result<(), E> {
        let segments = self.list()?;
        for segment in &segments {
            let mut reader = BufReader::new(File::open(&segment.path)?);
            let mut line = Vec::new();
            loop {
                line.clear();
                if reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
                    break;
                }
                each(Line::read(&line))?;
            }
        }
        Ok(())
    }
}

/// Cuts off a line that has no end. Returns the new length of the file.
fn cut_unfinished(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut piece = Vec::new();
    while end > 0 {
        let from = end.saturating_sub(TAIL);
        piece.clear();
        file.seek(SeekFrom::Start(from))?;
        Read::by_ref(file).take(end - from).read_to_end(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            end = from + at as u64 + 1;
            break;
        }
        end = from;
    }
    if end < length {
        file.set_len(end)?;
    }
    Ok(end)
}

/// Returns the last position in a segment; `None` if it has none.
fn last_position(path: &Path) -> io::Result<Option<i64>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut tail = TAIL;
    loop {
        let from = length.saturating_sub(tail);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(length - from).read_to_end(&mut bytes)?;
        let lines = bytes.split_inclusive(|byte| *byte == b'\n').rev();
        for line in lines {
            if let Some(Line::At(position)) = Line::read(line) {
                return Ok(Some(position));
            }
        }
        if from == 0 {
            return Ok(None);
        }
        tail = tail.saturating_mul(8);
    }
}

impl Alone<'_> {
    /// Appends lines and waits until they are on the disk. If there is no segment yet, creates
    /// the first one, which begins at `begins`.
    pub(super) fn append(&self, lines: &[u8], begins: i64, library: &str) -> io::Result<()> {
        let segment = match self.segments.list()?.pop() {
            Some(segment) => segment,
            None => self.begin(begins, library)?,
        };
        let mut file = OpenOptions::new().read(true).append(true).open(&segment.path)?;
        let length = file.seek(SeekFrom::End(0))?;
        let mut text = Vec::with_capacity(lines.len());
        // A line that a kill left unfinished was never acknowledged, and is appended again.
        let length = cut_unfinished(&mut file, length)?;
        text.extend(lines);
        if let Err(error) = file.write_all(&text).and_then(|()| file.sync_data()) {
            // Half of the text is worthless. If it cannot be cut off, readers skip it.
            let _ = file.set_len(length);
            return Err(error);
        }
        Ok(())
    }

    /// Starts a new segment, which receives everything from now on.
    pub(super) fn begin(&self, at: i64, library: &str) -> io::Result<Segment> {
        let path = self.segments.folder.join(format!("{at:020}.jsonl"));
        let segment = Segment { begins: at, path };
        if segment.path.exists() {
            return Ok(segment);
        }
        let mut text = Vec::new();
        Line::Header { library: library.to_owned() }.write(&mut text);
        // Everything up to here is in other segments. The position continues from it.
        Line::At(at).write(&mut text);
        let aside = segment.path.with_extension("new");
        private::write(&aside, &text)?;
        OpenOptions::new().write(true).open(&aside)?.sync_all()?;
        fs::rename(&aside, &segment.path)?;
        directory::sync(&self.segments.folder)?;
        Ok(segment)
    }

    /// Removes segments that end at or before a position.
    pub(super) fn prune(&self, before: i64) -> io::Result<()> {
        let segments = self.segments.list()?;
        for pair in segments.windows(2) {
            if let [old, next] = pair
                && next.begins <= before
            {
                fs::remove_file(&old.path)?;
            }
        }
        Ok(())
    }

    /// Moves all segments into a subfolder, because they belong to another catalog.
    pub(super) fn set_aside(&self, name: &str) -> io::Result<()> {
        let aside = self.segments.folder.join(name);
        private::create_dir_all(&aside)?;
        for segment in self.segments.list()? {
            if let Some(name) = segment.path.file_name() {
                fs::rename(&segment.path, aside.join(name))?;
            }
        }
        directory::sync(&self.segments.folder)
    }
}
