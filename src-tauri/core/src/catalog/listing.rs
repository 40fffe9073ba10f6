//! Ordered lists, read page by page from a cursor on.

use super::CatalogError;
use crate::model::{Cursor, ImageKind, PageRequest};
use rusqlite::types::Value;

/// Which rows of an ordered list are read.
pub(super) struct Span {
    /// Behind this one.
    pub(super) after: Option<Cursor>,
    /// Negative for all.
    pub(super) limit: i64,
}

impl Span {
    /// One more than a page tells whether the list goes on.
    pub(super) fn of(request: &PageRequest) -> Result<Self, CatalogError> {
        Ok(Self { after: request.start()?, limit: i64::from(request.rows()) + 1 })
    }

    pub(super) const ALL: Self = Self { after: None, limit: -1 };
}

/// Everything of an ordered query but its columns.
pub(super) struct Listed {
    pub(super) kind: ImageKind,
    /// `FROM` and what follows; the image's row is named `i`.
    pub(super) clause: String,
    pub(super) values: Vec<Value>,
    /// The column that orders.
    pub(super) at: &'static str,
}

/// Returns `WHERE` and what follows. Its parameters come right after those of
/// `filter`.
pub(super) fn keyset(filter: &str, values: &mut Vec<Value>, columns: (&str, &str), span: &Span) -> String {
    let (at, id) = columns;
    let mut bind = |value: Value| {
        values.push(value);
        values.len()
    };
    let after = span.after.as_ref().map_or_else(String::new, |cursor| {
        let first = bind(Value::Integer(cursor.at.0));
        let second = bind(Value::Text(cursor.id.as_str().to_owned()));
        format!(" AND ({at}, {id}) < (?{first}, ?{second})")
    });
    let limit = bind(Value::Integer(span.limit));
    format!("WHERE {filter}{after} ORDER BY {at} DESC, {id} DESC LIMIT ?{limit}")
}

/// What is in the feed. The row itself is asked, too: an index may be damaged,
/// and nothing is public because of that.
pub(super) const PUBLIC: &str = "i.visibility = 'public' AND i.removed_at IS NULL
    AND (SELECT own.visibility FROM generated_images own WHERE own.rowid = i.rowid) = 'public'";
