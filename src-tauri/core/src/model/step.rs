//! The moments inside a change at which a program may be killed and nothing
//! may be lost. Tests listen to them to end the program there; the product
//! does not.

use std::fmt;
use std::sync::Arc;

/// A moment between two things that are durable one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Import: an original is written aside, not synced.
    OriginalWritten,
    /// Import: the contents of a group are on the disk, without names.
    OriginalsSynced,
    /// Import: the originals have their names, whose directories are not synced.
    OriginalsNamed,
    /// Import: the originals are durable and no row knows them.
    OriginalsDurable,
    /// Import: the rows and their transfers are committed, and nobody was told.
    RowsCommitted,
    /// Any change: everything is written and the commit is next.
    CommitPending,
    /// Any change: committed, and the journal does not know.
    JournalPending,
    /// Transfer: marked as running, and no request was sent.
    TransferClaimed,
    /// Transfer: bytes are on their way.
    PutSending,
    /// Transfer: the bucket has the object, and the catalog does not know.
    PutAnswered,
    /// Transfer: the object is gone, and the catalog does not know.
    DeleteAnswered,
    /// Transfer: the catalog knows, and nobody was told.
    TransferConfirmed,
    /// Visibility: committed, and nobody was told.
    VisibilityCommitted,
    /// Removal: committed, with the originals still there.
    RemovalCommitted,
    /// Removal for good: an original is about to be deleted.
    OriginalUnwanted,
    /// Removal for good: an original was deleted.
    OriginalDeleted,
    /// Restore: committed, and nobody was told.
    RestoreCommitted,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 17] = [
        Self::OriginalWritten,
        Self::OriginalsSynced,
        Self::OriginalsNamed,
        Self::OriginalsDurable,
        Self::RowsCommitted,
        Self::CommitPending,
        Self::JournalPending,
        Self::TransferClaimed,
        Self::PutSending,
        Self::PutAnswered,
        Self::DeleteAnswered,
        Self::TransferConfirmed,
        Self::VisibilityCommitted,
        Self::RemovalCommitted,
        Self::OriginalUnwanted,
        Self::OriginalDeleted,
        Self::RestoreCommitted,
    ];
}

/// Who is told of each [`Step`]: nobody, unless a test asks.
#[derive(Clone, Default)]
pub struct Steps(Option<Arc<dyn Fn(Step) + Send + Sync>>);

impl Steps {
    /// Calls `listener` at each step, on the thread that takes it.
    pub fn heard_by(listener: impl Fn(Step) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Says that a step was reached.
    pub fn reached(&self, step: Step) {
        if let Some(listener) = &self.0 {
            listener(step);
        }
    }
}

impl fmt::Debug for Steps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Steps(heard)" } else { "Steps(nobody)" })
    }
}
