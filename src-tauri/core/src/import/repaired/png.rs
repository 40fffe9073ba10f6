//! Repairs a PNG without its end, if enough of its pixels can be inflated.

use super::{ENOUGH, Found, share};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::io::{self, Read, Write};

/// The maximum size of inflated rows that are written again, in bytes. Larger pictures are tried
/// with the data that they have.
const MOST_INFLATED: u64 = 256 << 20;

pub(super) fn repair(bytes: &[u8]) -> Option<Found> {
    let parts = Parts::of(bytes)?;
    let rows = rows(parts.header)?;
    let all = rows.iter().map(|(length, count)| (length + 1) * count).sum::<u64>();
    if all > MOST_INFLATED {
        let found = io::copy(&mut parts.inflated().take(all), &mut io::sink()).unwrap_or(0);
        return Some(if found < all {
            Found::Part(Some(share(found, all)))
        } else {
            Found::All(parts.closed())
        });
    }
    let mut inflated = Vec::new();
    // The data before an error is all there is.
    let _ = parts.inflated().take(all).read_to_end(&mut inflated);
    let there = share(inflated.len() as u64, all);
    if there < ENOUGH {
        return Some(Found::Part(Some(there)));
    }
    // Filter zero and no change: the missing part is black or transparent.
    inflated.resize(usize::try_from(all).ok()?, 0);
    let mut deflated = ZlibEncoder::new(Vec::new(), Compression::none());
    deflated.write_all(&inflated).ok()?;
    let mut file = parts.head();
    push_chunk(&mut file, *b"IDAT", &deflated.finish().ok()?);
    push_chunk(&mut file, *b"IEND", &[]);
    Some(Found::All(file))
}

/// The chunks of the first frame.
struct Parts<'a> {
    header: &'a [u8],
    /// The palette and transparency chunks.
    tables: Vec<([u8; 4], &'a [u8])>,
    pixels: Vec<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let mut parts = Self { header: bytes.get(16..29)?, tables: Vec::new(), pixels: Vec::new() };
        let mut at = 8;
        while let Some(&[a, b, c, d, ref kind @ ..]) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
            let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
            let end = (at + 8).checked_add(length)?;
            // The last chunk may be cut off.
            let data = bytes.get(at + 8..end.min(bytes.len()))?;
            match kind {
                b"PLTE" | b"tRNS" if data.len() == length => parts.tables.push((*kind, data)),
                b"IDAT" => parts.pixels.push(data),
                b"IEND" => break,
                // The frames of an animation come after the picture that represents it.
                _ => {}
            }
            at = end.checked_add(4)?;
        }
        Some(parts)
    }

    fn inflated(&self) -> ZlibDecoder<Chain<'a>> {
        ZlibDecoder::new(Chain { parts: self.pixels.clone().into_iter(), rest: &[] })
    }

    fn head(&self) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        push_chunk(&mut file, *b"IHDR", self.header);
        for (kind, data) in &self.tables {
            push_chunk(&mut file, *kind, data);
        }
        file
    }

    /// Returns the same pixels in chunks that have an end.
    fn closed(&self) -> Vec<u8> {
        let mut file = self.head();
        for data in &self.pixels {
            push_chunk(&mut file, *b"IDAT", data);
        }
        push_chunk(&mut file, *b"IEND", &[]);
        file
    }
}

/// Reads several slices as one.
struct Chain<'a> {
    parts: std::vec::IntoIter<&'a [u8]>,
    rest: &'a [u8],
}

impl Read for Chain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            let Some(next) = self.parts.next() else { return Ok(0) };
            self.rest = next;
        }
        self.rest.read(buffer)
    }
}

/// Returns the length and number of the rows of each pass (PNG, third edition, 8.1 for
/// interlaced pictures).
fn rows(header: &[u8]) -> Option<Vec<(u64, u64)>> {
    let (width, rest) = header.split_first_chunk()?;
    let (height, rest) = rest.split_first_chunk()?;
    let &[depth, colour, _, _, interlace] = rest else { return None };
    let (width, height) = (u64::from(u32::from_be_bytes(*width)), u64::from(u32::from_be_bytes(*height)));
    let channels = match colour {
        0 | 3 => 1,
        4 => 2,
        2 => 3,
        6 => 4,
        _ => return None,
    };
    let length = |width: u64| (width * channels * u64::from(depth)).div_ceil(8);
    if interlace == 0 {
        return Some(vec![(length(width), height)]);
    }
    let passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    let sizes = passes.into_iter().map(|(left, top, across, down): (u64, u64, u64, u64)| {
        (width.saturating_sub(left).div_ceil(across), height.saturating_sub(top).div_ceil(down))
    });
    Some(
        sizes
            .filter(|size| size.0 > 0 && size.1 > 0)
            .map(|(width, height)| (length(width), height))
            .collect(),
    )
}

fn push_chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    // Longer data does not fit into the memory that a picture may use.
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let mut checksum = flate2::Crc::new();
    checksum.update(&kind);
    checksum.update(data);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&kind);
    file.extend_from_slice(data);
    file.extend_from_slice(&checksum.sum().to_be_bytes());
}
