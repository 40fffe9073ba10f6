//! `vitrine`: the library without a window. Data goes to standard output and
//! messages go to standard error; scripts rely on both and on the exit codes.

mod arguments;
mod collections;
mod commands;
mod dates;
mod feed;
mod galleries;
mod import;
mod links;
mod lists;
mod manual;
mod output;
mod profiles;
mod reports;
mod settings;
mod signals;
mod similar;
mod terminal;
mod transfers;
mod upkeep;
mod verify;
mod watch;

use arguments::Arguments;
use clap::Parser;
use std::io::Write as _;
use std::process::ExitCode;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vitrine_core::environment::log_levels;

fn start_log() {
    let wanted = log_levels("vitrine", LevelFilter::ERROR);
    // It would panic if standard error cannot be written to either.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
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
            // Help and version are results, not errors.
            let printed = error.print().and_then(|()| std::io::stdout().flush());
            return ExitCode::from(match (error.use_stderr(), printed) {
                (true, _) => output::USAGE,
                (false, Err(lost)) if lost.kind() != std::io::ErrorKind::BrokenPipe => output::SOME_FAILED,
                (false, _) => output::DONE,
            });
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
    // A cancelled import may still occupy a blocking thread.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ExitCode::from(code)
}
