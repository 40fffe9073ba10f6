//! ICC profiles (ICC.1:2022). A profile is made again from the tags with which colours are converted: each is read
//! to its last byte by the rules of its type, and written again. Names, texts, dates, serial numbers, the tags of
//! vendors, and bytes between and behind the tags are left out.

mod tags;

use super::walked::{u16_be, u32_be, usize_of};
use crate::model::CopyRefusal;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use std::io::Write;

/// The longest profile, in bytes. The largest in use, those for printing presses, have three million.
const LONGEST: usize = 4 << 20;
/// The header and an empty table of tags (7.1).
const SHORTEST: usize = 132;
const HEADER: usize = 128;
/// The length of a tag in the table, in bytes.
const ENTRY: usize = 12;
/// The most tags of one profile. Profiles have up to 40.
const MOST_TAGS: usize = 100;
/// The white of the space to which profiles convert, D50 (7.2.16).
const D50: [u8; 12] = [0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d];

/// A file's profile, as it was found.
pub(super) enum Found {
    /// Viewers ignore it: it is none, or it is incomplete.
    Ignored,
    /// It was made again. So many bytes followed its end.
    Made { profile: Vec<u8>, behind: usize },
}

/// Makes a profile again. It is refused if the conversion of colours needs a part that is not understood.
pub(super) fn again(profile: &[u8]) -> Result<Found, CopyRefusal> {
    let Some(exact) = exact(profile) else { return Ok(Found::Ignored) };
    let made = made(exact).ok_or(CopyRefusal::Profile)?;
    Ok(Found::Made { profile: made, behind: profile.len() - exact.len() })
}

/// Returns a profile without bytes behind its stated end (7.2.2). `None` if it is none.
fn exact(profile: &[u8]) -> Option<&[u8]> {
    let stated = usize_of(u32_be(profile, 0)?);
    let is_profile = (SHORTEST..=LONGEST).contains(&stated) && profile.get(36..40) == Some(b"acsp");
    profile.get(..stated).filter(|_| is_profile)
}

fn made(profile: &[u8]) -> Option<Vec<u8>> {
    let version @ (2 | 4) = *profile.get(8)? else { return None };
    let mut tags: Vec<([u8; 4], Vec<u8>)> = Vec::new();
    let count = usize_of(u32_be(profile, HEADER)?);
    let table = profile.get(HEADER + 4..)?;
    if count > MOST_TAGS {
        return None;
    }
    for entry in table.get(..count * ENTRY)?.as_chunks::<ENTRY>().0 {
        let name: [u8; 4] = *entry.first_chunk()?;
        let start = usize_of(u32_be(entry, 4)?);
        let data = profile.get(start..start.checked_add(usize_of(u32_be(entry, 8)?))?)?;
        // Of two tags with the same name, readers use the first one.
        if tags.iter().all(|(other, _)| *other != name)
            && let Some(made) = tags::again(name, data)?
        {
            tags.push((name, made));
        }
    }
    let header = header(profile, version)?;
    let has = |name: &[u8; 4]| tags.iter().any(|(other, _)| other == name);
    let converts = match profile.get(16..20)? {
        b"GRAY" => has(b"kTRC"),
        b"RGB " => [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"].into_iter().all(has),
        _ => false,
    };
    if !converts && !has(b"A2B0") {
        return None;
    }
    tags.push((*b"desc", tags::description(version)));
    tags.push((*b"cprt", tags::copyright(version)));
    tags.sort_by_key(|(name, _)| *name);
    written(header, &tags)
}

/// Makes a header with the version, the kind, the spaces and the intent of another one (7.2).
fn header(profile: &[u8], version: u8) -> Option<Vec<u8>> {
    let (class, space, connection) = (profile.get(12..16)?, profile.get(16..20)?, profile.get(20..24)?);
    let is_known = matches!(class, b"mntr" | b"scnr" | b"prtr" | b"spac")
        && matches!(space, b"RGB " | b"GRAY" | b"CMYK" | b"Lab " | b"XYZ ")
        && matches!(connection, b"XYZ " | b"Lab ");
    let minor = *profile.get(9)? >> 4;
    let intent = u32_be(profile, 64)? & 0xffff;
    if !is_known || minor > 4 || intent > 3 {
        return None;
    }
    let mut header = vec![0; 8];
    header.extend([version, minor << 4, 0, 0]);
    header.extend([class, space, connection].concat());
    // The date must be one.
    header.extend([0x07, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    header.extend(b"acsp");
    header.resize(64, 0);
    header.extend(intent.to_be_bytes());
    header.extend(D50);
    header.resize(HEADER, 0);
    Some(header)
}

/// Writes the table and the tags (7.3). Tags with the same data share it.
fn written(header: Vec<u8>, tags: &[([u8; 4], Vec<u8>)]) -> Option<Vec<u8>> {
    let mut table = u32::try_from(tags.len()).ok()?.to_be_bytes().to_vec();
    let start = HEADER + 4 + ENTRY * tags.len();
    let mut data: Vec<u8> = Vec::new();
    let mut places: Vec<(&[u8], usize)> = Vec::new();
    for (name, tag) in tags {
        let place = places.iter().find(|(other, _)| other == tag).map(|(_, place)| *place);
        let place = place.unwrap_or_else(|| {
            let place = start + data.len();
            data.extend_from_slice(tag);
            data.resize(data.len().next_multiple_of(4), 0);
            places.push((tag, place));
            place
        });
        table.extend_from_slice(name);
        table.extend(u32::try_from(place).ok()?.to_be_bytes());
        table.extend(u32::try_from(tag.len()).ok()?.to_be_bytes());
    }
    if table.len() + data.len() > LONGEST {
        return None;
    }
    let mut profile = [header, table, data].concat();
    let length = u32::try_from(profile.len()).ok()?.to_be_bytes();
    profile.get_mut(..4)?.copy_from_slice(&length);
    Some(profile)
}

/// Inflates a profile. `None` if the data is none.
pub(super) fn inflated(deflated: &[u8]) -> Option<Vec<u8>> {
    let mut inflate = Decompress::new(true);
    let mut profile = Vec::with_capacity(LONGEST.min(deflated.len().saturating_mul(8)).max(SHORTEST));
    loop {
        let used = usize::try_from(inflate.total_in()).ok()?;
        let before = profile.len();
        let rest = deflated.get(used..)?;
        let status = inflate.decompress_vec(rest, &mut profile, FlushDecompress::None).ok()?;
        if status == Status::StreamEnd {
            return Some(profile);
        }
        if profile.len() > LONGEST {
            return None;
        }
        let is_stuck = usize::try_from(inflate.total_in()).ok()? == used && profile.len() == before;
        if profile.len() == profile.capacity() {
            profile.reserve(profile.len().max(SHORTEST));
        } else if is_stuck {
            return None;
        }
    }
}

/// Deflates a profile.
pub(super) fn deflated(profile: &[u8]) -> Result<Vec<u8>, CopyRefusal> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(profile).and_then(|()| encoder.finish()).map_err(|_| CopyRefusal::Unverified)
}

#[cfg(test)]
pub(super) mod tests;
