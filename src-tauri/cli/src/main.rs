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

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not mistakes.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { output::USAGE } else { output::DONE });
        }
    };
    // Other libraries' logs may hold request details, so only ours are heard.
    let level = std::env::var("VITRINE_LOG").unwrap_or_else(|_| "error".to_owned());
    let filter = tracing_subscriber::EnvFilter::new(format!("off,vitrine_core={level},vitrine={level}"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
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
