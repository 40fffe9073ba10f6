//! The embedded catalog: the only place with SQL. Owns rows, migrations and
//! transactions; must not know files, network or interface.

mod audit;
mod clock;
mod connections;
mod damage;
mod error;
mod galleries;
mod generated;
mod generation;
mod health;
mod images;
mod journal;
mod made;
mod made_with;
mod migrations;
mod opening;
mod originals;
mod packed;
#[cfg(test)]
mod plans;
mod references;
mod removal;
mod rows;
mod search;
mod selection;
mod settings;
mod transfers;
mod users;
mod view_index;
mod watched;

pub use audit::{AuditPage, AuditRow};
pub use clock::SeenClock;
pub use connections::Catalog;
pub use damage::{DamagedRow, Mended};
pub use error::{CatalogError, LookOnly};
pub use generated::NewGenerated;
pub use generation::{Generation, KeptSources};
pub use health::{Unused, check_closely, check_file, position_of, position_of_backup};
pub use images::{ImageFile, InTrash, InsertOutcome, Inserted, NewImage};
pub use journal::{Fate, Replayed, begins_behind, covers};
pub use made::{Dated, Undated, UndatedFile};
pub use originals::StoredOriginal;
pub use packed::Packed;
pub use references::NewReference;
pub use removal::{Original, Removal};
pub use transfers::{ClaimedOriginal, ClaimedTransfer, PutBack, QueueCounts, TransferWishes};
pub use watched::Watched;
