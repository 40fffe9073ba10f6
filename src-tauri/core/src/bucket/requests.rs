//! Counts the requests that reach the store, by month and by R2's class. Each attempt counts,
//! because each is billed: also one that is repeated, refused or not answered in time.

use crate::model::{Month, RequestClass, UnixMs};
use aws_sdk_s3::config::http::HttpRequest;
use aws_sdk_s3::config::interceptors::{BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::{BoxError, ConnectorError};
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Requests that nobody has written down yet.
#[derive(Debug, Default)]
pub struct RequestCounter {
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    requests: BTreeMap<(Month, RequestClass), u64>,
    since: Option<Instant>,
}

impl RequestCounter {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts one request.
    pub(super) fn count(&self, month: Month, class: RequestClass) {
        self.put_back(vec![(month, class, 1)]);
    }

    /// Takes back one request, because it did not reach the store.
    fn uncount(&self, month: Month, class: RequestClass) {
        let mut counted = self.counted();
        if let Some(requests) = counted.requests.get_mut(&(month, class)) {
            *requests = requests.saturating_sub(1);
        }
        counted.requests.retain(|_, requests| *requests > 0);
        if counted.requests.is_empty() {
            counted.since = None;
        }
    }

    /// Returns when the first of the requests was counted; `None` if there are none.
    pub fn since(&self) -> Option<Instant> {
        self.counted().since
    }

    /// Takes all requests, which are not counted here any more.
    pub fn take(&self) -> Vec<(Month, RequestClass, u64)> {
        let Counted { requests, .. } = std::mem::take(&mut *self.counted());
        requests.into_iter().map(|((month, class), count)| (month, class, count)).collect()
    }

    /// Counts requests again that could not be written down.
    pub fn put_back(&self, requests: Vec<(Month, RequestClass, u64)>) {
        let mut counted = self.counted();
        for (month, class, count) in requests {
            let sum = counted.requests.entry((month, class)).or_default();
            *sum = sum.saturating_add(count);
        }
        if !counted.requests.is_empty() && counted.since.is_none() {
            counted.since = Some(Instant::now());
        }
    }
}

/// An attempt that was counted.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    month: Month,
    class: RequestClass,
}

impl Storable for Attempt {
    type Storer = StoreReplace<Self>;
}

/// Counts the requests of one client.
#[derive(Debug)]
pub(super) struct Counting(pub(super) Arc<RequestCounter>);

impl Intercept for Counting {
    fn name(&self) -> &'static str {
        "Counting"
    }

    /// Counts an attempt before it is sent, because one that is dropped in the middle is billed, too.
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempt = Attempt { month: Month::of(UnixMs::now()), class: class_of(context.request()) };
        self.0.count(attempt.month, attempt.class);
        bag.interceptor_state().store_put(attempt);
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let was_not_sent = match context.output_or_error() {
            Some(Err(problem)) => problem.as_connector_error().is_some_and(never_connected),
            _ => false,
        };
        if let (true, Some(attempt)) = (was_not_sent, bag.load::<Attempt>()) {
            self.0.uncount(attempt.month, attempt.class);
        }
        Ok(())
    }
}

/// Says whether a failure happened before there was a connection.
fn never_connected(problem: &ConnectorError) -> bool {
    // Only connecting has a time limit of its own.
    problem.is_timeout() || super::errors::is_unreachable(problem)
}

/// Returns the class by which R2 bills a request (developers.cloudflare.com/r2/pricing).
fn class_of(request: &HttpRequest) -> RequestClass {
    let url = url::Url::parse(request.uri()).ok();
    class(
        request.method(),
        url.as_ref().map_or("", url::Url::path),
        url.as_ref().and_then(url::Url::query).unwrap_or_default(),
    )
}

fn class(method: &str, path: &str, query: &str) -> RequestClass {
    let asks = |name: &str| query.split('&').any(|part| part.split('=').next() == Some(name));
    // A path has the bucket's name first.
    let has_key = path.trim_start_matches('/').split_once('/').is_some_and(|(_, key)| !key.is_empty());
    match method {
        "DELETE" => RequestClass::Free,
        "POST" if asks("delete") => RequestClass::Free,
        "HEAD" => RequestClass::B,
        "GET" if has_key => RequestClass::B,
        // Uploads, copies and listings.
        _ => RequestClass::A,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_classed_as_r2_bills_them() {
        for (method, path, query, expected) in [
            ("PUT", "/art/generated/a.png", "x-id=PutObject", RequestClass::A),
            ("GET", "/art", "list-type=2&prefix=delete", RequestClass::A),
            ("GET", "/art/", "list-type=2", RequestClass::A),
            ("GET", "/", "x-id=ListBuckets", RequestClass::A),
            ("POST", "/art/a.png", "uploads", RequestClass::A),
            ("GET", "/art/generated/a.png", "x-id=GetObject", RequestClass::B),
            ("HEAD", "/art/generated/a.png", "", RequestClass::B),
            ("HEAD", "/art", "", RequestClass::B),
            ("DELETE", "/art/generated/a.png", "x-id=DeleteObject", RequestClass::Free),
            ("POST", "/art", "delete", RequestClass::Free),
            ("POST", "/art/", "delete=", RequestClass::Free),
        ] {
            assert_eq!(class(method, path, query), expected, "{method} {path}?{query}");
        }
    }

    #[test]
    fn requests_are_taken_once_and_can_be_put_back() {
        let counter = RequestCounter::default();
        let month = Month::of(UnixMs(0));
        assert_eq!(counter.since(), None);
        counter.count(month, RequestClass::A);
        counter.count(month, RequestClass::A);
        counter.count(month, RequestClass::B);
        counter.uncount(month, RequestClass::B);
        assert!(counter.since().is_some());
        let taken = counter.take();
        assert_eq!(taken, [(month, RequestClass::A, 2)]);
        assert!(counter.since().is_none() && counter.take().is_empty());
        counter.put_back(taken.clone());
        assert_eq!(counter.take(), taken);
    }
}
