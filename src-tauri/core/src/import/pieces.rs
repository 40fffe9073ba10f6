//! The bytes of a file as decoders read them: in pieces, and with an error once the import is cancelled.

use std::io::{self, BufRead, Read, Seek, SeekFrom};
use tokio_util::sync::CancellationToken;

/// The number of bytes handed out at once, and between two checks of the cancellation. Inflated, they become up
/// to 32 MB of pixels, so it is checked every few hundredths of a second. A check takes a lock that all workers
/// share, so decoders that ask for a few bytes at a time must not pay for it each time.
const PIECE: usize = 32 * 1024;

/// A reader over bytes in memory that fails once it is cancelled.
pub(super) struct Pieces<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the cancellation is checked next.
    checked_at: usize,
    cancel: &'a CancellationToken,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(bytes: &'a [u8], cancel: &'a CancellationToken) -> Self {
        Self { bytes, at: 0, checked_at: 0, cancel }
    }

    /// Returns all bytes.
    pub(super) fn all(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the total number of bytes.
    pub(super) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn rest(&mut self) -> io::Result<&'a [u8]> {
        if self.at >= self.checked_at {
            if self.cancel.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            self.checked_at = self.at.saturating_add(PIECE);
        }
        Ok(self.bytes.get(self.at..).unwrap_or_default())
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.rest()?.read(buffer)?;
        self.at += count;
        Ok(count)
    }

    fn read_to_end(&mut self, buffer: &mut Vec<u8>) -> io::Result<usize> {
        let rest = self.rest()?;
        buffer.extend_from_slice(rest);
        self.at += rest.len();
        Ok(rest.len())
    }
}

impl BufRead for Pieces<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let rest = self.rest()?;
        Ok(rest.get(..PIECE).unwrap_or(rest))
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl Seek for Pieces<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let from = |start: usize, offset: i64| {
            u64::try_from(start).ok().and_then(|start| start.checked_add_signed(offset))
        };
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(offset) => from(self.at, offset),
            SeekFrom::End(offset) => from(self.bytes.len(), offset),
        };
        let at = to.and_then(|at| usize::try_from(at).ok());
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        // A decoder that goes back again and again is checked each time.
        self.checked_at = self.at;
        u64::try_from(self.at).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_are_read_in_order_in_pieces_of_any_size() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|number| number.to_le_bytes()[1]).collect();
        let cancel = CancellationToken::new();
        let mut pieces = Pieces::of(&bytes, &cancel);
        let mut read = Vec::new();
        while let Ok(piece) = pieces.fill_buf() {
            if piece.is_empty() {
                break;
            }
            assert!(piece.len() <= PIECE);
            let count = piece.len();
            read.extend_from_slice(piece);
            pieces.consume(count);
        }
        assert_eq!(read, bytes);
        pieces.seek(SeekFrom::End(-10)).unwrap();
        let mut tail = Vec::new();
        assert_eq!(pieces.read_to_end(&mut tail).unwrap(), 10);
        assert_eq!(tail, bytes[99_990..]);
        assert!(pieces.seek(SeekFrom::Current(-100_001)).is_err());
        pieces.seek(SeekFrom::Start(200_000)).unwrap();
        assert_eq!(pieces.read(&mut [0; 4]).unwrap(), 0);
    }

    #[test]
    fn a_cancelled_reader_fails_before_its_end() {
        let (bytes, cancel) = (vec![1; 100_000], CancellationToken::new());
        let mut pieces = Pieces::of(&bytes, &cancel);
        assert_eq!(pieces.read(&mut [0; 10]).unwrap(), 10);
        cancel.cancel();
        let mut read = 10;
        while let Ok(count) = pieces.read(&mut [0; 10]) {
            read += count;
        }
        assert!((10..=PIECE + 10).contains(&read), "{read}");
        assert!(pieces.fill_buf().is_err());
        assert!(pieces.read_to_end(&mut Vec::new()).is_err());
        pieces.seek(SeekFrom::Start(0)).unwrap();
        assert!(pieces.read(&mut [0; 10]).is_err());
    }
}
