//! The log of the window: to standard error, and to files in the library that the
//! artist can send with the report of a fault. Only our own crates are logged,
//! because others log whole requests.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vitrine_core::environment::log_levels;
use vitrine_core::library::LogFile;

/// The name of this host in the log.
const HOST: &str = "vitrine_desktop";
/// The most errors of the page that one run reports.
const MOST_PAGE_ERRORS: usize = 100;
/// The longest text of such an error, in characters.
const LONGEST_PAGE_ERROR: usize = 4_000;

/// The log of this process.
pub(crate) struct Log {
    /// `None` if this computer has no place for a library.
    file: Option<Arc<LogFile>>,
    page_errors: Mutex<HashSet<String>>,
}

impl Log {
    /// Returns the log of the library in this folder, which need not exist.
    pub(crate) fn of_library(folder: Option<PathBuf>) -> Self {
        Self {
            file: folder.map(|folder| Arc::new(LogFile::of_library(folder))),
            page_errors: Mutex::default(),
        }
    }

    /// Starts to log. Without `VITRINE_LOG`, standard error gets warnings, and the
    /// file gets a line for what the program did as well.
    pub(crate) fn start(&self) {
        let wanted = log_levels(HOST, LevelFilter::WARN);
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_filter(Targets::new().with_targets(wanted.levels));
        let kept = self.file.clone().map(|file| {
            tracing_subscriber::fmt::layer()
                .with_ansi(false)
                .with_writer(file)
                .with_filter(Targets::new().with_targets(log_levels(HOST, LevelFilter::INFO).levels))
        });
        // In tests, another logger may be installed already.
        let _ = tracing_subscriber::registry().with(lines).with(kept).try_init();
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(ToString::to_string);
            // Not its message, which may quote anything.
            tracing::error!(place, "a fault in Vitrine");
            usual(panic);
        }));
        for word in wanted.ignored {
            tracing::warn!(word, "VITRINE_LOG asks for what is never logged");
        }
    }

    /// Logs an error of the page that nothing handled. Returns whether it is new:
    /// one that repeats with every frame must not fill the log.
    pub(crate) fn page_error(&self, error: &str) -> bool {
        let error: String = error.chars().take(LONGEST_PAGE_ERROR).collect();
        let mut known = self.page_errors.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = known.len() < MOST_PAGE_ERRORS && known.insert(error.clone());
        if is_new {
            tracing::error!(error, "the page did not handle an error");
            if known.len() == MOST_PAGE_ERRORS {
                tracing::error!("errors of the page are not logged any more in this run");
            }
        }
        is_new
    }

    /// Returns the path of the log, and creates the file if it is missing.
    pub(crate) fn path(&self) -> std::io::Result<PathBuf> {
        match &self.file {
            Some(file) => file.path(),
            None => Err(std::io::ErrorKind::NotFound.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_page_is_logged_once_and_their_number_is_bounded() {
        let log = Log::of_library(None);
        assert!(log.page_error("TypeError: undefined"));
        assert!(!log.page_error("TypeError: undefined"));
        let new = (0..MOST_PAGE_ERRORS * 2).filter(|number| log.page_error(&number.to_string())).count();
        assert_eq!(new, MOST_PAGE_ERRORS - 1);
    }
}
