//! Writes down how many requests the bucket received. They are counted in memory and written in
//! batches, because a write to the disk per request would cost more than the request.

use crate::bucket::RequestCounter;
use crate::catalog::Catalog;
use crate::model::{Month, UnixMs};
use std::time::{Duration, Instant};

/// How long requests may be in memory only.
const WRITE_AFTER: Duration = Duration::from_secs(30);

/// Returns when counted requests have to be written; `None` if there are none.
pub fn write_requests_at(counter: &RequestCounter) -> Option<Instant> {
    counter.since()?.checked_add(WRITE_AFTER)
}

/// Writes the counted requests into the catalog. A failure is logged, and they are written with the
/// next batch: counting must not stop what is counted.
pub async fn write_requests(catalog: &Catalog, counter: &RequestCounter, now: UnixMs) {
    let unwritten = counter.take();
    if unwritten.is_empty() {
        return;
    }
    if let Err(error) = catalog.add_requests(unwritten.clone(), Month::of(now)).await {
        tracing::warn!(%error, "could not write the number of requests");
        counter.put_back(unwritten);
    }
}
