//! Applies the journal to a catalog that is behind it.

use super::super::shared_columns::{self, table};
use super::super::{CatalogError, outbox};
use super::segments::{Line, Segments};
use super::tables::{Shape, shapes};
use super::{kind_of, position};
use crate::model::{ImageId, ImageKind, ObjectKey, Operation, Replayed, UnixMs};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A replay in progress, in one transaction.
struct Replay<'a> {
    connection: &'a Connection,
    shapes: Vec<Shape>,
    /// The position of the catalog before the replay.
    from: i64,
    done: Replayed,
    /// Rows whose position has not been read yet.
    rows: Vec<Line>,
    /// Images whose objects have to be confirmed.
    images: BTreeSet<(bool, String)>,
    /// Images that the catalog did not have.
    new: BTreeSet<String>,
    /// Images that are public according to the journal.
    public: BTreeSet<String>,
    last: i64,
    now: UnixMs,
}

/// Applies everything that happened since the catalog's position, or nothing at all. Returns `None` if there
/// was nothing to apply.
pub(super) fn replay(
    connection: &mut Connection,
    segments: &Segments,
    now: UnixMs,
) -> Result<Option<Replayed>, CatalogError> {
    let begins = segments.list()?.first().map_or(i64::MAX, |segment| segment.begins);
    let kept = segments.position()?.unwrap_or(0);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = position(&transaction)?;
    if kept <= from {
        // Another process has already applied it.
        return Ok(None);
    }
    let mut replay = Replay {
        connection: &transaction,
        shapes: shapes(&transaction)?,
        from,
        done: Replayed { is_whole: begins <= from, ..Replayed::default() },
        rows: Vec::new(),
        images: BTreeSet::new(),
        new: BTreeSet::new(),
        public: BTreeSet::new(),
        last: begins,
        now,
    };
    segments.read(|line| replay.take(line))?;
    let done = replay.finish()?;
    // The catalog must look exactly like one that saw every change.
    let updated =
        transaction.execute("UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'journal_pending'", [kept])?;
    if updated == 0 {
        transaction
            .execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('journal_pending', ?1)", [kept])?;
    }
    transaction.execute("DELETE FROM journal_pending", [])?;
    transaction.commit()?;
    Ok(Some(done))
}

/// Restores rows to their state in the journal, in the open transaction.
pub(in super::super) fn put_back(
    connection: &Connection,
    rows: Vec<Line>,
    now: UnixMs,
) -> Result<Replayed, CatalogError> {
    let mut replay = Replay {
        connection,
        shapes: shapes(connection)?,
        from: 0,
        done: Replayed { is_whole: true, ..Replayed::default() },
        rows: Vec::new(),
        images: BTreeSet::new(),
        new: BTreeSet::new(),
        public: BTreeSet::new(),
        last: 0,
        now,
    };
    replay.apply(rows)?;
    replay.finish()
}

impl Replay<'_> {
    fn take(&mut self, line: Option<Line>) -> Result<(), CatalogError> {
        match line {
            None => {
                // A damaged line may be from before the catalog's position or from after it.
                if self.last >= self.from {
                    self.done.damaged += 1;
                    self.done.is_whole = false;
                }
                Ok(())
            }
            Some(Line::Header { .. }) => {
                // If a segment ended unfinished, the same rows were appended again later.
                self.rows.clear();
                Ok(())
            }
            Some(line @ Line::Row { .. }) => {
                self.rows.push(line);
                Ok(())
            }
            Some(Line::At(at)) => {
                let rows = std::mem::take(&mut self.rows);
                if rows.is_empty() && at > self.last && self.last >= self.from {
                    // This segment begins after the end of the one before it.
                    self.done.is_whole = false;
                }
                self.last = self.last.max(at);
                if at > self.from { self.apply(rows) } else { Ok(()) }
            }
        }
    }

    /// Applies rows, deletions first, because a new row may take the place of a deleted one.
    fn apply(&mut self, rows: Vec<Line>) -> Result<(), CatalogError> {
        let order = |item: &str| self.shapes.iter().position(|shape| shape.table.name == item);
        let (mut gone, mut put) = (Vec::new(), Vec::new());
        for line in rows {
            let Line::Row { item, key, row } = line else { continue };
            let Some(at) = order(&item) else {
                self.done.refused += 1;
                continue;
            };
            match row {
                None => gone.push((at, key)),
                Some(row) => put.push((at, row)),
            }
        }
        gone.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        put.sort_by_key(|(at, _)| *at);
        for (at, key) in gone {
            self.delete(at, &key)?;
        }
        for (at, row) in put {
            self.put(at, &row)?;
        }
        Ok(())
    }

    fn delete(&mut self, at: usize, key: &[Value]) -> Result<(), CatalogError> {
        let Some(shape) = self.shapes.get(at) else { return Ok(()) };
        if let (Some(kind), Some(Value::String(id))) = (kind_of(shape.table.name), key.first())
            && let Ok(id) = ImageId::parse(id)
        {
            forget_object(self.connection, kind, &id, self.now)?;
            self.images.remove(&(kind == ImageKind::Generated, id.to_string()));
            self.new.remove(id.as_str());
        }
        if shape.delete(self.connection, key)? {
            self.done.changes += 1;
        }
        Ok(())
    }

    fn put(&mut self, at: usize, row: &Map<String, Value>) -> Result<(), CatalogError> {
        let Some(shape) = self.shapes.get(at) else { return Ok(()) };
        let image = kind_of(shape.table.name).zip(row.get("id").and_then(Value::as_str));
        let is_new = match image {
            Some((kind, id)) => {
                let sql = format!("SELECT 1 FROM {} WHERE id = ?1", table(kind));
                self.connection.prepare_cached(&sql)?.query_row([id], |_| Ok(())).optional()?.is_none()
            }
            None => false,
        };
        let former = match image {
            Some((kind, id)) => whole_key(self.connection, kind, id)?,
            None => None,
        };
        self.connection.execute_batch("SAVEPOINT line")?;
        match shape.put(self.connection, row) {
            Ok(()) => {
                self.connection.execute_batch("RELEASE line")?;
                self.done.changes += 1;
            }
            // The row it belongs to was lost with an older part of the journal.
            Err(CatalogError::Sql(rusqlite::Error::SqliteFailure(code, _)))
                if code.code == rusqlite::ErrorCode::ConstraintViolation =>
            {
                self.connection.execute_batch("ROLLBACK TO line; RELEASE line")?;
                self.done.refused += 1;
                return Ok(());
            }
            Err(CatalogError::Invalid(_)) => {
                self.connection.execute_batch("ROLLBACK TO line; RELEASE line")?;
                self.done.refused += 1;
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        if let Some((kind, id)) = image {
            if let Some(former) = former {
                forget_link(self.connection, kind, id, &former, self.now)?;
            }
            self.images.insert((kind == ImageKind::Generated, id.to_owned()));
            if is_new {
                self.new.insert(id.to_owned());
            }
            if row.get("visibility").and_then(Value::as_str) == Some("public") {
                self.public.insert(id.to_owned());
            } else {
                self.public.remove(id);
            }
        }
        Ok(())
    }

    /// Queues a confirmation of the objects of all changed images. If changes are missing, unlists every
    /// image that is not certain to be public.
    fn finish(mut self) -> Result<Replayed, CatalogError> {
        // The catalog committed these rows before they were appended. It would know them if it had lost
        // nothing else.
        self.done.is_whole &= self.rows.is_empty();
        self.done.images = u32::try_from(self.new.len()).unwrap_or(u32::MAX);
        for (is_generated, id) in &self.images {
            let kind = if *is_generated { ImageKind::Generated } else { ImageKind::Reference };
            confirm_object(self.connection, kind, &ImageId::parse(id)?, self.now)?;
        }
        shared_columns::fill_missing(self.connection)?;
        if !self.done.is_whole {
            unlist_all_but(self.connection, &self.public)?;
        }
        Ok(self.done)
    }
}

/// Makes every public image unlisted except these.
fn unlist_all_but(connection: &Connection, public: &BTreeSet<String>) -> Result<u32, CatalogError> {
    let mut statement = connection.prepare("SELECT id FROM generated_images WHERE visibility = 'public'")?;
    let ids: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut unlisted = 0;
    for id in ids.iter().filter(|id| !public.contains(*id)) {
        connection
            .prepare_cached("UPDATE generated_images SET visibility = 'unlisted' WHERE id = ?1")?
            .execute([id])?;
        unlisted += 1;
    }
    Ok(unlisted)
}

/// Queues the deletion of the object of an image that is about to be deleted.
fn forget_object(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    now: UnixMs,
) -> Result<(), CatalogError> {
    let Some(key) = key(connection, kind, id)? else { return Ok(()) };
    outbox::cancel_idle(connection, &key, Operation::Put)?;
    if !outbox::pending(connection, &key, Operation::Delete)? {
        outbox::queue(connection, Operation::Delete, kind, id, now)?;
    }
    Ok(())
}

/// Queues the deletion of an image's object under the key that it had before, if the image has another one
/// now. The deletion that was queued with the new link was lost.
fn forget_link(
    connection: &Connection,
    kind: ImageKind,
    id: &str,
    former: &ObjectKey,
    now: UnixMs,
) -> Result<(), CatalogError> {
    let Some(current) = whole_key(connection, kind, id)?.filter(|current| current != former) else {
        return Ok(());
    };
    // A damaged key is not a former one.
    let folder = |key: &ObjectKey| key.origin().map(|origin| (origin.kind, origin.owner));
    let is_used = "SELECT EXISTS (SELECT 1 FROM images WHERE r2_key = ?1)";
    if folder(former) != folder(&current)
        || connection.prepare_cached(is_used)?.query_row([former], |row| row.get(0))?
    {
        return Ok(());
    }
    outbox::cancel_idle(connection, former.as_str(), Operation::Put)?;
    outbox::delete_former(connection, kind, &ImageId::parse(id)?, former, &current, true, now)
}

/// Returns the key of an image; `None` if there is no such image, or if its key is damaged.
fn whole_key(connection: &Connection, kind: ImageKind, id: &str) -> Result<Option<ObjectKey>, CatalogError> {
    let sql = format!("SELECT r2_key FROM {} WHERE id = ?1", table(kind));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    match row.get(0).map_err(CatalogError::from) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.is_of_one_row() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Discards what is known about an image's object. The object is confirmed or uploaded again, or deleted if
/// the image is in the trash.
fn confirm_object(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    now: UnixMs,
) -> Result<(), CatalogError> {
    let Some(key) = key(connection, kind, id)? else { return Ok(()) };
    let sql =
        format!("UPDATE {} SET stored_at = NULL WHERE id = ?1 RETURNING removed_at IS NULL", table(kind));
    let is_here: bool = connection.prepare_cached(&sql)?.query_row([id], |row| row.get(0))?;
    let (wanted, unwanted) =
        if is_here { (Operation::Put, Operation::Delete) } else { (Operation::Delete, Operation::Put) };
    outbox::cancel_idle(connection, &key, unwanted)?;
    if !outbox::pending(connection, &key, wanted)? {
        outbox::queue(connection, wanted, kind, id, now)?;
    }
    outbox::mark_tried(connection, &key, wanted)
}

fn key(connection: &Connection, kind: ImageKind, id: &ImageId) -> Result<Option<String>, CatalogError> {
    let sql = format!("SELECT r2_key FROM {} WHERE id = ?1", table(kind));
    Ok(connection.prepare_cached(&sql)?.query_row([id], |row| row.get(0)).optional()?)
}
