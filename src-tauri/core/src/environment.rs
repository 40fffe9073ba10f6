//! What the environment of this process says, for both hosts. An empty variable
//! counts as unset, because scripts clear variables in this way.

use std::ffi::OsString;
use std::path::PathBuf;
use tracing::level_filters::LevelFilter;

/// The variable with the library's folder, if it is not the default one.
const LIBRARY: &str = "VITRINE_LIBRARY";
/// The variable with the log levels.
const LOG: &str = "VITRINE_LOG";
/// The folder name that the window and the command line share, so that both open
/// the same library.
const APP_ID: &str = "art.vitrine.desktop";
/// The name of the core in the log.
const CORE: &str = "vitrine_core";

/// Returns a variable; `None` if it is unset or empty. If it is not valid text,
/// its invalid bytes are replaced, so that the reader refuses it instead of
/// missing it.
pub fn variable(name: &str) -> Option<String> {
    set(std::env::var_os(name)).map(|value| value.to_string_lossy().into_owned())
}

/// Returns the folder of the library: the one that the environment names, or
/// else the default one. `None` if this computer has no folder for data.
pub fn library_folder() -> Option<PathBuf> {
    set(std::env::var_os(LIBRARY)).map(PathBuf::from).or_else(default_folder)
}

fn default_folder() -> Option<PathBuf> {
    dirs::data_dir().map(|base| base.join(APP_ID).join("library"))
}

fn set(value: Option<OsString>) -> Option<OsString> {
    value.filter(|value| !value.is_empty())
}

/// Which messages are logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLevels {
    /// The log levels of our own crates and their parts. Everything else is
    /// silent, because the logs of other crates may contain credentials and
    /// whole requests.
    pub levels: Vec<(String, LevelFilter)>,
    /// The parts of the variable that were ignored.
    pub ignored: Vec<String>,
}

/// Returns which messages the core and its host, one of our crates, log
/// according to the environment: a level, or levels for parts of the two crates.
/// `usual` is the default.
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
    fn a_log_level_applies_to_both_crates_unless_a_module_has_its_own() {
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
