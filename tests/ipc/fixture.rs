//! A window that is not drawn, over a library in a temporary folder, with the
//! real configuration and capabilities.

use serde_json::Value;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tauri::http::{HeaderMap, HeaderValue};
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponseBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response};
use tauri::webview::InvokeRequest;
use tauri::{Manager, WebviewWindow};
use tempfile::TempDir;
use vitrine_core::secrets::MemorySecrets;
use vitrine_desktop::{OfferedFiles, OpenedLibrary, undrawn, undrawn_context, undrawn_wire};
use vitrine_tests::pictures::Picture;

/// A library in a temporary folder, its window, and everything that the window
/// ever received as an answer.
pub(crate) struct WindowFixture {
    root: TempDir,
    window: WebviewWindow<MockRuntime>,
    answers: Mutex<String>,
    // Dropping this would end the window.
    _app: tauri::App<MockRuntime>,
}

impl WindowFixture {
    pub(crate) fn open() -> Self {
        Self::open_as("main")
    }

    /// Opens a window with another name, which the capability does not include.
    pub(crate) fn open_as(name: &str) -> Self {
        Self::open_in(TempDir::with_prefix("vitrine-ipc-").unwrap(), name)
    }

    /// Opens a window over a library whose catalog is not a database.
    pub(crate) fn open_damaged() -> Self {
        let root = TempDir::with_prefix("vitrine-ipc-").unwrap();
        std::fs::create_dir(root.path().join("library")).unwrap();
        std::fs::write(root.path().join("library/catalog.db"), "a letter. ".repeat(1000)).unwrap();
        Self::open_in(root, "main")
    }

    fn open_in(root: TempDir, name: &str) -> Self {
        let folder = root.path().join("library");
        let library = OpenedLibrary::new(Some(folder), Arc::new(MemorySecrets::default()));
        let app = undrawn(library).build(undrawn_context()).unwrap();
        undrawn_wire().mount_events(&app);
        let window =
            tauri::WebviewWindowBuilder::new(&app, name, tauri::WebviewUrl::default()).build().unwrap();
        Self { root, window, answers: Mutex::default(), _app: app }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().to_owned()
    }

    /// Invokes a command from the app's own page.
    pub(crate) fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        self.send(command, InvokeBody::Json(arguments), HeaderMap::new(), "tauri://localhost")
    }

    /// Invokes a command from any page.
    pub(crate) fn invoke_from(&self, page: &str, command: &str) -> Result<Value, Value> {
        self.send(command, InvokeBody::Json(serde_json::json!({})), HeaderMap::new(), page)
    }

    /// Offers files for import, as a start with paths does.
    pub(crate) fn offer(&self, paths: Vec<PathBuf>) {
        self.window.state::<OfferedFiles>().add(paths);
    }

    /// Imports a picture as the clipboard does, and returns its id.
    pub(crate) fn paste(&self, picture: &Picture, kind: &'static str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-vitrine-kind", HeaderValue::from_static(kind));
        headers.insert("x-vitrine-filename", HeaderValue::from_static("a%20fox.png"));
        let body = InvokeBody::Raw(picture.bytes());
        let summary = self.send("import_pasted", body, headers, "tauri://localhost").unwrap();
        assert_eq!(summary["imported"], 1, "{summary}");
        assert_eq!(summary["files"][0]["name"], "a fox.png");
        summary["files"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Returns everything that has crossed to the window so far.
    pub(crate) fn answers(&self) -> String {
        self.answers.lock().unwrap().clone()
    }

    fn send(&self, command: &str, body: InvokeBody, headers: HeaderMap, page: &str) -> Result<Value, Value> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: page.parse().unwrap(),
            body,
            headers,
            invoke_key: INVOKE_KEY.to_owned(),
        };
        let answer = get_ipc_response(&self.window, request).map(|body| match body {
            InvokeResponseBody::Json(text) => serde_json::from_str(&text).unwrap(),
            InvokeResponseBody::Raw(bytes) => panic!("{} raw bytes", bytes.len()),
        });
        let (Ok(value) | Err(value)) = &answer;
        self.answers.lock().unwrap().push_str(&value.to_string());
        answer
    }
}
