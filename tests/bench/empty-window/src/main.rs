//! A blank Tauri window whose page sets the performance mark `painted` right after its first frame.
//!
//! The benchmark starts it together with the real app in one run, to find out how much of the start
//! time is ours.

use std::process::ExitCode;

fn main() -> ExitCode {
    let ran = tauri::Builder::default().run(tauri::generate_context!());
    if ran.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
