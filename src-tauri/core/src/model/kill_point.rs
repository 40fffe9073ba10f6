//! The moments inside a change at which the program may be killed without losing
//! anything. Tests listen to them to kill the program there; the product does
//! not listen.

use std::fmt;
use std::sync::Arc;

/// A moment between two writes that become durable one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KillPoint {
    /// Import: an original is written to a temporary file, which is not synced.
    OriginalWritten,
    /// Import: the contents of a group are synced, but have no final names.
    OriginalsSynced,
    /// Import: the originals have their names, but the directories are not
    /// synced.
    OriginalsNamed,
    /// Import: the originals are durable, but have no rows.
    OriginalsDurable,
    /// Import: the rows and their transfers are committed, but not reported.
    RowsCommitted,
    /// Any change: everything is written, and the commit comes next.
    CommitPending,
    /// Any change: committed, but not yet in the journal.
    JournalPending,
    /// Transfer: marked as running, but no request was sent.
    TransferClaimed,
    /// Transfer: the bytes are being sent.
    PutSending,
    /// Transfer: the bucket has the object, but the catalog does not know it.
    PutAnswered,
    /// Transfer: the object is deleted, but the catalog does not know it.
    DeleteAnswered,
    /// Transfer: the result is in the catalog, but not reported.
    TransferConfirmed,
    /// Visibility: committed, but not reported.
    VisibilityCommitted,
    /// Removal: committed, while the originals still exist.
    RemovalCommitted,
    /// Permanent deletion: an original is about to be deleted.
    OriginalUnwanted,
    /// Permanent deletion: an original was deleted.
    OriginalDeleted,
    /// Restore: committed, but not reported.
    RestoreCommitted,
    /// Feed: copies are in the catalog, but their uploads are not queued.
    FeedCopiesKept,
    /// Feed: uploads are queued, and nothing was woken.
    FeedPutsQueued,
    /// Feed: deletions are queued, and nothing was woken.
    FeedDeletionsQueued,
    /// Feed: copies are forgotten, but their objects still exist.
    FeedCopiesDropped,
    /// New link: committed, but not reported.
    NewLinkCommitted,
}

impl KillPoint {
    /// All of them.
    pub const ALL: [Self; 22] = [
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
        Self::FeedCopiesKept,
        Self::FeedPutsQueued,
        Self::FeedDeletionsQueued,
        Self::FeedCopiesDropped,
        Self::NewLinkCommitted,
    ];

    /// Says whether only publishing reaches it.
    pub fn is_of_feeds(self) -> bool {
        matches!(
            self,
            Self::FeedCopiesKept | Self::FeedPutsQueued | Self::FeedDeletionsQueued | Self::FeedCopiesDropped
        )
    }
}

/// The listener for every [`KillPoint`]. Only tests set one.
#[derive(Clone, Default)]
pub struct KillPoints(Option<Arc<dyn Fn(KillPoint) + Send + Sync>>);

impl KillPoints {
    /// Returns kill points that call `listener` at each of them, on the thread
    /// that reaches it.
    pub fn heard_by(listener: impl Fn(KillPoint) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(listener)))
    }

    /// Tells the listener that a kill point was reached.
    pub fn reached(&self, kill_point: KillPoint) {
        if let Some(listener) = &self.0 {
            listener(kill_point);
        }
    }
}

impl fmt::Debug for KillPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "KillPoints(heard)" } else { "KillPoints(nobody)" })
    }
}
