//! `vitrine`: the library without a window. Standard output is data, standard
//! error is talk; scripts rely on both and on the exit codes.

mod arguments;
mod commands;
mod output;
mod terminal;
mod transfers;
mod verify;
mod watch;

use arguments::Arguments;
use clap::Parser;
use std::process::ExitCode;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vitrine_core::environment::log_levels;

fn start_log() {
    let wanted = log_levels("vitrine", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines).with(Targets::new().with_targets(wanted.levels)).init();
    for word in wanted.ignored {
        terminal::say(&format!(
            "VITRINE_LOG: {} is ignored; only Vitrine itself is logged.",
            terminal::printable(&word)
        ));
    }
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not mistakes.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { output::USAGE } else { output::DONE });
        }
    };
    start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::say(&format!("vitrine cannot start: {error}"));
            return ExitCode::from(output::UNUSABLE);
        }
    };
    let code = runtime.block_on(commands::run(arguments));
    // An import that was cancelled may still hold a blocking thread.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ExitCode::from(code)
}
