//! What only some operating systems need. The only module of the shell for this.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use tauri::{Runtime, WebviewWindow};

/// Creates a file, or empties it, for this account only.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is no mode to set"))]
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create(true).truncate(true).open(path)
}

/// Why a notification was not shown, in the words of the system.
pub(crate) type NotifyFailed = Box<dyn std::error::Error>;

/// Has the system show a text, under the name of the program with this identifier.
/// Blocks until the system has answered.
#[cfg_attr(
    not(any(target_os = "macos", target_os = "windows")),
    expect(unused_variables, reason = "the name is enough")
)]
pub(crate) fn notify(identifier: &str, text: &str) -> Result<(), NotifyFailed> {
    let mut notification = notify_rust::Notification::new();
    notification.appname("Vitrine").summary("Vitrine").body(text);
    #[cfg(target_os = "windows")]
    notification.app_id(identifier);
    #[cfg(target_os = "macos")]
    notify_rust::set_application(identifier)?;
    notification.show()?;
    Ok(())
}

/// Why a drag could not begin, in the words of the system.
pub(crate) type DragFailed = Box<dyn std::error::Error>;

/// Starts a drag of files, while the button of the pointer is down. Call it only on the
/// window's own thread.
#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
pub(crate) fn drag_out<R: Runtime>(window: &WebviewWindow<R>, files: Vec<PathBuf>) -> Result<(), DragFailed> {
    let item = drag::DragItem::Files(files);
    let picture = drag::Image::Raw(include_bytes!("../icons/32x32.png").to_vec());
    Ok(drag::start_drag(window, item, picture, |_, _| (), drag::Options::default())?)
}

/// Starts a drag of files, while the button of the pointer is down. Call it only on the
/// window's own thread.
///
/// Written by hand, because the crate `drag` forgets the files before a target on X11 asks
/// for them (crabnebula-dev/drag-rs#84), and does not percent-encode addresses.
#[cfg(any(target_os = "linux", target_os = "freebsd"))]
pub(crate) fn drag_out<R: Runtime>(window: &WebviewWindow<R>, files: Vec<PathBuf>) -> Result<(), DragFailed> {
    use gtk::gdk::DragAction;
    use gtk::prelude::{DragContextExtManual, ObjectExt, WidgetExt};
    use std::{cell::RefCell, rc::Rc};

    const LEFT_BUTTON: i32 = 1;
    let address = |file: PathBuf| tauri::Url::from_file_path(file).map(String::from);
    let addresses = files
        .into_iter()
        .map(address)
        .collect::<Result<Vec<_>, ()>>()
        .map_err(|()| "a path is not absolute")?;
    let window = window.gtk_window()?;
    let targets = gtk::TargetList::new(&[]);
    targets.add_uri_targets(0);

    // The target asks for the files after the drop, so they are kept until the drag has
    // ended.
    let handlers = Rc::new(RefCell::new(Vec::new()));
    let given = window.connect_drag_data_get(move |_, _, data, _, _| {
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        data.set_uris(&addresses);
    });
    let ending = Rc::clone(&handlers);
    let ended = window.connect_drag_end(move |window, _| {
        for handler in ending.borrow_mut().drain(..) {
            window.disconnect(handler);
        }
    });
    handlers.borrow_mut().extend([given, ended]);
    let context = window.drag_begin_with_coordinates(&targets, DragAction::COPY, LEFT_BUTTON, None, -1, -1);
    let Some(context) = context else {
        for handler in handlers.borrow_mut().drain(..) {
            window.disconnect(handler);
        }
        return Err("the system did not start the drag".into());
    };
    context.drag_set_icon_name("image-x-generic", 0, 0);
    Ok(())
}

/// Has the web view keep fewer pictures that are no longer on screen than a browser does. Vitrine hands them out
/// again at once, and they would take hundreds of megabytes. If it kept none, the neighbours of a picture in the viewer
/// would be decoded ahead in vain: the next one took 240 ms instead of 80.
#[cfg_attr(
    not(any(target_os = "linux", target_os = "freebsd")),
    expect(unused_variables, clippy::unnecessary_wraps, reason = "other web views decide this themselves")
)]
pub(crate) fn keep_few_pictures<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "freebsd"))]
    window.with_webview(|view| {
        use webkit2gtk::{CacheModel, WebContextExt, WebViewExt};

        if let Some(context) = view.inner().context() {
            context.set_cache_model(CacheModel::DocumentBrowser);
        }
    })?;
    Ok(())
}
