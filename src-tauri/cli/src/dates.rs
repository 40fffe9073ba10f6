//! Sets when pictures were made, and reads again what their files say.

use crate::output::{DONE, Output, SOME_FAILED};
use crate::reports::{parse_ids, print_report};
use crate::terminal::say;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use vitrine_core::library::ReparseProgress;
use vitrine_core::model::DateProgress;
use vitrine_core::{Error, Library};

/// The word that replaces a date with the one from the file.
const FROM_FILE: &str = "file";

/// Sets when images were made, or goes back to the dates from the files.
pub(crate) async fn made(library: &Library, date: &str, ids: &[String], out: &Output) -> Result<u8, Error> {
    let ids = parse_ids(ids)?;
    let change = if date == FROM_FILE {
        library.revert_made(ids).await?
    } else {
        let at = library.moment(date).ok_or_else(|| {
            Error::Invalid(
                "this is not a date: write 2019-06-01 or 2019-06-01T12:30, or `file` for the date from the \
                 file"
                    .into(),
            )
        })?;
        library.set_made(ids, at).await?
    };
    Ok(print_report(out, "dated", &change.report))
}

/// Mentions how many images an earlier version left without a date.
pub(crate) async fn mention_undated(library: &Library) -> Result<(), Error> {
    let images = library.count_not_dated().await?;
    if images > 0 {
        say(&format!(
            "{images} images were imported by an earlier version and have only the date of their import; \
             `vitrine reparse` finds when they were made."
        ));
    }
    Ok(())
}

/// Searches originals for dates where an earlier version did not, and interprets stored texts
/// again.
pub(crate) async fn reparse(library: &Library, out: &Output, cancel: CancellationToken) -> Result<u8, Error> {
    let bar = out.progress_bar("{bar:32} {pos}/{len} {eta}");
    let moving = bar.clone();
    let searching = move |now: DateProgress| {
        moving.set_length(u64::from(now.total));
        moving.set_position(u64::from(now.searched));
    };
    let dates = library.find_dates(cancel.clone(), searching).await?;
    let moving = bar.clone();
    let reading = move |now: ReparseProgress| {
        moving.set_length(u64::from(now.total));
        moving.set_position(u64::from(now.read));
    };
    let texts = library.reparse(cancel.clone(), reading).await?;
    let moving = bar.clone();
    let to_compare = library.count_not_compared().await?;
    let comparing = move |read: u32| {
        moving.set_length(u64::from(to_compare));
        moving.set_position(u64::from(read));
    };
    let compared = library.make_fingerprints(cancel.clone(), comparing).await?;
    bar.finish_and_clear();
    let value = json!({
        "read": texts.read, "total": texts.total, "searched": dates.searched, "dated": dates.dated,
        "compared": compared,
    });
    out.value(&value, || {
        let DateProgress { searched, dated, .. } = dates;
        format!(
            "{searched} files searched for a date: {dated} found, {} keep the date of their import.\n\
             {} of {} texts read again.\n\
             {compared} pictures prepared to be compared.",
            searched - dated,
            texts.read,
            texts.total
        )
    });
    Ok(if cancel.is_cancelled() { SOME_FAILED } else { DONE })
}
