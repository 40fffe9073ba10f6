//! The time limits of requests to the bucket.

use aws_sdk_s3::config::timeout::TimeoutConfig;
use std::time::Duration;

/// How many bytes of an upload the network may still be sending after all of it
/// was handed over.
const BUFFERED: u64 = 4 * 1024 * 1024;
/// The maximum number of concurrent uploads that share a rate limit.
const SHARERS: u64 = 16;

/// The time limits of requests. The default suits home uplinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The time for establishing a connection.
    pub connect: Duration,
    /// The time for a request without a body, and for the answer to an upload.
    pub request: Duration,
    /// How long an upload or download may stand still. The SDK's default of
    /// five seconds cuts off real home uplinks.
    pub stall: Duration,
    /// The slowest uplink for which an attempt waits, in bytes per second.
    pub slowest_rate: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_mins(1),
            stall: Duration::from_secs(45),
            slowest_rate: 64 * 1024,
        }
    }
}

impl Patience {
    /// Returns the limits for one attempt at a request without a body.
    pub(super) fn of_request(&self) -> TimeoutConfig {
        TimeoutConfig::builder().connect_timeout(self.connect).operation_attempt_timeout(self.request).build()
    }

    /// Returns the limits for one attempt at an upload. All uploads together
    /// may send `rate_limit` bytes per second; `None` means no limit.
    pub(super) fn of_upload(&self, size_bytes: u64, rate_limit: Option<u64>) -> TimeoutConfig {
        let slowest = rate_limit.map_or(self.slowest_rate, |limit| self.slowest_rate.min(limit / SHARERS));
        let attempt = self.request + Duration::from_secs(size_bytes / slowest.max(1));
        TimeoutConfig::builder().connect_timeout(self.connect).operation_attempt_timeout(attempt).build()
    }

    /// Returns how long an upload may stand still with `left` of its bytes not
    /// yet handed over. After the last byte, the network may still be busy.
    pub(super) fn with_left(&self, left: u64, size_bytes: u64) -> Duration {
        if left > 0 {
            return self.stall;
        }
        self.request + Duration::from_secs(size_bytes.min(BUFFERED) / self.slowest_rate.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_limit_of_an_attempt_grows_with_its_size_and_a_lower_rate() {
        let seconds = |size, rate| {
            Patience::default().of_upload(size, rate).operation_attempt_timeout().unwrap().as_secs()
        };
        assert_eq!(seconds(0, None), 60);
        assert_eq!(seconds(64 * 1024 * 100, None), 160);
        assert_eq!(seconds(16_000, Some(16_000)), 76);
        assert_eq!(seconds(64 * 1024 * 100, Some(1_000_000_000)), 160);
    }

    #[test]
    fn an_upload_may_stall_longer_after_its_last_byte_was_sent() {
        let patience = Patience::default();
        assert_eq!(patience.with_left(1, 100_000_000).as_secs(), 45);
        assert_eq!(patience.with_left(0, 64 * 1024).as_secs(), 61);
        assert_eq!(patience.with_left(0, 100_000_000).as_secs(), 124);
    }
}
