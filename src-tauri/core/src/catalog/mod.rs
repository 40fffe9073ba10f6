//! The embedded catalog: the only place with SQL. Owns rows, migrations and
//! transactions; must not know files, network or interface.

mod audit;
mod connections;
mod error;
mod galleries;
mod generated;
mod generation;
mod health;
mod images;
mod made_with;
mod migrations;
mod originals;
mod packed;
#[cfg(test)]
mod plans;
mod references;
mod removal;
mod search;
mod settings;
mod transfers;
mod users;
mod view_index;
mod watched;

pub use audit::AuditRow;
pub use connections::Catalog;
pub use error::CatalogError;
pub use generated::NewGenerated;
pub use generation::{Generation, KeptSources};
pub use health::{Unused, check_file};
pub use images::{ImageFile, InTrash, InsertOutcome, Inserted, NewImage};
pub use originals::StoredOriginal;
pub use packed::Packed;
pub use references::NewReference;
pub use removal::{Original, Removal};
pub use transfers::{ClaimedOriginal, ClaimedTransfer, PutBack, QueueCounts, TransferWishes};
pub use watched::Watched;
