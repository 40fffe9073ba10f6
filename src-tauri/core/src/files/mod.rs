//! Keeps pictures on disk: originals, which must survive anything, and
//! thumbnails, which can be made again; and where backups lie. The only place
//! that touches the library's picture files; knows nothing of the catalog, and of pictures only
//! how their first bytes look.

mod backups;
mod condition;
mod durable;
mod lock;
mod originals;
mod reserve;
mod thumbnails;

pub use backups::{Backup, Backups};
pub use condition::Condition;
pub use durable::LeftAside;
pub(crate) use durable::sync_directory;
pub use lock::ProcessLock;
pub use originals::{Incoming, Originals, Staged};
pub use reserve::{Reserve, give_up};
pub use thumbnails::Thumbnails;
