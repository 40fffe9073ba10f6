//! The moments at which the catalog saw the clock. Ages count only time that the catalog can believe: a clock
//! that was wrong for one run must not empty the trash, and neither must a clock that is corrected.

use super::shared_columns::table;
use super::{Catalog, CatalogError};
use crate::model::{ImageKind, UnixMs};
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

/// The name of the setting that stores the clock.
const SETTING: &str = "clock";
/// The longest step that is believed without confirmation. If the clock is further ahead of the last moment
/// seen, either it is wrong or nobody opened the library for that long; the two cannot be told apart.
const LONGEST_STEP_MS: i64 = 7 * 24 * 3600 * 1000;
/// Corrections of a clock are smaller than this, and ages are not counted more finely.
const SLACK_MS: i64 = 3600 * 1000;
/// The most leaps that are remembered separately.
const MAX_LEAPS: usize = 64;

/// A span of time that nobody saw pass. It does not count towards any age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Leap {
    from: i64,
    to: i64,
}

impl Leap {
    /// Returns how many milliseconds of the leap lie between two moments.
    fn within(self, from: i64, to: i64) -> i64 {
        (self.to.min(to)).saturating_sub(self.from.max(from)).max(0)
    }
}

/// The clock as the catalog last saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenClock {
    /// The last moment at which it was seen, in milliseconds since the Unix epoch.
    seen: i64,
    /// Spans before that moment that are not believed, oldest first.
    leaps: Vec<Leap>,
    /// Whether the clock was never stored.
    #[serde(skip)]
    is_new: bool,
}

impl SeenClock {
    /// Returns a clock that was seen at a moment and never leapt.
    fn at(moment: UnixMs) -> Self {
        Self { seen: moment.0, leaps: Vec::new(), is_new: true }
    }

    /// Says whether the clock can be believed without confirmation.
    pub fn agrees_with(&self, now: UnixMs) -> bool {
        let step = now.0.saturating_sub(self.seen);
        (-SLACK_MS..=LONGEST_STEP_MS).contains(&step)
    }

    /// Says whether storing the clock would change nothing that matters.
    pub fn is_up_to_date(&self, now: UnixMs) -> bool {
        let step = now.0.saturating_sub(self.seen);
        !self.is_new && (-SLACK_MS..=SLACK_MS).contains(&step)
    }

    /// Says whether the clock is so far ahead that another source has to confirm it.
    pub fn is_far_behind(&self, now: UnixMs) -> bool {
        now.0.saturating_sub(self.seen) > LONGEST_STEP_MS
    }

    /// Records where the clock is now. Returns by how many milliseconds the moments that ages are counted
    /// from have to move, so that ages grow only by believed time.
    fn observe(&mut self, now: UnixMs, is_confirmed: bool) -> i64 {
        let step = now.0.saturating_sub(self.seen);
        let shift = if step < 0 {
            // The clock goes back over a leap: time that was not counted is not subtracted.
            let (to, from) = (self.seen, now.0);
            let not_counted: i64 = self.leaps.iter().map(|leap| leap.within(from, to)).sum();
            self.leaps.retain(|leap| leap.from < now.0);
            if let Some(last) = self.leaps.last_mut() {
                last.to = last.to.min(now.0);
            }
            -not_counted
        } else if step > LONGEST_STEP_MS && !is_confirmed {
            self.leaps.push(Leap { from: self.seen, to: now.0 });
            self.forget_details();
            step
        } else {
            0
        };
        self.seen = now.0;
        shift
    }

    /// Merges the two oldest leaps into one. This can only make ages smaller, never greater.
    fn forget_details(&mut self) {
        if self.leaps.len() > MAX_LEAPS {
            let oldest = self.leaps.remove(0);
            if let Some(next) = self.leaps.first_mut() {
                next.from = oldest.from;
            }
        }
    }

    /// Returns the moment that lies `age_ms` of believed time before the last moment seen.
    pub fn moment_before(&self, age_ms: i64) -> UnixMs {
        let mut moment = self.seen;
        let mut left = age_ms;
        for leap in self.leaps.iter().rev() {
            let since = moment.saturating_sub(leap.to);
            if since >= left {
                break;
            }
            left -= since;
            moment = leap.from;
        }
        UnixMs(moment.saturating_sub(left))
    }
}

/// Returns the new position of a moment that an age is counted from. A moment far in the future, set while
/// the clock was ahead, becomes now.
fn moved(moment: i64, shift: i64, now: UnixMs) -> i64 {
    let moment = moment.saturating_add(shift);
    if shift > 0 {
        // Something that happened in uncounted time has no age.
        return moment.min(now.0);
    }
    if moment > now.0.saturating_add(LONGEST_STEP_MS) { now.0 } else { moment }
}

fn stored_clock(connection: &Connection) -> Result<Option<SeenClock>, CatalogError> {
    let text: Option<String> = connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([SETTING], |row| row.get(0))
        .optional()?;
    // An unreadable value is no evidence. The rows provide other evidence.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Returns the clock of a catalog that never stored one: the newest moment among its rows, but no later than
/// `now`.
fn from_rows(connection: &Connection, now: UnixMs) -> Result<SeenClock, CatalogError> {
    let newest: Option<i64> = connection.query_row(
        "SELECT max(moment) FROM
         (SELECT max(removed_at) AS moment FROM generated_images UNION ALL
          SELECT max(removed_at) FROM reference_images UNION ALL
          SELECT max(stored_at) FROM generated_images UNION ALL
          SELECT max(stored_at) FROM reference_images UNION ALL
          SELECT max(updated_at) FROM users)",
        [],
        |row| row.get(0),
    )?;
    Ok(SeenClock::at(UnixMs(newest.map_or(now.0, |newest| newest.min(now.0)))))
}

fn clock(connection: &Connection, now: UnixMs) -> Result<SeenClock, CatalogError> {
    stored_clock(connection)?.map_or_else(|| from_rows(connection, now), Ok)
}

fn move_trash(connection: &Connection, shift: i64, now: UnixMs) -> Result<(), CatalogError> {
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        let table = table(kind);
        let mut trashed = Vec::new();
        {
            let sql = format!("SELECT id, removed_at FROM {table} WHERE removed_at IS NOT NULL");
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                trashed.push((row.get::<_, String>(0)?, row.get::<_, i64>(1)?));
            }
        }
        let sql = format!("UPDATE {table} SET removed_at = ?2 WHERE id = ?1");
        let mut update = connection.prepare(&sql)?;
        for (id, removed_at) in trashed {
            let there = moved(removed_at, shift, now);
            if there != removed_at {
                update.execute((id, there))?;
            }
        }
    }
    Ok(())
}

impl Catalog {
    /// Returns the clock as it was last seen, without recording anything.
    pub async fn seen_clock(&self, now: UnixMs) -> Result<SeenClock, CatalogError> {
        self.read(move |connection| clock(connection, now)).await
    }

    /// Records where the clock is now, and keeps the ages in the trash to believed time. `is_confirmed` says
    /// whether another source confirmed the clock.
    pub async fn observe_clock(&self, now: UnixMs, is_confirmed: bool) -> Result<SeenClock, CatalogError> {
        self.write(move |connection| {
            let mut clock = clock(connection, now)?;
            let went_back = now.0 < clock.seen;
            let shift = clock.observe(now, is_confirmed);
            if shift != 0 || went_back || clock.is_new {
                move_trash(connection, shift, now)?;
            }
            let text =
                serde_json::to_string(&clock).map_err(|error| CatalogError::Invalid(error.to_string()))?;
            connection
                .prepare_cached(
                    "INSERT INTO settings (name, value) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                )?
                .execute((SETTING, text))?;
            Ok(clock)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3600 * 1000;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;
    const START: i64 = 1_800_000_000_000;

    /// A model of one image in the trash that was removed at the start, together with the clock.
    struct Trash {
        clock: SeenClock,
        removed_at: i64,
    }

    impl Trash {
        fn new() -> Self {
            Self { clock: SeenClock::at(UnixMs(START)), removed_at: START }
        }

        fn age_at(&mut self, now: i64, is_confirmed: bool) -> i64 {
            let shift = self.clock.observe(UnixMs(now), is_confirmed);
            self.removed_at = moved(self.removed_at, shift, UnixMs(now));
            now - self.removed_at
        }
    }

    #[test]
    fn a_clock_set_a_year_ahead_and_back_ages_nothing() {
        let mut trash = Trash::new();
        assert_eq!(trash.age_at(START + DAY, false), DAY);
        for _ in 0..100 {
            assert_eq!(trash.age_at(START + DAY + YEAR, false), DAY);
            assert_eq!(trash.age_at(START + DAY + YEAR + HOUR, false), DAY + HOUR);
            assert_eq!(trash.age_at(START + DAY, false), DAY);
        }
        assert_eq!(trash.age_at(START + 2 * DAY, false), 2 * DAY);
    }

    #[test]
    fn a_clock_that_jumps_by_less_than_a_week_and_back_ages_nothing() {
        let mut trash = Trash::new();
        for _ in 0..100 {
            assert_eq!(trash.age_at(START + 6 * DAY, false), 6 * DAY);
            assert_eq!(trash.age_at(START, false), 0);
        }
    }

    #[test]
    fn a_long_absence_counts_only_when_it_is_confirmed() {
        let mut trash = Trash::new();
        assert_eq!(trash.age_at(START + YEAR, true), YEAR);
        let mut trash = Trash::new();
        assert_eq!(trash.age_at(START + YEAR, false), 0);
        // From there on, a clock that runs normally is believed.
        for day in 1..=30 {
            assert_eq!(trash.age_at(START + YEAR + day * DAY, false), day * DAY);
        }
    }

    #[test]
    fn a_moment_before_now_skips_time_that_was_not_observed() {
        let mut clock = SeenClock::at(UnixMs(START));
        clock.observe(UnixMs(START + 2 * DAY), false);
        clock.observe(UnixMs(START + 2 * DAY + YEAR), false);
        clock.observe(UnixMs(START + 3 * DAY + YEAR), false);
        assert_eq!(clock.moment_before(DAY / 2).0, START + 2 * DAY + YEAR + DAY / 2);
        assert_eq!(clock.moment_before(3 * DAY).0, START);
        assert_eq!(clock.moment_before(4 * DAY).0, START - DAY);
    }

    /// Returns the next number of a sequence that looks random and is the same in each run.
    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *state >> 33
    }

    /// A model that knows the true time. The computer's clock is off by any amount and is set again at
    /// random. The catalog sees it at least once a week.
    #[test]
    fn each_image_is_deleted_eventually_and_never_early_under_any_clock() {
        for seed in 0..2_000 {
            let mut state = seed;
            let mut trash = Trash::new();
            let (mut truth, mut offset) = (START, 0_i64);
            // If a clock is set ahead by less than a week, the catalog cannot tell that from time that
            // passed.
            let (mut believed, mut untold) = (0, 0);
            for _ in 0..400 {
                let pause = i64::try_from(next(&mut state)).unwrap() % (3 * DAY);
                truth += pause;
                let is_set = next(&mut state).is_multiple_of(4);
                if is_set {
                    let before = offset;
                    // The clock is far off in either direction, or right again.
                    offset = match next(&mut state) % 3 {
                        0 => YEAR + i64::try_from(next(&mut state)).unwrap() % (9 * YEAR),
                        1 => -YEAR - i64::try_from(next(&mut state)).unwrap() % (9 * YEAR),
                        _ => 0,
                    };
                    if (0..=LONGEST_STEP_MS).contains(&(offset - before + pause)) {
                        untold += (offset - before).max(0);
                    }
                } else {
                    believed += pause;
                }
                let age = trash.age_at(truth + offset, false);
                assert!(age <= truth - START + untold, "seed {seed}: {age} after {}", truth - START);
                assert!(trash.clock.leaps.len() <= MAX_LEAPS);
            }
            assert!(believed > 30 * DAY);
            // If the clock then runs undisturbed, the image is deleted within thirty days, plus a week if its
            // moment lay ahead.
            let mut age = 0;
            for _ in 0..=(30 + 7) {
                truth += DAY;
                age = trash.age_at(truth + offset, false);
            }
            assert!(age >= 30 * DAY, "seed {seed}: {} days", age / DAY);
        }
    }
}
