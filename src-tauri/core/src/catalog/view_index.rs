//! All images of a view in a packed form: enough to lay out a million of them
//! without requesting each one.
//!
//! The format consists of little-endian columns, one after the other: the count
//! as a `u32`, followed by twelve zero bytes; the ids, each as four `u32` whose
//! order is the order of the ids; the values that order the view, the largest
//! first, as `f64`: moments in milliseconds, bytes, stars, or places counted
//! down from zero; the number of the image's stack as `u32`, 0 if it has none; width divided by height as `u16` in units of [`RATIO_UNIT`],
//! limited to what a grid draws; one byte of flags each, of which three bits are
//! the rating.

use super::listing::{Listed, Span};
use super::views::listed;
use super::{Catalog, CatalogError, functions};
use crate::model::{ImageKind, OrderBy, OwnerId, ParsedView, Rating};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params_from_iter};

/// The packed value of a ratio of one.
const RATIO_UNIT: f64 = 16_384.0;
/// A grid crops images beyond these ratios.
const RATIOS: (f64, f64) = (0.4, 3.6);
/// Set if the image is public.
const PUBLIC: u8 = 1;
/// Set if the image is a reference.
const REFERENCE: u8 = 2;
/// Set if the image is sensitive.
const SENSITIVE: u8 = 4;
/// Set if the image is a favourite.
const FAVOURITE: u8 = 8;
/// The lowest bit of the rating.
const RATING: u8 = 16;
/// Room for the rows, and for the packed bytes, of a list that is not short. Allocators return blocks of this
/// size to the system at once; glibc keeps smaller ones, which several threads that read lists made half a
/// gigabyte. What is not used of it takes no memory.
const ROOM: usize = 40 << 20;
/// The most rows of a short list, whose memory may be kept.
const SHORT: usize = 4096;
/// The packed bytes of a row.
const ROW: usize = 31;
/// The packed bytes before the rows.
const HEAD: usize = 16;
/// The number of rows between two checks whether the result is still wanted.
const LOOK_EVERY: usize = 4096;

struct Entry {
    id: [u8; 16],
    /// What orders the list, largest first.
    key: f64,
    stack: u32,
    ratio: u16,
    flags: u8,
}

/// Returns width divided by height in packed form. An unknown size counts as a
/// square.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to what fits above")]
fn packed_ratio(width: Option<u32>, height: Option<u32>) -> u16 {
    let ratio = match (width, height) {
        (Some(width), Some(height)) if width > 0 && height > 0 => f64::from(width) / f64::from(height),
        _ => 1.0,
    };
    (ratio.clamp(RATIOS.0, RATIOS.1) * RATIO_UNIT).round() as u16
}

/// Where the order of a list comes from.
enum Ordered {
    /// The values of the rows.
    Values,
    /// The order of the rows.
    Places,
    /// The ids, by this number.
    Shuffled(u32),
}

impl Ordered {
    fn by(by: OrderBy, view: &ParsedView) -> Self {
        match (by, view) {
            (_, ParsedView::Trash) => Self::Values,
            (OrderBy::Name, _)
            | (OrderBy::Manual, ParsedView::Collection { .. })
            | (OrderBy::Match, ParsedView::Search { .. }) => Self::Places,
            (OrderBy::Shuffle { seed }, _) => Self::Shuffled(seed),
            _ => Self::Values,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "these numbers are far below 2^53")]
fn entry(kind: ImageKind, row: &Row<'_>, ordered: &Ordered, place: usize) -> Result<Entry, CatalogError> {
    let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    let key = match ordered {
        Ordered::Values => row.get::<_, i64>(1)? as f64,
        Ordered::Places => -(place as f64),
        Ordered::Shuffled(seed) => functions::shuffled(id, *seed) as f64,
    };
    let id = uuid::Uuid::try_parse_ascii(id.as_bytes())
        .map_err(|_| CatalogError::Invalid("an image in the catalog has no proper id".into()))?;
    let is_public = matches!(row.get_ref(4)?, ValueRef::Text(b"public"));
    let is_sensitive = matches!(row.get_ref(5)?, ValueRef::Text(b"yes" | b"words"));
    let is_favourite: bool = row.get(6)?;
    let kind = if kind == ImageKind::Reference { REFERENCE } else { 0 };
    Ok(Entry {
        id: id.into_bytes(),
        key,
        stack: super::stacks::number(row, 8)?,
        ratio: packed_ratio(row.get(2)?, row.get(3)?),
        flags: kind
            | if is_public { PUBLIC } else { 0 }
            | if is_sensitive { SENSITIVE } else { 0 }
            | if is_favourite { FAVOURITE } else { 0 }
            | (row.get::<_, Rating>(7)?.stars() * RATING),
    })
}

/// Reads all rows. Returns `None` once the result is no longer wanted.
fn entries(
    connection: &Connection,
    owner: &OwnerId,
    view: &ParsedView,
    by: OrderBy,
    is_wanted: &dyn Fn() -> bool,
) -> Result<Option<Vec<Entry>>, CatalogError> {
    let mut found = Vec::with_capacity(SHORT);
    let ordered = Ordered::by(by, view);
    // A random order is faster to sort here.
    let read_by = if matches!(ordered, Ordered::Shuffled(_)) { OrderBy::Made } else { by };
    for Listed { kind, clause, values, key } in listed(connection, owner, view, &Span::all(read_by))? {
        let (flags, stack) = match kind {
            ImageKind::Generated => ("i.visibility, i.sensitive", "i.stack"),
            ImageKind::Reference => ("NULL, NULL", "0"),
        };
        let columns = format!("i.id, {key}, i.width, i.height, {flags}, i.favourite, i.rating, {stack}");
        let sql = format!("SELECT {columns} {clause}");
        #[cfg(test)]
        super::plans::note(&sql);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if found.len() % LOOK_EVERY == 0 && !is_wanted() {
                return Ok(None);
            }
            match entry(kind, row, &ordered, found.len()) {
                Ok(entry) => {
                    if found.len() == SHORT {
                        found.reserve_exact(ROOM / size_of::<Entry>() - SHORT);
                    }
                    found.push(entry);
                }
                // The page that contains this image reports it.
                Err(error) if error.is_of_one_row() => {}
                Err(error) => return Err(error),
            }
        }
    }
    if *view == ParsedView::Trash || matches!(ordered, Ordered::Shuffled(_)) {
        found.sort_unstable_by(|one: &Entry, other| {
            other.key.total_cmp(&one.key).then_with(|| other.id.cmp(&one.id))
        });
    }
    Ok(Some(found))
}

fn pack(entries: &[Entry]) -> Result<Vec<u8>, CatalogError> {
    let count = u32::try_from(entries.len())
        .map_err(|_| CatalogError::Invalid("there are more images than can be shown".into()))?;
    let size = HEAD + entries.len() * ROW;
    let mut bytes = Vec::with_capacity(if entries.len() > SHORT { size.max(ROOM) } else { size });
    bytes.extend(count.to_le_bytes());
    bytes.resize(HEAD, 0);
    for entry in entries {
        for word in entry.id.chunks_exact(4) {
            bytes.extend(word.iter().rev());
        }
    }
    for entry in entries {
        bytes.extend(entry.key.to_le_bytes());
    }
    for entry in entries {
        bytes.extend(entry.stack.to_le_bytes());
    }
    for entry in entries {
        bytes.extend(entry.ratio.to_le_bytes());
    }
    bytes.extend(entries.iter().map(|entry| entry.flags));
    Ok(bytes)
}

impl Catalog {
    /// Returns all images of a view in this order, packed in the format that this
    /// module describes. Asks `is_wanted` every few thousand rows, and returns `None`
    /// once it returns `false`.
    pub async fn view_index(
        &self,
        owner: &OwnerId,
        view: ParsedView,
        by: OrderBy,
        is_wanted: impl Fn() -> bool + Send + 'static,
    ) -> Result<Option<Vec<u8>>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let found = entries(connection, &owner, &view, by, &is_wanted)?;
            found.map(|entries| pack(&entries)).transpose()
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_takes_room_for_a_million_only_if_it_is_not_short() {
        let entries = |count: usize| -> Vec<Entry> {
            let entry = || Entry { id: [7; 16], key: -1.0, stack: 0, ratio: 1, flags: 2 };
            std::iter::repeat_with(entry).take(count).collect()
        };
        for (count, takes_room) in [(0, false), (SHORT, false), (SHORT + 1, true), (ROOM / ROW + 1, true)] {
            let packed = pack(&entries(count)).unwrap();
            assert_eq!(packed.len(), HEAD + count * ROW);
            assert_eq!(packed.capacity() >= ROOM, takes_room, "{count}");
        }
    }

    #[test]
    fn ratios_are_limited_to_the_grid_and_unknown_ones_are_square() {
        assert_eq!(packed_ratio(Some(1024), Some(1024)), 16_384);
        assert_eq!(packed_ratio(Some(2048), Some(1024)), 32_768);
        assert_eq!(packed_ratio(Some(1), Some(32_000)), 6_554);
        assert_eq!(packed_ratio(Some(32_000), Some(1)), 58_982);
        for unknown in [(None, None), (Some(0), Some(5)), (Some(5), Some(0))] {
            assert_eq!(packed_ratio(unknown.0, unknown.1), 16_384);
        }
    }

    #[test]
    fn the_columns_are_at_the_offsets_of_the_format() {
        let id = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
        let bytes =
            pack(&[Entry { id, key: 1_700_000_000_123_f64, stack: 0x0102_0304, ratio: 16_384, flags: 3 }])
                .unwrap();
        assert_eq!(bytes.len(), 16 + 31);
        assert_eq!(bytes[..16], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[16..24], [0x33, 0x22, 0x11, 0x00, 0x77, 0x66, 0x55, 0x44]);
        assert_eq!(bytes[32..40], 1_700_000_000_123_f64.to_le_bytes());
        assert_eq!(bytes[40..], [4, 3, 2, 1, 0, 64, 3]);
    }
}
