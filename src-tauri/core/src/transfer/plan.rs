//! What to do about a failed transfer. Pure: class, attempt and chance in,
//! decision out.

use crate::bucket::ErrorClass;
use crate::model::TransferProblemCode;
use std::time::Duration;

/// The first pause after a transient failure.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_mins(15);

/// What follows from a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Try this one again after a pause.
    Retry(Duration),
    /// Put this one aside; the others go on.
    Park,
    /// Stop all and probe: this one did nothing wrong.
    HoldAndProbe,
    /// Slow all down for a while: this one did nothing wrong.
    BackOff(Duration),
    /// Stop all until a person acts.
    HoldAndAsk,
}

/// Decides what follows from a failure of the given class at the given attempt
/// (from 1). `chance` in 0..=1 spreads the pauses.
pub(crate) fn decide(class: ErrorClass, attempt: u32, chance: f64) -> Decision {
    match class {
        ErrorClass::Offline => Decision::HoldAndProbe,
        ErrorClass::Credentials | ErrorClass::ClockSkew | ErrorClass::BucketMissing => Decision::HoldAndAsk,
        ErrorClass::Throttled => Decision::BackOff(pause(attempt, chance)),
        ErrorClass::Rejected => Decision::Park,
        ErrorClass::Transient => Decision::Retry(pause(attempt, chance)),
    }
}

/// Doubles from attempt to attempt up to a cap, then takes between half and
/// all of it by chance, so that many waiting transfers do not come back at
/// once.
pub(crate) fn pause(attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let full = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    full.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
}

/// Returns the code a class of failure is shown as.
pub(crate) fn problem_code(class: ErrorClass) -> TransferProblemCode {
    match class {
        ErrorClass::Offline => TransferProblemCode::Offline,
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

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let seconds: Vec<u64> = (1..=12).map(|attempt| pause(attempt, 1.0).as_secs()).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(pause(u32::MAX, 1.0), Duration::from_mins(15));
    }

    #[test]
    fn chance_takes_away_at_most_half_of_a_pause() {
        assert_eq!(pause(3, 0.0), Duration::from_secs(4));
        assert_eq!(pause(3, 0.5), Duration::from_secs(6));
    }

    #[test]
    fn only_a_failure_of_the_item_itself_parks_it() {
        for class in
            [ErrorClass::Offline, ErrorClass::Credentials, ErrorClass::Throttled, ErrorClass::Transient]
        {
            assert_ne!(decide(class, 1, 0.5), Decision::Park, "{class:?}");
        }
        assert_eq!(decide(ErrorClass::Rejected, 1, 0.5), Decision::Park);
    }
}
