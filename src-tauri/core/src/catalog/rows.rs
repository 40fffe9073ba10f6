//! Reading many rows of which one may be damaged. A disk can change a byte of a
//! value without harm to the file's structure; then that row alone is lost to
//! the list, and is named.

use super::CatalogError;
use crate::model::{Cursor, Page, PageRequest};
use rusqlite::{Row, Rows};

/// The longest list in which no row can be read before that is an error.
const MOST: u32 = 1000;

/// Rows as they were read.
pub(super) struct Read<T> {
    /// In their order; nothing stands for a damaged one.
    pub(super) rows: Vec<Option<T>>,
    /// Where the damaged ones are among them, and what they are called.
    pub(super) damaged: Vec<(usize, String)>,
}

impl<T> Default for Read<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), damaged: Vec::new() }
    }
}

impl<T> Read<T> {
    /// Reads on to the end of a query.
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
                    tracing::error!(%error, row = %name, "a row of the catalog is damaged");
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

/// What a row is called that cannot be read: its file's name, or its id.
pub(super) fn name_of(row: &Row<'_>) -> String {
    let names = ["filename", "id"];
    let text = names.into_iter().find_map(|name| match row.get_ref(name) {
        Ok(rusqlite::types::ValueRef::Text(text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    });
    text.unwrap_or_else(|| "an image without a name".to_owned())
}

/// Makes a page of a list, of which `query` reads so many rows and one more.
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
            // One behind the limit is named by the page that begins with it.
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
