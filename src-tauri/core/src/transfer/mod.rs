//! Runs the transfers in the outbox. The catalog says what to run next, a pure
//! function decides what a failure means, and one runner does the work. Must
//! not know who shows the progress.

mod attempt;
mod audience;
mod controls;
mod fetch;
mod hold;
mod meter;
mod plan;
mod report;
mod requests;
mod runner;
mod teller;
mod trust;

pub use audience::Audience;
pub use controls::Controls;
pub(crate) use fetch::{FetchError, fetch_original};
pub use plan::RetryPolicy;
pub use requests::{write_requests, write_requests_at};
pub use runner::{Destination, PurgeDestination, PushReport, Runner, Until};
pub use trust::{distrust, is_trusted, trust};
