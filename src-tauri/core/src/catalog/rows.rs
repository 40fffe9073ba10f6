//! Reads many rows when some of them may be damaged. A disk can change a byte
//! of a value without damaging the file's structure. Then only that row is
//! missing from the list, and its name is reported.

use super::CatalogError;
use crate::model::{Cursor, Page, PageRequest};
use rusqlite::{Row, Rows};

/// If none of this many rows can be read, reading the list fails.
const MOST: u32 = 1000;

/// The rows that were read.
pub(super) struct Read<T> {
    /// The rows in their order. `None` stands for a damaged row.
    pub(super) rows: Vec<Option<T>>,
    /// The indexes and names of the damaged rows.
    pub(super) damaged: Vec<(usize, String)>,
}

impl<T> Default for Read<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), damaged: Vec::new() }
    }
}

impl<T> Read<T> {
    /// Reads a query to its end and appends its rows.
    pub(super) fn read(
        &mut self,
        mut rows: Rows<'_>,
        read: impl Fn(&Row<'_>) -> Result<T, CatalogError>,
    ) -> Result<(), CatalogError> {
        while let Some(row) = rows.next()? {
            match read(row) {
                Ok(value) => self.rows.push(Some(value)),
                Err(error) if error.is_of_one_row() => {
                    let name = name_of(row);
                    // The error may quote what is stored, such as a key that is a link.
                    tracing::error!(row = %name, "a row of the catalog is damaged");
                    self.damaged.push((self.rows.len(), name));
                    self.rows.push(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads a query to its end.
    pub(super) fn of(
        rows: Rows<'_>,
        read: impl Fn(&Row<'_>) -> Result<T, CatalogError>,
    ) -> Result<Self, CatalogError> {
        let mut found = Self::default();
        found.read(rows, read)?;
        Ok(found)
    }
}

/// Returns the name of an unreadable row: its file name, or otherwise its id.
pub(super) fn name_of(row: &Row<'_>) -> String {
    let names = ["filename", "id"];
    let text = names.into_iter().find_map(|name| match row.get_ref(name) {
        Ok(rusqlite::types::ValueRef::Text(text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    });
    text.unwrap_or_else(|| "an image without a name".to_owned())
}

/// Makes a page of a list. `query` reads one row more than the page holds. If
/// no row of the page can be read, it is retried with twice as many rows.
pub(super) fn page<T>(
    request: &PageRequest,
    query: impl Fn(&PageRequest) -> Result<Read<T>, CatalogError>,
    cursor: impl Fn(&T) -> Cursor,
) -> Result<Page<T>, CatalogError> {
    let mut request = request.clone();
    loop {
        let read = query(&request)?;
        let limit = request.rows() as usize;
        let is_done = read.rows.len() <= limit;
        let nothing_to_go_on_from = read.rows.iter().take(limit).all(Option::is_none);
        if is_done || !nothing_to_go_on_from {
            // A damaged row behind the limit is reported by the page that
            // begins with it.
            let damaged = read.damaged.into_iter().filter(|(at, _)| *at < limit).map(|(_, name)| name);
            return Ok(Page::from_overfull(read.rows, damaged.collect(), request.rows(), cursor));
        }
        if request.rows() >= MOST {
            return Err(CatalogError::Damaged(
                read.damaged.into_iter().next().map(|(_, name)| name).unwrap_or_default(),
            ));
        }
        request.limit = request.rows().saturating_mul(2);
    }
}
