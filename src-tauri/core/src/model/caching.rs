//! How long caches between the bucket and a visitor may keep an object, by its `Cache-Control`
//! header (RFC 9111), and what is known about the copies that they keep.

use super::UnixMs;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The `Cache-Control` header of originals. A key is never reused for other bytes, so caches may
/// keep an original for as long as they can.
pub const ORIGINAL_CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// What Cloudflare assumes for an object without the header.
const WITHOUT_HEADER: Duration = Duration::from_hours(2);
/// Caches keep nothing for longer, whatever a header says.
const LONGEST: Duration = Duration::from_hours(10 * 365 * 24);

/// Returns how long caches may keep an object with this `Cache-Control` header; zero if they have
/// to ask each time. `None` stands for an object without the header.
pub fn cached_for(cache_control: Option<&str>) -> Duration {
    let Some(header) = cache_control else { return WITHOUT_HEADER };
    let mut longest = None;
    for part in header.split(',').map(str::trim) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" | "private" => return Duration::ZERO,
            "max-age" | "s-maxage" => {
                // RFC 9111 lets a value that cannot be read count as expired.
                let seconds = value.trim().trim_matches('"').parse().unwrap_or(0);
                longest = longest.max(Some(Duration::from_secs(seconds)));
            }
            _ => {}
        }
    }
    longest.unwrap_or(WITHOUT_HEADER).min(LONGEST)
}

/// How the last purge of addresses from Cloudflare's caches ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct PurgeResult {
    /// When it ended.
    pub at: UnixMs,
    /// How many addresses Cloudflare accepted.
    pub addresses: u32,
    /// Why other addresses still wait, and what to do; `None` if none do.
    pub problem: Option<String>,
}

/// The copies that caches may keep of objects that were deleted or replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct CachedCopies {
    /// Whether a Cloudflare zone is set, so that Vitrine purges these addresses.
    pub purges: bool,
    /// How many addresses caches may still have.
    pub addresses: u32,
    /// When the last of these copies expires by itself; `None` without addresses.
    pub until: Option<UnixMs>,
    /// How the last purge ended; `None` before the first.
    pub last_purge: Option<PurgeResult>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_how_long_caches_keep_an_object() {
        for (header, seconds) in [
            (Some(ORIGINAL_CACHE_CONTROL), 31_536_000),
            (Some("public, max-age=60"), 60),
            (Some("max-age=60, s-maxage=600"), 600),
            (Some("MAX-AGE = \"5\""), 5),
            (Some("no-cache"), 0),
            (Some("public, max-age=60, no-store"), 0),
            (Some("private, max-age=60"), 0),
            (Some("max-age=soon"), 0),
            (Some("public"), 7_200),
            (None, 7_200),
            (Some("max-age=18446744073709551615"), 315_360_000),
        ] {
            assert_eq!(cached_for(header), Duration::from_secs(seconds), "{header:?}");
        }
    }
}
