//! Compares the catalog with the originals on disk and the objects in the
//! bucket, and repairs differences. The two lists are read one after the other,
//! so a difference between them is only a doubt at first. It is counted and
//! acted on only if the row and the object still differ in a second check. Must
//! not know who shows the progress.

mod catalog;
mod check;
mod compare;
mod feeds;
mod originals;
mod repair;
mod report;

pub use check::{VerifyContext, run};
pub use report::MAX_LISTED;
