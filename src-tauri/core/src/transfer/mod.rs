//! Carries out the outbox: what to run next is read from the catalog, what a
//! failure means is decided by a pure function, and one runner does it. Must
//! not know who shows the progress.

mod attempt;
mod fetch;
mod hold;
mod lock;
mod meter;
mod plan;
mod runner;

pub(crate) use fetch::{FetchError, fetch_original};
pub use lock::TransferLock;
pub use runner::{Audience, Controls, Destination, PushReport, Runner, Until};
