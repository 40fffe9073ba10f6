//! A second record of what the artist did, stored beside the catalog and independent of its log.
//! Every committed change of a row is appended before its caller gets an answer. So a catalog that
//! lost its last changes is recognized when it is opened, and gets them back. A backup and the
//! journal from that point on make up the whole catalog.
//!
//! A row is recorded in the state it has when it is appended. Reading the rows in order therefore
//! always ends at the newest state, whichever process appended first.
//!
//! The position of a catalog is the number of changes it has ever seen: the sequence of
//! `journal_pending`, which triggers fill. A position never repeats, and a catalog that lost
//! something has a smaller one.

mod replay;
mod segments;
mod tables;

pub(super) use replay::put_back;
use replay::replay;
pub(super) use segments::{Line, Segments};
pub(super) use tables::{Shape, json, shapes};

use super::CatalogError;
use super::shared_columns::table;
use crate::model::{ImageKind, Replayed};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use segments::Alone;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::path::Path;

/// The position of a catalog that was just created, or upgraded to the first version with a journal.
/// Every later change was acknowledged only once the journal had it.
const BEFORE_ANY_JOURNAL: i64 = 1;
/// The most changes that are read at a time.
const CHANGES: u32 = 500;
/// The most bytes that are appended at a time, unless one row alone is larger.
const TEXT: usize = 4 << 20;

/// Fails unless a catalog has every table that the journal records.
pub(super) fn has_its_tables(connection: &Connection) -> Result<(), CatalogError> {
    shapes(connection).map(|_| ())
}

/// Returns where the journal begins, if it begins after the catalog's position. What happened in
/// between is in neither of them. Blocks.
pub fn begins_behind(catalog: &Path) -> Result<Option<i64>, CatalogError> {
    let Some(first) = Segments::beside(catalog).list()?.into_iter().next() else { return Ok(None) };
    let (at, _) = super::position_of(catalog)?;
    Ok((first.begins > at).then_some(first.begins))
}

/// Returns how many changes a catalog has ever seen.
pub(super) fn position(connection: &Connection) -> Result<i64, CatalogError> {
    let seen = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'journal_pending'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(seen.unwrap_or(0))
}

fn library_id(connection: &Connection) -> Result<String, CatalogError> {
    let id = connection
        .prepare_cached("SELECT value FROM settings WHERE name = 'library_id'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(id.unwrap_or_default())
}

/// The journal as the writer thread uses it.
pub(super) struct Journal {
    segments: Segments,
    shapes: Vec<Shape>,
    /// Changes up to this position are in the journal and need not stay pending.
    kept: i64,
    cleared: i64,
}

impl Journal {
    /// Returns the journal beside a catalog. From now on this connection records its changes.
    pub(super) fn beside(catalog: &Path, connection: &Connection) -> Result<Self, CatalogError> {
        let shapes = shapes(connection)?;
        for shape in &shapes {
            connection.execute_batch(&shape.triggers())?;
        }
        Ok(Self { segments: Segments::beside(catalog), shapes, kept: 0, cleared: 0 })
    }

    /// Deletes the pending changes that are in the journal, in the open transaction.
    pub(super) fn clear(&mut self, connection: &Connection) -> Result<(), CatalogError> {
        if self.cleared < self.kept {
            connection.prepare_cached("DELETE FROM journal_pending WHERE seq <= ?1")?.execute([self.kept])?;
        }
        Ok(())
    }

    /// Records that the deletions of [`Self::clear`] were committed.
    pub(super) fn is_cleared(&mut self) {
        self.cleared = self.kept;
    }

    /// Appends every change that is not in the journal yet, whichever process made it. The changes
    /// are already safe in the catalog. If this fails, the next call continues from the same place.
    pub(super) fn catch_up(&mut self, connection: &Connection) -> Result<(), CatalogError> {
        if position(connection)? <= self.kept {
            return Ok(());
        }
        let alone = self.segments.alone()?;
        let mut at = self.segments.position()?;
        loop {
            let moment = connection.unchecked_transaction()?;
            let here = position(&moment)?;
            let known = at.unwrap_or(-1);
            if known >= here {
                self.kept = here;
                return Ok(());
            }
            at = Some(self.append_some(&alone, &moment, at, here)?);
        }
    }

    /// Appends some of the changes after a position. Returns the new position.
    fn append_some(
        &self,
        alone: &Alone<'_>,
        moment: &Transaction<'_>,
        at: Option<i64>,
        here: i64,
    ) -> Result<i64, CatalogError> {
        let mut statement = moment.prepare_cached(
            "SELECT seq, item, key FROM journal_pending WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )?;
        let mut rows = statement.query((at.unwrap_or(-1), CHANGES))?;
        let (mut text, mut seen, mut reached) = (Vec::new(), HashSet::new(), at.unwrap_or(-1));
        let mut first = None;
        while let Some(row) = rows.next()? {
            if text.len() > TEXT {
                break;
            }
            let (seq, item, key): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            first.get_or_insert(seq);
            reached = seq;
            let shape = self.shapes.iter().find(|shape| shape.table.name == item);
            if let Some(shape) = shape
                && seen.insert((item, key.clone()))
                && let Some(line) = shape.line(moment, &key)?
            {
                line.write(&mut text);
            }
        }
        if is_through(moment, reached)? {
            reached = here;
        }
        let begins = first.map_or(here, |first| first - 1);
        let library = library_id(moment)?;
        if at != Some(begins) && at.is_some() {
            // The journal never received some changes. It starts again here, and a backup is due.
            tracing::warn!(from = at, to = begins, "the journal has a gap");
            alone.begin(begins, &library)?;
        }
        Line::At(reached).write(&mut text);
        alone.append(&text, begins, &library)?;
        Ok(reached)
    }

    /// Starts a new segment after a backup that contains everything so far. Removes the segments
    /// that no backup needs, which are those that end before `oldest`.
    pub(super) fn rotate(&mut self, connection: &Connection, oldest: i64) -> Result<(), CatalogError> {
        self.catch_up(connection)?;
        let alone = self.segments.alone()?;
        if let Some(at) = self.segments.position()? {
            alone.begin(at, &library_id(connection)?)?;
        }
        Ok(alone.prune(oldest)?)
    }
}

/// Says whether no change after a position is pending.
fn is_through(moment: &Transaction<'_>, reached: i64) -> Result<bool, CatalogError> {
    let more: bool = moment
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM journal_pending WHERE seq > ?1)")?
        .query_row([reached], |row| row.get(0))?;
    Ok(!more)
}

/// Restores lost changes to a catalog from the journal beside it. Returns `None` if it had lost
/// none. The connection must not record its changes yet.
pub(super) fn heal(
    connection: &mut Connection,
    catalog: &Path,
    now: crate::model::UnixMs,
) -> Result<Option<Replayed>, CatalogError> {
    let segments = Segments::beside(catalog);
    // The journal's position is read first. A commit in between then makes the catalog the newer of
    // the two.
    let Some(kept) = segments.position()? else {
        if position(connection)? <= BEFORE_ANY_JOURNAL {
            return Ok(None);
        }
        tracing::warn!("the journal of this catalog is gone");
        return go_on_without(connection, &segments, &format!("without-an-end-{}", now.0)).map(Some);
    };
    if kept <= position(connection)? {
        return Ok(None);
    }
    if !is_of(&segments, &library_id(connection)?)? {
        tracing::warn!("the journal beside this catalog is another library's; it is set aside");
        return go_on_without(connection, &segments, &format!("of-another-library-{}", now.0)).map(Some);
    }
    let _alone = segments.alone()?;
    replay(connection, &segments, now)
}

/// Makes every image unlisted.
pub(super) const UNLIST: &str =
    "UPDATE generated_images SET visibility = 'unlisted' WHERE visibility = 'public'";

/// Says whether the journal beside a catalog ends within a line. That alone loses nothing: a line
/// that was not finished was not acknowledged.
pub(super) fn is_cut_off(catalog: &Path) -> Result<bool, CatalogError> {
    Ok(Segments::beside(catalog).is_cut_off()?)
}

/// Starts a new journal for a catalog that has none of its own. Nobody knows what is missing, so
/// nothing stays public. Existing segments are set aside.
fn go_on_without(
    connection: &mut Connection,
    segments: &Segments,
    aside: &str,
) -> Result<Replayed, CatalogError> {
    let alone = segments.alone()?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let begins = position(&transaction)?;
    // The connection does not record its changes yet. The new journal must record this change, because a
    // backup at this position still has these images as public.
    transaction.execute(
        "INSERT INTO journal_pending (item, key)
         SELECT 'generated_images', json_array(id) FROM generated_images WHERE visibility = 'public'",
        [],
    )?;
    transaction.execute(UNLIST, [])?;
    if !segments.list()?.is_empty() {
        alone.set_aside(aside)?;
    }
    alone.begin(begins, &library_id(&transaction)?)?;
    transaction.commit()?;
    Ok(Replayed::default())
}

/// What the journal says about some images.
pub(super) struct Told {
    /// Their rows, oldest first.
    pub(super) rows: Vec<ToldRow>,
}

/// One state of an image's row in the journal.
pub(super) struct ToldRow {
    pub(super) kind: ImageKind,
    pub(super) row: Map<String, Value>,
}

/// Returns the recorded rows of images for which `is_wanted` returns `true`. Blocks.
pub(super) fn told(
    catalog: &Path,
    is_wanted: impl Fn(&Map<String, Value>) -> bool,
) -> Result<Told, CatalogError> {
    let mut rows = Vec::new();
    Segments::beside(catalog).read::<CatalogError>(|line| {
        if let Some(Line::Row { item, row: Some(row), .. }) = line
            && let Some(kind) = kind_of(&item)
            && is_wanted(&row)
        {
            rows.push(ToldRow { kind, row });
        }
        Ok(())
    })?;
    Ok(Told { rows })
}

/// Returns the kind of images in a table; `None` if it holds no images.
pub(super) fn kind_of(item: &str) -> Option<ImageKind> {
    [ImageKind::Generated, ImageKind::Reference].into_iter().find(|kind| table(*kind) == item)
}

/// Returns a table with its columns.
pub(super) fn shape(connection: &Connection, name: &str) -> Result<Shape, CatalogError> {
    let found = shapes(connection)?.into_iter().find(|shape| shape.table.name == name);
    found.ok_or(CatalogError::NotFound("table"))
}

/// Says whether a journal belongs to this library. A new catalog has no id yet, so any journal
/// passes.
fn is_of(segments: &Segments, library: &str) -> Result<bool, CatalogError> {
    let mut is_ours = true;
    if !library.is_empty() {
        segments.read::<CatalogError>(|line| {
            if let Some(Line::Header { library: whose }) = line {
                is_ours &= whose.is_empty() || whose == library;
            }
            Ok(())
        })?;
    }
    Ok(is_ours)
}

/// Says whether the journal beside a catalog contains everything that happened since a position.
/// Blocks.
pub fn covers(catalog: &Path, from: i64) -> Result<bool, CatalogError> {
    let segments = Segments::beside(catalog);
    let mut begins = None;
    let mut last = None;
    let mut is_whole = true;
    // If rows at the end have no position, that change is uncertain.
    let mut is_open = false;
    for segment in segments.list()? {
        begins.get_or_insert(segment.begins);
    }
    segments.read::<CatalogError>(|line| {
        match line {
            None => is_whole &= last.is_some_and(|last| last < from),
            Some(Line::At(at)) => {
                is_whole &= last.is_none_or(|last| last < from || at >= last);
                last = Some(at);
                is_open = false;
            }
            Some(Line::Header { .. }) => is_open = false,
            Some(Line::Row { .. }) => is_open = true,
        }
        Ok(())
    })?;
    is_whole &= !is_open;
    Ok(is_whole && begins.is_some_and(|begins| begins <= from) && last.is_some_and(|last| last >= from))
}
