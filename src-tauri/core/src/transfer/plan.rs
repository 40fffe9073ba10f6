//! Decides what to do about a failed transfer. Pure: it maps the class of the failure,
//! the attempt and a random number to a decision.

use crate::bucket::ErrorClass;
use crate::model::{TransferProblemCode, UnixMs};
use std::time::Duration;

/// How soon failed transfers are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first pause after a transient failure.
    pub first_pause: Duration,
    /// The longest pause between two attempts at one transfer.
    pub longest_pause: Duration,
    /// The longest pause between two probes of an unavailable network.
    pub longest_probe: Duration,
    /// How long new keys may be refused before a person is asked. R2 needs up to a
    /// minute until they are known everywhere.
    pub new_keys: Duration,
}

impl RetryPolicy {
    /// Returns the latest moment at which a transfer that was put back at `now` can be
    /// due. If it says a later moment, a wrong clock wrote it.
    pub(super) fn latest(&self, now: UnixMs) -> UnixMs {
        now.plus_ms(i64::try_from(self.longest_pause.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_mins(15),
            longest_probe: Duration::from_mins(1),
            new_keys: Duration::from_mins(2),
        }
    }
}

/// How to judge a refusal of the keys in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// The keys were just entered, and may not be known everywhere yet.
    New,
    /// The keys worked before, or have had enough time to become known.
    Known,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Try this transfer again after a pause.
    Retry(Duration),
    /// Park this transfer; the others continue.
    Park,
    /// Stop all transfers and probe: this one is not the cause.
    HoldAndProbe,
    /// Stop all transfers and probe: the keys may only be too new.
    HoldForNewKeys,
    /// Slow all transfers down for a while: this one is not the cause.
    BackOff,
    /// Stop all transfers until a person acts.
    HoldAndAsk,
}

/// Decides what to do after a failure of this class at this attempt (counted from 1).
/// `chance`, from 0 to 1, spreads the pauses.
pub(crate) fn decide(
    pace: &RetryPolicy,
    class: ErrorClass,
    keys: Keys,
    attempt: u32,
    chance: f64,
) -> Decision {
    match class {
        // A store that worked before is now behind the login page of a network, and will
        // come back.
        ErrorClass::Offline | ErrorClass::NotS3 => Decision::HoldAndProbe,
        ErrorClass::Credentials if keys == Keys::New => Decision::HoldForNewKeys,
        ErrorClass::Credentials
        | ErrorClass::ClockSkew
        | ErrorClass::BucketMissing
        | ErrorClass::Unsuitable => Decision::HoldAndAsk,
        ErrorClass::Throttled => Decision::BackOff,
        ErrorClass::Rejected | ErrorClass::OtherLibrary | ErrorClass::OtherObject => Decision::Park,
        ErrorClass::Transient => Decision::Retry(pause(pace, attempt, chance)),
    }
}

/// Returns the pause before the next attempt. It doubles with each attempt up to a
/// maximum. `chance` picks between half and all of it, so that many waiting transfers do
/// not return at once.
pub(crate) fn pause(pace: &RetryPolicy, attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let full = pace.first_pause.saturating_mul(1 << doublings).min(pace.longest_pause);
    full.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
}

/// Returns the code under which a class of failures is shown.
pub(crate) fn problem_code(class: ErrorClass) -> TransferProblemCode {
    match class {
        ErrorClass::Offline => TransferProblemCode::Offline,
        ErrorClass::NotS3 | ErrorClass::Unsuitable => TransferProblemCode::UnsuitableStore,
        ErrorClass::Credentials => TransferProblemCode::Credentials,
        ErrorClass::ClockSkew => TransferProblemCode::ClockSkew,
        ErrorClass::Throttled => TransferProblemCode::Throttled,
        ErrorClass::BucketMissing => TransferProblemCode::BucketMissing,
        ErrorClass::Rejected => TransferProblemCode::Rejected,
        ErrorClass::OtherLibrary => TransferProblemCode::OtherLibrary,
        ErrorClass::OtherObject => TransferProblemCode::OtherObject,
        ErrorClass::Transient => TransferProblemCode::Server,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: RetryPolicy = RetryPolicy {
        first_pause: Duration::from_secs(2),
        longest_pause: Duration::from_mins(15),
        longest_probe: Duration::from_mins(1),
        new_keys: Duration::from_mins(2),
    };

    fn decided(class: ErrorClass, keys: Keys) -> Decision {
        decide(&PACE, class, keys, 1, 0.5)
    }

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (1..=12).map(|attempt| pause(&PACE, attempt, 1.0).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(pause(&PACE, u32::MAX, 1.0), Duration::from_mins(15));
        assert_eq!(RetryPolicy::default(), PACE);
    }

    #[test]
    fn randomness_shortens_a_pause_by_at_most_half() {
        assert_eq!(pause(&PACE, 3, 0.0), Duration::from_secs(4));
        assert_eq!(pause(&PACE, 3, 0.5), Duration::from_secs(6));
    }

    #[test]
    fn only_a_failure_of_the_transfer_itself_parks_it() {
        for class in [
            ErrorClass::Offline,
            ErrorClass::NotS3,
            ErrorClass::Unsuitable,
            ErrorClass::Credentials,
            ErrorClass::Throttled,
            ErrorClass::Transient,
        ] {
            assert_ne!(decided(class, Keys::Known), Decision::Park, "{class:?}");
        }
        for class in [ErrorClass::Rejected, ErrorClass::OtherLibrary, ErrorClass::OtherObject] {
            assert_eq!(decided(class, Keys::New), Decision::Park, "{class:?}");
        }
    }

    #[test]
    fn a_page_in_place_of_a_store_is_retried_and_an_unsuitable_store_is_not() {
        assert_eq!(decided(ErrorClass::NotS3, Keys::Known), Decision::HoldAndProbe);
        assert_eq!(decided(ErrorClass::Unsuitable, Keys::New), Decision::HoldAndAsk);
    }

    #[test]
    fn only_refused_credentials_are_retried_while_the_keys_are_new() {
        assert_eq!(decided(ErrorClass::Credentials, Keys::New), Decision::HoldForNewKeys);
        assert_eq!(decided(ErrorClass::Credentials, Keys::Known), Decision::HoldAndAsk);
        for class in [ErrorClass::ClockSkew, ErrorClass::BucketMissing] {
            assert_eq!(decided(class, Keys::New), Decision::HoldAndAsk, "{class:?}");
        }
    }
}
