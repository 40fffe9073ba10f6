//! Times and sizes as the catalog and the interface carry them.

use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch. Exact as a JavaScript number until the
/// year 287396.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
#[serde(transparent)]
pub struct UnixMs(#[specta(type = u32)] pub i64);

impl UnixMs {
    /// Reads the system clock. Logic that depends on time takes a `UnixMs`
    /// instead of calling this.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// Returns the date in UTC, as `YYYY-MM-DD`.
    pub fn date(self) -> String {
        let moment = jiff::Timestamp::from_millisecond(self.0).unwrap_or_default();
        jiff::tz::TimeZone::UTC.to_datetime(moment).date().to_string()
    }

    /// Returns the moment `milliseconds` later.
    #[must_use]
    pub fn plus_ms(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }
}

impl From<SystemTime> for UnixMs {
    /// Converts a system time. Moments before 1970 are negative.
    fn from(time: SystemTime) -> Self {
        let since = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(since(after)),
            Err(before) => Self(-since(before.duration())),
        }
    }
}

impl From<UnixMs> for SystemTime {
    fn from(at: UnixMs) -> Self {
        let by = Duration::from_millis(at.0.unsigned_abs());
        let moved = if at.0 < 0 { UNIX_EPOCH.checked_sub(by) } else { UNIX_EPOCH.checked_add(by) };
        moved.unwrap_or(UNIX_EPOCH)
    }
}

/// A source of the current time. Long-running logic that depends on time takes
/// one.
pub trait Clock: Send + Sync {
    /// Returns the current moment.
    fn now(&self) -> UnixMs;
}

/// The system clock of this computer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UnixMs {
        UnixMs::now()
    }
}

/// A number of bytes. Exact as a JavaScript number up to 9 PB.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type,
)]
#[serde(transparent)]
pub struct Bytes(#[specta(type = u32)] pub u64);
