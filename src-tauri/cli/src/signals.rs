//! Ctrl-C, and the signal that asks a program to terminate.

use tokio_util::sync::CancellationToken;

/// The exit code that shells report for a program that Ctrl-C ended.
const KILLED_BY_INTERRUPT: i32 = 130;

/// Cancels when the program is asked to end. When asked again, it ends at once, because the library may be
/// killed at any moment.
pub(crate) fn cancel_on_signals(cancel: CancellationToken) {
    tokio::spawn(async move {
        while asked_to_end().await {
            if cancel.is_cancelled() {
                std::process::exit(KILLED_BY_INTERRUPT);
            }
            cancel.cancel();
        }
    });
}

/// Waits for one of the signals. Returns false if no signals are available.
#[cfg(unix)]
async fn asked_to_end() -> bool {
    use tokio::signal::unix::{SignalKind, signal};
    let (interrupt, terminate) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = (interrupt, terminate) else { return false };
    tokio::select! {
        heard = interrupt.recv() => heard.is_some(),
        heard = terminate.recv() => heard.is_some(),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> bool {
    tokio::signal::ctrl_c().await.is_ok()
}
