//! The write-ahead log of the catalog, as SQLite left it (sqlite.org/fileformat2.html, chapter 4).

use super::file::with_suffix;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// The length of the header of the log, in bytes.
const HEADER: usize = 32;
/// The length of the header of a frame, in bytes.
const FRAME_HEADER: usize = 24;
/// Where the salts are in the header of the log.
const SALTS: std::ops::Range<usize> = 16..24;
/// The magic number, but for its last bit, which says that checksums are big-endian.
const MAGIC: u32 = 0x377f_0682;

/// Says whether the log has frames of this run behind one that is wrong. SQLite ignores all of them, so
/// acknowledged changes are lost. A program that is killed leaves no such log.
pub(super) fn is_damaged(catalog: &Path) -> io::Result<bool> {
    let log = match File::open(with_suffix(catalog, "-wal")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        log => log?,
    };
    let mut log = BufReader::with_capacity(1 << 18, log);
    let mut header = [0; HEADER];
    if !fill(&mut log, &mut header)? {
        return Ok(false);
    }
    let word = |at: usize| be32(&header, at);
    let page_size = word(8);
    if word(0) & !1 != MAGIC || !(512..=65_536).contains(&page_size) {
        // Nothing is known of a log with a wrong header, except that it is not empty.
        return fill(&mut log, &mut [0; FRAME_HEADER]);
    }
    let is_big_endian = word(0) & 1 == 1;
    let mut sums = (word(24), word(28));
    let mut frame = vec![0; FRAME_HEADER + usize::try_from(page_size).unwrap_or_default()];
    let mut has_wrong = checksum(is_big_endian, (0, 0), header.get(..24).unwrap_or_default()) != sums;
    while fill(&mut log, &mut frame)? {
        let is_of_this_run = frame.get(8..16) == header.get(SALTS);
        if has_wrong && is_of_this_run {
            return Ok(true);
        }
        let head = checksum(is_big_endian, sums, frame.get(..8).unwrap_or_default());
        let all = checksum(is_big_endian, head, frame.get(FRAME_HEADER..).unwrap_or_default());
        if is_of_this_run && all == (be32(&frame, 16), be32(&frame, 20)) {
            sums = all;
        } else {
            has_wrong = true;
        }
    }
    Ok(false)
}

/// Reads as many bytes as fit. Returns false where the file ends before.
fn fill(log: &mut impl Read, bytes: &mut [u8]) -> io::Result<bool> {
    match log.read_exact(bytes) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(<[u8]>::first_chunk).map_or(0, |word| u32::from_be_bytes(*word))
}

/// Continues the checksum of the log over these bytes, a multiple of eight.
fn checksum(is_big_endian: bool, (mut first, mut second): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    for [a, b, c, d, e, f, g, h] in bytes.as_chunks().0 {
        let of =
            |word: [u8; 4]| if is_big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) };
        first = first.wrapping_add(of([*a, *b, *c, *d])).wrapping_add(second);
        second = second.wrapping_add(of([*e, *f, *g, *h])).wrapping_add(first);
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;
    use std::fs;
    use std::path::PathBuf;

    /// Returns a folder with a copy of a catalog and its log, as a killed program leaves them.
    fn a_killed_one() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (open, killed) = (folder.path().join("open.db"), folder.path().join("killed.db"));
        let connection = Connection::open(&open).unwrap();
        connection.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x);").unwrap();
        for number in 0..20 {
            connection.execute("INSERT INTO t VALUES (?1)", [number]).unwrap();
        }
        for suffix in ["", "-wal"] {
            fs::copy(with_suffix(&open, suffix), with_suffix(&killed, suffix)).unwrap();
        }
        (folder, killed)
    }

    #[test]
    fn a_log_is_damaged_only_if_frames_follow_a_wrong_one() {
        let (_folder, catalog) = a_killed_one();
        assert!(!is_damaged(&catalog).unwrap(), "as it was left");
        let log = with_suffix(&catalog, "-wal");
        let whole = fs::read(&log).unwrap();
        for at in [4, HEADER + 3, HEADER + FRAME_HEADER + 9, whole.len() / 2] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&log, bytes).unwrap();
            assert!(is_damaged(&catalog).unwrap(), "a bit at {at}");
        }
        for length in [0, 7, HEADER, HEADER + 9, whole.len() / 2, whole.len() - 1] {
            fs::write(&log, &whole[..length]).unwrap();
            assert!(!is_damaged(&catalog).unwrap(), "cut at {length}");
        }
        fs::remove_file(&log).unwrap();
        assert!(!is_damaged(&catalog).unwrap(), "closed");
    }
}
