//! Compares what the catalog says with the originals on disk and the objects in
//! the bucket, and mends what differs. A difference between two lists read one
//! after the other is only a doubt: it counts, and is acted on, when the row
//! and the object still differ on a second look. Must not know who shows the
//! progress.

mod catalog;
mod check;
mod compare;
mod originals;
mod repair;
mod report;

pub use check::{Means, run};
pub use report::MAX_LISTED;
