//! What the environment of this process says, for both hosts alike. A variable
//! that is empty counts as unset, as in scripts that clear one.

use std::ffi::OsString;
use std::path::PathBuf;
use tracing::level_filters::LevelFilter;

/// The library's folder, when it is not the usual one.
const LIBRARY: &str = "VITRINE_LIBRARY";
/// What is logged.
const LOG: &str = "VITRINE_LOG";
/// Shared by the window and the command line, so that both open the same
/// library.
const APP_ID: &str = "art.vitrine.desktop";
/// The core, as it is called in the log.
const CORE: &str = "vitrine_core";

/// Returns a variable. One that is not text is returned with its odd bytes
/// replaced, so that whoever reads it refuses it instead of missing it.
pub fn variable(name: &str) -> Option<String> {
    set(std::env::var_os(name)).map(|value| value.to_string_lossy().into_owned())
}

/// Returns the folder of the library: the one the environment names, else the
/// usual one.
pub fn library_folder() -> Option<PathBuf> {
    set(std::env::var_os(LIBRARY)).map(PathBuf::from).or_else(default_folder)
}

fn default_folder() -> Option<PathBuf> {
    dirs::data_dir().map(|base| base.join(APP_ID).join("library"))
}

fn set(value: Option<OsString>) -> Option<OsString> {
    value.filter(|value| !value.is_empty())
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevels {
    /// A level for each part of our own crates that has one. Everything else is
    /// silent: the logs of other crates may hold credentials and whole requests.
    pub levels: Vec<(String, LevelFilter)>,
    /// What the variable says and what is not heeded.
    pub ignored: Vec<String>,
}

/// Returns what is to be logged by the core and by its host, a crate of ours,
/// as the environment says: a level, or levels of parts of the two crates.
pub fn log_levels(host: &str, usual: LevelFilter) -> LogLevels {
    log_levels_of(&variable(LOG).unwrap_or_default(), host, usual)
}

fn log_levels_of(wanted: &str, host: &str, usual: LevelFilter) -> LogLevels {
    let is_ours = |part: &str| {
        [CORE, host]
            .iter()
            .any(|ours| part.strip_prefix(ours).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
    };
    let mut all = usual;
    let (mut parts, mut ignored) = (Vec::new(), Vec::new());
    for word in wanted.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match word.split_once('=').map_or((None, word), |(part, level)| (Some(part.trim()), level.trim())) {
            (None, level) if level.parse::<LevelFilter>().is_ok() => all = level.parse().unwrap_or(usual),
            (Some(part), level) if is_ours(part) && level.parse::<LevelFilter>().is_ok() => {
                parts.push((part.to_owned(), level.parse().unwrap_or(usual)));
            }
            _ => ignored.push(word.to_owned()),
        }
    }
    let mut levels = vec![(CORE.to_owned(), all), (host.to_owned(), all)];
    levels.append(&mut parts);
    LogLevels { levels, ignored }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(wanted: &str) -> LogLevels {
        log_levels_of(wanted, "vitrine", LevelFilter::ERROR)
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        assert_eq!(set(Some(OsString::new())), None);
        assert_eq!(set(Some("x".into())), Some("x".into()));
        assert_eq!(levels(""), levels("error"));
    }

    #[test]
    fn only_our_own_crates_are_ever_logged() {
        let foreign = [
            "aws_sdk_s3=trace",
            "aws_sdk_s3",
            "vitrine_core_evil=trace",
            "[request{key}]=trace",
            "vitrine_core[span]=trace",
            "=trace",
            "loud",
        ];
        for word in foreign {
            for wanted in [word.to_owned(), format!("trace,{word}"), format!("{word},trace")] {
                let LogLevels { levels, ignored } = levels(&wanted);
                let parts: Vec<_> = levels.iter().map(|(part, _)| part.as_str()).collect();
                assert_eq!(parts, ["vitrine_core", "vitrine"], "{wanted}");
                assert_eq!(ignored, [word], "{wanted}");
            }
        }
    }

    #[test]
    fn a_level_is_for_both_crates_and_parts_of_them_may_have_their_own() {
        let of = |part: &str, level| (part.to_owned(), level);
        assert_eq!(
            levels("debug, vitrine_core::transfer=trace").levels,
            [
                of("vitrine_core", LevelFilter::DEBUG),
                of("vitrine", LevelFilter::DEBUG),
                of("vitrine_core::transfer", LevelFilter::TRACE),
            ]
        );
    }
}
