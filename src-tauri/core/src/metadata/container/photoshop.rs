//! Photoshop image resources with IPTC-IIM in them: the caption, credit, program and dates that an editor or
//! an agency wrote.

use super::{Encoding, Pieces, Source, take, u16_be, u32_be};

const IPTC: u16 = 0x0404;

/// Reads a list of resources, each with `8BIM`, an id, a padded name and a padded value.
pub(super) fn collect(bytes: &[u8], pieces: &mut Pieces) {
    let mut rest = bytes;
    while let Some((id, value)) = next_resource(&mut rest) {
        if pieces.part(0).is_none() {
            return;
        }
        if id == IPTC {
            iptc(value, pieces);
        }
    }
}

fn next_resource<'a>(rest: &mut &'a [u8]) -> Option<(u16, &'a [u8])> {
    if take(rest, 4)? != b"8BIM" {
        return None;
    }
    let id = u16_be(take(rest, 2)?)?;
    let name = usize::from(*take(rest, 1)?.first()?);
    take(rest, name + (name + 1) % 2)?;
    let size = u32_be(take(rest, 4)?)?;
    let value = take(rest, size)?;
    let _padding = take(rest, size % 2);
    Some((id, value))
}

/// Reads records 2:55 and 2:60 (made), 2:62 and 2:63 (digitized), 2:65 (program), 2:110 (credit) and 2:120
/// (caption) of IIM 4.
fn iptc(bytes: &[u8], pieces: &mut Pieces) {
    let mut rest = bytes;
    while let Some((record, dataset, value)) = next_dataset(&mut rest) {
        if pieces.part(0).is_none() {
            return;
        }
        let key = match (record, dataset) {
            (2, 55) => "DateCreated",
            (2, 60) => "TimeCreated",
            (2, 62) => "DigitalCreationDate",
            (2, 63) => "DigitalCreationTime",
            (2, 65) => "OriginatingProgram",
            (2, 110) => "Credit",
            (2, 120) => "Caption",
            _ => continue,
        };
        pieces.push(Source::Iptc, key, Encoding::Plain, value);
    }
}

fn next_dataset<'a>(rest: &mut &'a [u8]) -> Option<(u8, u8, &'a [u8])> {
    let [0x1c, record, dataset] = *take(rest, 3)?.first_chunk()? else { return None };
    let size = usize::from(u16_be(take(rest, 2)?)?);
    // The highest bit marks an extended size, which none of these texts needs.
    if size & 0x8000 != 0 {
        return None;
    }
    Some((record, dataset, take(rest, size)?))
}
