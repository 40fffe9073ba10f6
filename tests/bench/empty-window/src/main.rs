//! A blank Tauri window that says when it was painted.
//!
//! The benchmark starts it beside the real app, in one run, to know what part of the start is ours.

use std::io::Write as _;
use std::process::ExitCode;

/// Prints `painted <unix_ms>`, the page's own clock right after its first frame.
#[tauri::command]
fn painted(at: u64) {
    let mut stdout = std::io::stdout().lock();
    let _ = writeln!(stdout, "painted {at}").and_then(|()| stdout.flush());
}

fn main() -> ExitCode {
    let ran = tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![painted])
        .run(tauri::generate_context!());
    if ran.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
