//! Decides which backup of the catalog is the newest: the one whose content is furthest. The
//! clock's time when it was made only decides between backups with the same content.

use crate::catalog;
use crate::error::Error;
use crate::files::{Backup, Backups};
use crate::model::UnixMs;
use std::cmp::Reverse;

/// The number of backups that are kept.
const KEPT: usize = 7;

/// How far a catalog is. See [`catalog::position_of_backup`].
type Position = (i64, i64);

/// A backup and its position; `None` if the backup cannot be read.
type Placed = (Backup, Option<Position>);

/// Returns the backups, newest first. Unreadable backups come last.
fn by_content(backups: &Backups) -> Result<Vec<Placed>, Error> {
    let placed = |backup: Backup| {
        let position = catalog::position_of_backup(&backup.path).ok();
        (backup, position)
    };
    let mut found: Vec<_> = backups.list().map_err(Error::Folder)?.into_iter().map(placed).collect();
    // The sort is stable, so of backups with the same content the latest stays first.
    found.sort_by_key(|(_, position)| Reverse(*position));
    Ok(found)
}

/// Returns the backups, newest first.
pub(super) fn newest_first(backups: &Backups) -> Result<Vec<Backup>, Error> {
    Ok(by_content(backups)?.into_iter().map(|(backup, _)| backup).collect())
}

/// Returns the newest sound backup; `None` if there is none.
pub(super) fn newest_sound(backups: &Backups) -> Result<Option<Backup>, Error> {
    Ok(newest_first(backups)?.into_iter().find(|backup| catalog::check_closely(&backup.path).is_ok()))
}

/// Returns the greatest position of any backup; `None` if no backup can be read.
pub(super) fn furthest(backups: &Backups) -> Result<Option<Position>, Error> {
    Ok(by_content(backups)?.into_iter().find_map(|(_, position)| position))
}

/// Removes all but the newest backups. Of those with the same content, only one stays.
pub(super) fn prune(backups: &Backups, now: UnixMs) -> Result<(), Error> {
    for backup in superfluous(by_content(backups)?, now) {
        backup.remove().map_err(Error::Folder)?;
    }
    Ok(())
}

fn superfluous(found: Vec<Placed>, now: UnixMs) -> Vec<Backup> {
    let mut kept: Vec<Placed> = Vec::new();
    let mut superfluous = Vec::new();
    for (backup, position) in found {
        let has_room = kept.len() < KEPT;
        let twin = kept.iter_mut().find(|(_, kept)| {
            // Only a journal counts every change. The number of transfers alone does not tell two
            // contents apart.
            *kept == position && position.is_some_and(|(journal, _)| journal > 0)
        });
        match twin {
            // The backup with a plausible date stays.
            Some(twin) if twin.0.taken_at > now && backup.taken_at <= now => {
                superfluous.push(std::mem::replace(&mut twin.0, backup));
            }
            None if has_room => kept.push((backup, position)),
            Some(_) | None => superfluous.push(backup),
        }
    }
    superfluous
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMs = UnixMs(1_800_000_000_000);
    const DAY_MS: i64 = 24 * 3600 * 1000;

    fn placed(day: i64, position: Option<Position>) -> Placed {
        let taken_at = NOW.plus_ms(day * DAY_MS);
        (Backup { taken_at, path: format!("{day}.db").into() }, position)
    }

    fn days(backups: &[Backup]) -> Vec<i64> {
        backups.iter().map(|backup| (backup.taken_at.0 - NOW.0) / DAY_MS).collect()
    }

    #[test]
    fn the_seven_newest_backups_stay_and_unreadable_ones_are_deleted_first() {
        let mut found: Vec<_> = (0..9).map(|at| placed(-at, Some((9 - at, 0)))).collect();
        found.push(placed(-1, None));
        assert_eq!(days(&superfluous(found, NOW)), [-7, -8, -1]);
    }

    #[test]
    fn of_equal_backups_the_one_with_a_plausible_date_stays() {
        let same = Some((4, 4));
        let found = vec![placed(1500, same), placed(-1, same), placed(-2, same)];
        assert_eq!(days(&superfluous(found, NOW)), [1500, -2]);
        // Without a journal, it is unknown whether they have the same content.
        let found = vec![placed(1500, Some((0, 4))), placed(-1, Some((0, 4)))];
        assert!(superfluous(found, NOW).is_empty());
    }
}
