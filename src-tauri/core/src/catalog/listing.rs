//! Ordered lists that are read page by page, starting at a cursor.

use super::CatalogError;
use crate::model::{Cursor, CursorKey, ImageKind, InvalidCursor, Order, OrderBy, PageRequest};
use rusqlite::types::Value;

/// The part of an ordered list that is read.
pub(super) struct Span {
    /// The cursor behind which it starts; `None` for the beginning.
    pub(super) after: Option<Cursor>,
    /// The most rows to read; negative for all.
    pub(super) limit: i64,
    /// The order of the list.
    pub(super) order: Order,
}

impl Span {
    /// Reads one row more than the page holds, which shows whether the list
    /// continues.
    pub(super) fn of(request: &PageRequest, order: Order) -> Result<Self, CatalogError> {
        Ok(Self { after: request.start()?, limit: i64::from(request.rows()) + 1, order })
    }

    pub(super) fn all(by: OrderBy) -> Self {
        Self { after: None, limit: -1, order: by.into() }
    }
}

/// Everything in an ordered query except its columns.
pub(super) struct Listed {
    pub(super) kind: ImageKind,
    /// `FROM` and what follows. The image's row is named `i`.
    pub(super) clause: String,
    pub(super) values: Vec<Value>,
    /// The value that determines the order.
    pub(super) key: String,
}

/// When a picture was made, in SQL.
const MADE: &str = "i.created_at";

/// The value that orders a list.
pub(super) struct Key {
    /// In SQL.
    pub(super) value: String,
    /// Whether the smallest value comes first.
    pub(super) ascending: bool,
}

impl Key {
    /// Returns what orders a list of images whose rows are named `i`. Orders that only some
    /// lists have are handled by those.
    pub(super) fn of(order: Order) -> Self {
        let (value, ascending) = match order.by {
            OrderBy::Made | OrderBy::Match | OrderBy::Manual => (MADE.to_owned(), false),
            OrderBy::Added => ("i.added_at".to_owned(), false),
            OrderBy::Name => ("i.name_key".to_owned(), true),
            OrderBy::Size => ("i.size_bytes".to_owned(), false),
            OrderBy::Rating => ("i.rating".to_owned(), false),
            OrderBy::Shuffle { seed } => (format!("shuffled(i.id, {seed})"), false),
        };
        Self { value, ascending: ascending != order.reversed }
    }

    /// Returns the key of this column, newest or largest first.
    pub(super) fn newest_first(column: &str, order: Order) -> Self {
        Self { value: column.to_owned(), ascending: order.reversed }
    }

    /// Says whether the list is in the order in which the pictures were made.
    pub(super) fn is_made(&self) -> bool {
        self.value == MADE
    }

    pub(super) fn direction(&self) -> &'static str {
        if self.ascending { "ASC" } else { "DESC" }
    }

    /// Returns the comparison that is true of the rows behind a cursor.
    pub(super) fn behind(&self) -> &'static str {
        if self.ascending { ">" } else { "<" }
    }
}

/// Returns the value of a cursor as a parameter. A cursor of a list with another order is refused.
pub(super) fn bound(cursor: &Cursor, order: Order) -> Result<Value, CatalogError> {
    match (&cursor.key, order.by) {
        (CursorKey::Text(name), OrderBy::Name) => Ok(Value::Text(name.clone())),
        (CursorKey::Real(rank), OrderBy::Match) => Ok(Value::Real(*rank)),
        (CursorKey::Number(number), by) if by != OrderBy::Name => Ok(Value::Integer(*number)),
        _ => Err(InvalidCursor.into()),
    }
}

/// Returns `WHERE` and what follows. Its parameters come right after those of
/// `filter`.
pub(super) fn keyset(
    filter: &str,
    values: &mut Vec<Value>,
    (key, id): (&Key, &str),
    span: &Span,
) -> Result<String, CatalogError> {
    let mut bind = |value: Value| {
        values.push(value);
        values.len()
    };
    let after = match &span.after {
        None => String::new(),
        Some(cursor) => {
            let first = bind(bound(cursor, span.order)?);
            let second = bind(Value::Text(cursor.id.as_str().to_owned()));
            format!(" AND ({}, {id}) {} (?{first}, ?{second})", key.value, key.behind())
        }
    };
    let limit = bind(Value::Integer(span.limit));
    let (value, direction) = (&key.value, key.direction());
    Ok(format!("WHERE {filter}{after} ORDER BY {value} {direction}, {id} {direction} LIMIT ?{limit}"))
}

/// The condition for the feed. It checks the row itself as well, because an
/// index may be damaged, and a damaged index must not make an image public.
pub(super) const PUBLIC: &str = "i.visibility = 'public' AND i.removed_at IS NULL
    AND (SELECT own.visibility FROM generated_images own WHERE own.rowid = i.rowid) = 'public'";
