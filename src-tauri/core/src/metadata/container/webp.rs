//! WebP: the chunks `EXIF`, `XMP ` and `C2PA` of its RIFF container.

use super::{Encoding, Pieces, Source, exif, take, u32_le};

pub(super) fn collect(bytes: &[u8], pieces: &mut Pieces) {
    let mut rest = bytes.get(12..).unwrap_or_default();
    while let Some((kind, data)) = next_chunk(&mut rest) {
        if pieces.part(0).is_none() {
            return;
        }
        match kind {
            b"EXIF" => exif::collect(data, pieces),
            b"XMP " => pieces.push(Source::Xmp, "xmp", Encoding::Plain, data),
            b"C2PA" => pieces.push_manifest(data),
            _ => {}
        }
    }
}

fn next_chunk<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let kind = take(rest, 4)?;
    let size = u32_le(take(rest, 4)?)?;
    let data = take(rest, size)?;
    // Chunks are padded to an even size, but not every writer pads the last one.
    let _padding = take(rest, size % 2);
    Some((kind, data))
}
