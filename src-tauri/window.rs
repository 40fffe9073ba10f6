//! The window of the app. There is only one.

use crate::drops;
use crate::events::WindowClosesEvent;
use crate::memory::WindowMemory;
use crate::offers;
use crate::platform;
use std::ffi::OsString;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager, Runtime, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_window_state::StateFlags;
use tauri_specta::Event;

/// The window's label, which the capabilities and the remembered size refer to.
const MAIN: &str = "main";
/// How long a page has to save what is being written before the window closes.
const SAVING: Duration = Duration::from_secs(2);

/// Brings the window to the front when the app is started a second time, offers
/// the files of that start for import, and ends the second process. The system
/// passes on only names in UTF-8.
pub(crate) fn alone<R: Runtime>() -> TauriPlugin<R> {
    tauri_plugin_single_instance::init(|app, arguments, folder| {
        offers::offer(app, offers::files_in(arguments.into_iter().map(OsString::from), Path::new(&folder)));
        if let Some(window) = app.get_webview_window(MAIN) {
            let forward = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
            if let Err(error) = forward {
                tracing::warn!(%error, "the window could not be brought forward");
            }
        }
    })
}

/// Says whether a person looks at the window, or at another program.
pub(crate) fn is_in_front<R: Runtime>(app: &AppHandle<R>) -> bool {
    app.get_webview_window(MAIN).is_some_and(|window| window.is_focused().unwrap_or(false))
}

/// Remembers the position and the size of the window.
pub(crate) fn remembered<R: Runtime>() -> TauriPlugin<R> {
    let flags = StateFlags::POSITION | StateFlags::SIZE | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN;
    tauri_plugin_window_state::Builder::new().with_state_flags(flags).build()
}

/// Returns what the page remembers, in a file beside the one with the size.
pub(crate) fn memory<R: Runtime>(app: &AppHandle<R>) -> WindowMemory {
    WindowMemory::new(app.path().app_config_dir().ok().map(|folder| folder.join("window.json")))
}

/// Opens the window. It cannot navigate to pages other than the app's own.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Vitrine")
        .inner_size(1280.0, 800.0)
        .min_inner_size(720.0, 480.0)
        .background_color(tauri::window::Color(0x16, 0x16, 0x17, 0xff))
        .on_navigation(is_the_app)
        .build()?;
    platform::keep_few_pictures(&window)?;
    let parent = window.as_ref().window();
    let (app, is_closing) = (app.clone(), AtomicBool::new(false));
    window.on_window_event(move |event| match event {
        WindowEvent::DragDrop(event) => drops::on_event(&parent, event),
        // A second request closes it at once.
        WindowEvent::CloseRequested { api, .. } if !is_closing.swap(true, Ordering::Relaxed) => {
            api.prevent_close();
            let_page_save(&app);
        }
        _ => {}
    });
    Ok(())
}

/// Tells the page to save what is being written and to close the window, and closes it if the page does not answer.
fn let_page_save<R: Runtime>(app: &AppHandle<R>) {
    if let Err(error) = WindowClosesEvent.emit(app) {
        tracing::warn!(%error, "the page was not told that the window closes");
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(SAVING).await;
        let Some(window) = app.get_webview_window(MAIN) else { return };
        tracing::warn!("the page did not close the window in time");
        if let Err(error) = window.destroy() {
            tracing::error!(%error, "the window cannot be closed");
        }
    });
}

fn is_the_app(url: &Url) -> bool {
    let served_by_tauri = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows does not support custom schemes for pages.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    let served_by_vite =
        cfg!(debug_assertions) && url.host_str() == Some("localhost") && url.port() == Some(1420);
    served_by_tauri || served_by_vite
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_app_itself_can_be_navigated_to() {
        for good in ["tauri://localhost/", "http://tauri.localhost/index.html"] {
            assert!(is_the_app(&Url::parse(good).unwrap()), "{good}");
        }
        for bad in [
            "https://example.com/",
            "http://tauri.localhost.evil.example/",
            "vitrine://localhost/original/x",
            "file:///etc/passwd",
            "data:text/html,hi",
            "tauri://evil/",
        ] {
            assert!(!is_the_app(&Url::parse(bad).unwrap()), "{bad}");
        }
    }
}
