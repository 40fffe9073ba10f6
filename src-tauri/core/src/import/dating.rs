//! Decides when a picture was made: the first of all its dates that can be true. The order is: what the
//! generator wrote, Exif, XMP and IPTC, the names of the file and its folder, dates of the last change, the
//! moment of the import.

use super::name_dates::{in_file_name, in_folder};
use crate::catalog::Undated;
use crate::metadata::{FoundDate, Trust, Written};
use crate::model::{Made, MadeFrom, UnixMs, Zone};
use std::path::Path;

/// How far clocks and zones may be wrong, in milliseconds. A picture that claims to be made later than this
/// after its import is not believed.
const AHEAD_MS: i64 = 24 * 3600 * 1000;
/// File systems and archives that do not know the time say 1970 or 1980.
const OLDEST_FILE_TIME: UnixMs = UnixMs(631_152_000_000);

/// Everything that may say when a picture was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clues<'a> {
    /// The dates in the file, the most trusted first.
    pub(super) dates: &'a [FoundDate],
    /// The file's own name.
    pub(super) filename: &'a str,
    /// The path of the file; `None` for bytes that are not from a file.
    pub(super) path: Option<&'a Path>,
    /// The file's modification time.
    pub(super) modified_at: Option<UnixMs>,
    /// The moment of the import.
    pub(super) added_at: UnixMs,
    /// The current moment. It may be later than `added_at`, because files can be written while an import
    /// runs.
    pub(super) now: UnixMs,
}

/// Chooses the date. Dates without a zone are read in `zone`. The result is never after the import.
pub(super) fn date(clues: Clues<'_>, zone: &Zone) -> Made {
    let Clues { dates, filename, path, modified_at, added_at, now } = clues;
    let modified = modified_at.filter(|at| (OLDEST_FILE_TIME..=now).contains(at)).map(|at| at.min(added_at));
    let of = |found: &FoundDate| believed(&found.written, found.from, modified, added_at, zone);
    let with = |trust: Trust| dates.iter().filter(move |found| found.trust == trust);
    let named = || {
        let written = in_file_name(filename)?;
        believed(&written, MadeFrom::FileName, modified, added_at, zone)
    };
    let folder = || believed(&in_folder(path?)?, MadeFrom::Folder, modified, added_at, zone);
    with(Trust::Made)
        .find_map(of)
        .or_else(named)
        .or_else(folder)
        .or_else(|| with(Trust::Changed).find_map(of))
        .or_else(|| Some(Made { at: modified?, from: MadeFrom::FileTime }))
        .unwrap_or(Made { at: added_at, from: MadeFrom::Import })
}

/// Chooses the date of an existing image again, from the dates in its texts, its name and the time of its
/// file. The file's folder is no longer known, so a date from it stays until a better one is found.
pub fn date_again(dates: &[FoundDate], undated: &Undated, zone: &Zone) -> Made {
    let Undated { filename, modified_at, added_at, made: before, .. } = undated;
    let (modified_at, added_at) = (*modified_at, *added_at);
    let clues = Clues { dates, filename, path: None, modified_at, added_at, now: added_at };
    match date(clues, zone) {
        Made { from: MadeFrom::FileTime | MadeFrom::Import, .. } if before.from == MadeFrom::Folder => {
            *before
        }
        found => found,
    }
}

fn believed(
    written: &Written,
    from: MadeFrom,
    modified: Option<UnixMs>,
    added_at: UnixMs,
    zone: &Zone,
) -> Option<Made> {
    let at = written.moment(zone)?;
    if at > added_at.plus_ms(AHEAD_MS) {
        return None;
    }
    // If the file was modified on that day, its time is more precise than the day alone.
    let same_day = |at: &UnixMs| {
        written.is_day && zone.civil(*at).is_some_and(|civil| civil.date() == written.civil.date())
    };
    Some(Made { at: modified.filter(same_day).unwrap_or(at).min(added_at), from })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;

    const NOW: UnixMs = UnixMs(1_790_000_000_000);

    fn found(year: i16, from: MadeFrom, trust: Trust) -> FoundDate {
        let written = Written { civil: datetime(year, 5, 17, 12, 0, 0, 0), offset: None, is_day: false };
        FoundDate { written, from, trust }
    }

    fn made(dates: &[FoundDate], filename: &str, path: Option<&str>, modified_at: Option<i64>) -> Made {
        let modified_at = modified_at.map(UnixMs);
        let path = path.map(Path::new);
        date(Clues { dates, filename, path, modified_at, added_at: NOW, now: NOW }, &Zone::UTC)
    }

    /// Seconds of `date -u -d 2019-05-17T12:00Z +%s` and so on.
    const YEAR_2019: i64 = 1_558_094_400_000;
    const YEAR_2020: i64 = 1_589_716_800_000;
    const YEAR_2021: i64 = 1_621_252_800_000;

    #[test]
    fn a_date_in_the_file_ranks_above_its_name_and_a_change_date_below() {
        let exif = found(2019, MadeFrom::Exif, Trust::Made);
        let edited = found(2021, MadeFrom::Exif, Trust::Changed);
        let named = "fox 2020-05-17.png";
        let at = |ms, from| Made { at: UnixMs(ms), from };
        assert_eq!(made(&[exif, edited], named, None, None), at(YEAR_2019, MadeFrom::Exif));
        assert_eq!(made(&[edited], named, None, None), at(YEAR_2020, MadeFrom::FileName));
        assert_eq!(
            made(&[edited], "a.png", Some("/x/2020-05-17/a.png"), None),
            at(YEAR_2020, MadeFrom::Folder)
        );
        assert_eq!(made(&[edited], "a.png", None, Some(YEAR_2020)), at(YEAR_2021, MadeFrom::Exif));
        assert_eq!(made(&[], "a.png", None, Some(YEAR_2020)), at(YEAR_2020, MadeFrom::FileTime));
        assert_eq!(made(&[], "a.png", None, None), at(NOW.0, MadeFrom::Import));
    }

    #[test]
    fn implausible_dates_are_skipped() {
        let future = found(2199, MadeFrom::Exif, Trust::Made);
        let xmp = found(2019, MadeFrom::Xmp, Trust::Made);
        assert_eq!(made(&[future, xmp], "", None, None).from, MadeFrom::Xmp);
        for unset in [0, 315_532_800_000, NOW.0 + 1] {
            assert_eq!(made(&[future], "", None, Some(unset)).from, MadeFrom::Import, "{unset}");
        }
    }

    #[test]
    fn a_camera_in_a_later_time_zone_cannot_date_a_picture_after_its_import() {
        let at = NOW.plus_ms(9 * 3_600_000);
        let written = Written { civil: Zone::UTC.civil(at).unwrap(), offset: None, is_day: false };
        let tokyo = FoundDate { written, from: MadeFrom::Exif, trust: Trust::Made };
        assert_eq!(made(&[tokyo], "", None, None), Made { at: NOW, from: MadeFrom::Exif });
    }

    #[test]
    fn the_time_of_the_file_completes_a_day() {
        let evening = YEAR_2020 + 8 * 3_600_000;
        assert_eq!(made(&[], "2020-05-17.png", None, Some(evening)).at, UnixMs(evening));
        assert_eq!(made(&[], "2020-05-16.png", None, Some(evening)).at, UnixMs(YEAR_2020 - 24 * 3_600_000));
    }
}
