//! Notifications of the system: a long import, or long uploads, ended while the
//! window was not in front. Their texts are counts only, because a lock screen
//! may show them.

use crate::{platform, window};
use std::time::Duration;
use tauri::{AppHandle, Runtime};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio_util::sync::CancellationToken;
use vitrine_core::Library;
use vitrine_core::library::LibraryEvent;
use vitrine_core::model::{Work, WorkEnded};

/// Shorter work ends without a notification.
const LONG: Duration = Duration::from_secs(10);

/// What has ended and may be worth a notification.
#[derive(Debug, Default)]
struct Heard {
    /// Whether an import is under way.
    importing: bool,
    /// Uploads that ended while an import went on, which adds more of them.
    uploads: Option<WorkEnded>,
}

impl Heard {
    /// Takes in the end of an import or of uploads. Returns the work of which
    /// nothing is left.
    fn ended(&mut self, ended: WorkEnded) -> Option<WorkEnded> {
        if ended.work == Work::Import {
            return Some(ended);
        }
        let before = self.uploads.take();
        let all = before.map_or(ended, |before| WorkEnded {
            done: before.done.saturating_add(ended.done),
            failed: before.failed.saturating_add(ended.failed),
            took: before.took + ended.took,
            ..ended
        });
        if self.importing {
            self.uploads = Some(all);
            return None;
        }
        Some(all)
    }

    /// Takes in whether an import is under way. Returns whether uploads that ended during
    /// it may have been the last ones.
    fn import(&mut self, running: bool) -> bool {
        self.importing = running;
        !running && self.uploads.is_some()
    }

    /// Returns the uploads that ended during an import, after which nothing is left to
    /// upload.
    fn nothing_waits(&mut self) -> Option<WorkEnded> {
        self.uploads.take()
    }
}

/// Returns the text of a notification, or `None` if the work was short or did nothing.
fn words(ended: &WorkEnded) -> Option<String> {
    let WorkEnded { work, done, failed, took } = *ended;
    if took < LONG || (done == 0 && failed == 0) {
        return None;
    }
    let (did, not) = match work {
        Work::Import => ("imported", format!("{} not imported", counted(failed, "file"))),
        Work::Uploads => ("uploaded", format!("{} failed", grouped(failed))),
    };
    let text = format!("{} {did}", counted(done, "image"));
    Some(if failed == 0 { text } else { format!("{text}, {not}") })
}

fn counted(count: u32, one: &str) -> String {
    format!("{} {one}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// Returns a number with a comma between groups of three digits, as the window
/// shows it.
fn grouped(count: u32) -> String {
    let digits = count.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for group in digits.as_bytes()[first..].chunks(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.extend(group.iter().copied().map(char::from));
    }
    text
}

/// Notifies of long work that ends, until closing.
pub(crate) async fn run<R: Runtime>(
    app: AppHandle<R>,
    library: Library,
    mut events: Receiver<LibraryEvent>,
    closing: CancellationToken,
) {
    let mut heard = Heard::default();
    loop {
        let event = tokio::select! {
            () = closing.cancelled() => return,
            event = events.recv() => event,
        };
        let ended = match event {
            Ok(LibraryEvent::Import(progress)) => {
                let may_be_last = heard.import(progress.running);
                if may_be_last && nothing_to_upload(&library).await { heard.nothing_waits() } else { None }
            }
            Ok(LibraryEvent::Ended(ended)) => heard.ended(ended),
            // What was missed is not worth a notification.
            Ok(_) | Err(RecvError::Lagged(_)) => None,
            Err(RecvError::Closed) => return,
        };
        if let Some(text) = ended.and_then(|ended| words(&ended))
            && library.settings().notify_when_done
            && !window::is_in_front(&app)
        {
            show(&app, text);
        }
    }
}

async fn nothing_to_upload(library: &Library) -> bool {
    library.transfer_summary().await.is_ok_and(|summary| summary.originals == 0)
}

fn show<R: Runtime>(app: &AppHandle<R>, text: String) {
    let identifier = app.config().identifier.clone();
    // The system may take its time, and may show no notifications at all.
    tauri::async_runtime::spawn_blocking(move || {
        if let Err(error) = platform::notify(&identifier, &text) {
            tracing::debug!(error, "the system did not show a notification");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(work: Work, done: u32, failed: u32, seconds: u64) -> WorkEnded {
        WorkEnded { work, done, failed, took: Duration::from_secs(seconds) }
    }

    #[test]
    fn long_work_is_told_in_counts_and_short_work_is_not() {
        let told = |work, done, failed, seconds| words(&ended(work, done, failed, seconds));
        for (work, done, failed, text) in [
            (Work::Import, 312, 0, "312 images imported"),
            (Work::Import, 1, 0, "1 image imported"),
            (Work::Import, 0, 1, "0 images imported, 1 file not imported"),
            (Work::Import, 12_345, 2_000, "12,345 images imported, 2,000 files not imported"),
            (Work::Uploads, 40, 2, "40 images uploaded, 2 failed"),
            (Work::Uploads, 1_000_000, 0, "1,000,000 images uploaded"),
        ] {
            assert_eq!(told(work, done, failed, 11).as_deref(), Some(text));
            assert_eq!(told(work, done, failed, 9), None, "{text}");
        }
        assert_eq!(told(Work::Import, 0, 0, 60), None, "all files were in the library already");
    }

    #[test]
    fn uploads_are_told_once_when_the_import_that_adds_them_is_over() {
        let mut heard = Heard::default();
        assert_eq!(heard.ended(ended(Work::Uploads, 3, 0, 2)), Some(ended(Work::Uploads, 3, 0, 2)));

        assert!(!heard.import(true));
        assert_eq!(heard.ended(ended(Work::Uploads, 5, 1, 4)), None);
        assert_eq!(heard.ended(ended(Work::Uploads, 7, 0, 5)), None);
        assert!(heard.import(false), "the last upload may have ended");
        let import = ended(Work::Import, 20, 0, 30);
        assert_eq!(heard.ended(import), Some(import));
        // More was waiting, and has ended now.
        assert_eq!(heard.ended(ended(Work::Uploads, 8, 1, 6)), Some(ended(Work::Uploads, 20, 2, 15)));
        assert_eq!(heard.nothing_waits(), None);

        heard.import(true);
        assert_eq!(heard.ended(ended(Work::Uploads, 2, 0, 12)), None);
        assert!(heard.import(false));
        assert_eq!(heard.nothing_waits(), Some(ended(Work::Uploads, 2, 0, 12)));
        assert!(!heard.import(false), "it was told");
    }
}
