//! Stores pictures on disk: originals, which must survive everything, and thumbnails, which can
//! be made again. Also knows where the backups are. The only module that touches the library's
//! picture files; knows nothing about the catalog, and about pictures only their first bytes.

mod backups;
mod condition;
mod durable;
mod lock;
mod originals;
mod outgoing;
mod reserve;
mod thumbnails;

pub use backups::{Backup, Backups};
pub use condition::Condition;
pub use durable::LeftAside;
pub(crate) use durable::sync_directory;
pub use lock::ProcessLock;
pub use originals::{Incoming, Originals, Staged};
pub use outgoing::{Outgoing, OutgoingFile};
pub use reserve::{Reserve, give_up};
pub use thumbnails::Thumbnails;
