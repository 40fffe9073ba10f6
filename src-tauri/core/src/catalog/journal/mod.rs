//! A second record of what the artist did, beside the catalog and out of reach
//! of its log. Every committed change of a row is appended before anybody hears
//! that it was made; so a catalog that lost its last changes is noticed when it
//! is opened, and gets them back. A backup and the journal from there on are the
//! whole catalog.
//!
//! Rows are written down as they are when they are appended, so reading them in
//! order always ends at the newest state, whichever process appended first.
//!
//! The position of a catalog is how many changes it ever saw: the sequence of
//! `journal_pending`, which triggers fill. It never repeats, and a catalog that
//! lost something has a smaller one.

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

/// The position of a catalog that was just made, or upgraded to the first
/// version that has a journal. Every change behind it was acknowledged only
/// when the journal had it.
const BEFORE_ANY_JOURNAL: i64 = 1;
/// Changes looked at together.
const CHANGES: u32 = 500;
/// Text that is appended together, unless one row alone is larger.
const TEXT: usize = 4 << 20;

/// Fails unless a catalog has every table that the journal keeps.
pub(super) fn has_its_tables(connection: &Connection) -> Result<(), CatalogError> {
    shapes(connection).map(|_| ())
}

/// Returns where the journal begins, if that is behind a catalog: what happened
/// in between is in neither. Blocks.
pub fn begins_behind(catalog: &Path) -> Result<Option<i64>, CatalogError> {
    let Some(first) = Segments::beside(catalog).list()?.into_iter().next() else { return Ok(None) };
    let (at, _) = super::position_of(catalog)?;
    Ok((first.begins > at).then_some(first.begins))
}

/// Returns how many changes a catalog ever saw.
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

/// The journal as the one thread that writes uses it.
pub(super) struct Journal {
    segments: Segments,
    shapes: Vec<Shape>,
    /// Changes up to here are in the journal, and are pending no longer.
    kept: i64,
    cleared: i64,
}

impl Journal {
    /// The journal beside a catalog. From now on this connection notes what it
    /// changes.
    pub(super) fn beside(catalog: &Path, connection: &Connection) -> Result<Self, CatalogError> {
        let shapes = shapes(connection)?;
        for shape in &shapes {
            connection.execute_batch(&shape.triggers())?;
        }
        Ok(Self { segments: Segments::beside(catalog), shapes, kept: 0, cleared: 0 })
    }

    /// Forgets, in the transaction that is open, which changes were pending and
    /// are in the journal.
    pub(super) fn clear(&mut self, connection: &Connection) -> Result<(), CatalogError> {
        if self.cleared < self.kept {
            connection.prepare_cached("DELETE FROM journal_pending WHERE seq <= ?1")?.execute([self.kept])?;
        }
        Ok(())
    }

    /// Notes that what [`Self::clear`] did was committed.
    pub(super) fn is_cleared(&mut self) {
        self.cleared = self.kept;
    }

    /// Appends every change that is not in the journal yet, of whichever
    /// process. The changes are safe in the catalog already: when this fails,
    /// the next call goes on from the same place.
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

    /// Appends some of the changes behind a position, and returns how far it
    /// got.
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
            // Changes went by that the journal never heard of: it begins again, and a backup is due.
            tracing::warn!(from = at, to = begins, "the journal has a gap");
            alone.begin(begins, &library)?;
        }
        Line::At(reached).write(&mut text);
        alone.append(&text, begins, &library)?;
        Ok(reached)
    }

    /// Goes on in a new segment once a backup shows this moment, and removes
    /// segments that no backup needs: those that end before `oldest`.
    pub(super) fn rotate(&mut self, connection: &Connection, oldest: i64) -> Result<(), CatalogError> {
        self.catch_up(connection)?;
        let alone = self.segments.alone()?;
        if let Some(at) = self.segments.position()? {
            alone.begin(at, &library_id(connection)?)?;
        }
        Ok(alone.prune(oldest)?)
    }
}

/// Says whether no change behind a position is pending.
fn is_through(moment: &Transaction<'_>, reached: i64) -> Result<bool, CatalogError> {
    let more: bool = moment
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM journal_pending WHERE seq > ?1)")?
        .query_row([reached], |row| row.get(0))?;
    Ok(!more)
}

/// Gives a catalog that lost its last changes those back, from the journal
/// beside it. Nothing is returned when it lost none. The connection must not
/// note its changes yet.
pub(super) fn heal(
    connection: &mut Connection,
    catalog: &Path,
    now: crate::model::UnixMs,
) -> Result<Option<Replayed>, CatalogError> {
    let segments = Segments::beside(catalog);
    // The journal first: a commit that comes in between makes the catalog the newer of the two.
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

/// Begins a new journal where there is none of this catalog. Nobody knows what
/// is missing, so nothing stays public; what lies there is set aside.
fn go_on_without(
    connection: &mut Connection,
    segments: &Segments,
    aside: &str,
) -> Result<Replayed, CatalogError> {
    let alone = segments.alone()?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction
        .execute("UPDATE generated_images SET visibility = 'unlisted' WHERE visibility = 'public'", [])?;
    if !segments.list()?.is_empty() {
        alone.set_aside(aside)?;
    }
    alone.begin(position(&transaction)?, &library_id(&transaction)?)?;
    transaction.commit()?;
    Ok(Replayed::default())
}

/// What the journal tells of some images.
pub(super) struct Told {
    /// Their rows, oldest first.
    pub(super) rows: Vec<ToldRow>,
}

/// A row of an image as the journal last told it.
pub(super) struct ToldRow {
    pub(super) kind: ImageKind,
    pub(super) row: Map<String, Value>,
}

/// Returns the rows of images that somebody wants, as the journal tells them.
/// Blocks.
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

/// Returns which images a table holds, if it holds images.
pub(super) fn kind_of(item: &str) -> Option<ImageKind> {
    [ImageKind::Generated, ImageKind::Reference].into_iter().find(|kind| table(*kind) == item)
}

/// Returns the columns of a table.
pub(super) fn shape(connection: &Connection, name: &str) -> Result<Shape, CatalogError> {
    let found = shapes(connection)?.into_iter().find(|shape| shape.table.name == name);
    found.ok_or(CatalogError::NotFound("table"))
}

/// Says whether a journal is of this library; a new catalog has no id yet.
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

/// Says whether the journal beside a catalog tells everything that happened
/// since a position. Blocks.
pub fn covers(catalog: &Path, from: i64) -> Result<bool, CatalogError> {
    let segments = Segments::beside(catalog);
    let mut begins = None;
    let mut last = None;
    let mut is_whole = true;
    // Rows whose position is missing at the end are those of a change nobody can be sure of.
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
