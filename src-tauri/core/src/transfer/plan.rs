//! What to do about a failed transfer. Pure: class, attempt and chance in,
//! decision out.

use crate::bucket::ErrorClass;
use crate::model::{TransferProblemCode, UnixMs};
use std::time::Duration;

/// How soon things are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The first pause after a transient failure.
    pub first_pause: Duration,
    /// The longest pause between two attempts at one transfer.
    pub longest_pause: Duration,
    /// How often a network that is gone is probed at the least.
    pub longest_probe: Duration,
    /// How long new keys may be refused before a person is asked. R2 needs up
    /// to a minute to spread them.
    pub new_keys: Duration,
}

impl Pace {
    /// Returns the latest moment at which anything that was put back at `now`
    /// is due. What says that it is due later was written by a wrong clock.
    pub(super) fn latest(&self, now: UnixMs) -> UnixMs {
        now.plus_ms(i64::try_from(self.longest_pause.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_mins(15),
            longest_probe: Duration::from_mins(1),
            new_keys: Duration::from_mins(2),
        }
    }
}

/// How far the keys in use are to be believed when the bucket refuses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// They were just given, and may not be known everywhere yet.
    New,
    /// They worked before, or had the time to become known.
    Known,
}

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Try this one again after a pause.
    Retry(Duration),
    /// Put this one aside; the others go on.
    Park,
    /// Stop all and probe: this one did nothing wrong.
    HoldAndProbe,
    /// Stop all and probe: the keys may only be too new.
    HoldForNewKeys,
    /// Slow all down for a while: this one did nothing wrong.
    BackOff,
    /// Stop all until a person acts.
    HoldAndAsk,
}

/// Decides what follows from a failure of the given class at the given attempt
/// (from 1). `chance` in 0..=1 spreads the pauses.
pub(crate) fn decide(pace: &Pace, class: ErrorClass, keys: Keys, attempt: u32, chance: f64) -> Decision {
    match class {
        // What was a store before is behind the login page of a network, and comes back.
        ErrorClass::Offline | ErrorClass::NotS3 => Decision::HoldAndProbe,
        ErrorClass::Credentials if keys == Keys::New => Decision::HoldForNewKeys,
        ErrorClass::Credentials
        | ErrorClass::ClockSkew
        | ErrorClass::BucketMissing
        | ErrorClass::Unsuitable => Decision::HoldAndAsk,
        ErrorClass::Throttled => Decision::BackOff,
        ErrorClass::Rejected => Decision::Park,
        ErrorClass::Transient => Decision::Retry(pause(pace, attempt, chance)),
    }
}

/// Doubles from attempt to attempt up to a cap, then takes between half and
/// all of it by chance, so that many waiting transfers do not come back at
/// once.
pub(crate) fn pause(pace: &Pace, attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let full = pace.first_pause.saturating_mul(1 << doublings).min(pace.longest_pause);
    full.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
}

/// Returns the code a class of failure is shown as.
pub(crate) fn problem_code(class: ErrorClass) -> TransferProblemCode {
    match class {
        ErrorClass::Offline => TransferProblemCode::Offline,
        ErrorClass::NotS3 | ErrorClass::Unsuitable => TransferProblemCode::UnsuitableStore,
        ErrorClass::Credentials => TransferProblemCode::Credentials,
        ErrorClass::ClockSkew => TransferProblemCode::ClockSkew,
        ErrorClass::Throttled => TransferProblemCode::Throttled,
        ErrorClass::BucketMissing => TransferProblemCode::BucketMissing,
        ErrorClass::Rejected => TransferProblemCode::Rejected,
        ErrorClass::Transient => TransferProblemCode::Server,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
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
        assert_eq!(Pace::default(), PACE);
    }

    #[test]
    fn chance_takes_away_at_most_half_of_a_pause() {
        assert_eq!(pause(&PACE, 3, 0.0), Duration::from_secs(4));
        assert_eq!(pause(&PACE, 3, 0.5), Duration::from_secs(6));
    }

    #[test]
    fn only_a_failure_of_the_item_itself_parks_it() {
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
        assert_eq!(decided(ErrorClass::Rejected, Keys::New), Decision::Park);
    }

    #[test]
    fn a_page_in_place_of_the_store_is_waited_for_and_a_store_that_cannot_be_used_is_not() {
        assert_eq!(decided(ErrorClass::NotS3, Keys::Known), Decision::HoldAndProbe);
        assert_eq!(decided(ErrorClass::Unsuitable, Keys::New), Decision::HoldAndAsk);
    }

    #[test]
    fn only_refused_keys_get_time_for_being_new() {
        assert_eq!(decided(ErrorClass::Credentials, Keys::New), Decision::HoldForNewKeys);
        assert_eq!(decided(ErrorClass::Credentials, Keys::Known), Decision::HoldAndAsk);
        for class in [ErrorClass::ClockSkew, ErrorClass::BucketMissing] {
            assert_eq!(decided(class, Keys::New), Decision::HoldAndAsk, "{class:?}");
        }
    }
}
