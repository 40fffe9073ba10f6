//! Ordered lists that are read page by page, starting at a cursor.

use super::CatalogError;
use crate::model::{Cursor, ImageKind, PageRequest};
use rusqlite::types::Value;

/// The part of an ordered list that is read.
pub(super) struct Span {
    /// The cursor behind which it starts; `None` for the beginning.
    pub(super) after: Option<Cursor>,
    /// The most rows to read; negative for all.
    pub(super) limit: i64,
}

impl Span {
    /// Reads one row more than the page holds, which shows whether the list
    /// continues.
    pub(super) fn of(request: &PageRequest) -> Result<Self, CatalogError> {
        Ok(Self { after: request.start()?, limit: i64::from(request.rows()) + 1 })
    }

    pub(super) const ALL: Self = Self { after: None, limit: -1 };
}

/// Everything in an ordered query except its columns.
pub(super) struct Listed {
    pub(super) kind: ImageKind,
    /// `FROM` and what follows. The image's row is named `i`.
    pub(super) clause: String,
    pub(super) values: Vec<Value>,
    /// The column that determines the order.
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

/// The condition for the feed. It checks the row itself as well, because an
/// index may be damaged, and a damaged index must not make an image public.
pub(super) const PUBLIC: &str = "i.visibility = 'public' AND i.removed_at IS NULL
    AND (SELECT own.visibility FROM generated_images own WHERE own.rowid = i.rowid) = 'public'";
