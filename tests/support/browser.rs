//! A headless Chromium, as a visitor of a published feed uses it.
//!
//! Owns the driver, the browser and their profile. What a page contains is the
//! tests' business. Every wait has a condition and a limit.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, wd};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::Method;
use serde_json::{Value, json};
use url::Url;

use crate::process::{ProcessGroup, must, target_dir, tool};

/// How long the driver may take to start, and a condition to become true.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a condition is checked.
const LOOK_AGAIN: Duration = Duration::from_millis(30);

/// How a visitor looks at a page.
#[derive(Debug, Clone, Copy)]
pub struct Visitor {
    /// The size of the window's content in CSS pixels.
    pub size: (u32, u32),
    /// Whether the visitor prefers dark pages.
    pub is_dark: bool,
    /// Whether scripts may run.
    pub has_scripts: bool,
}

/// A browser with one window. It ends when this is dropped.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // The driver, and the browser that it started.
    _group: ProcessGroup,
    _profile: tempfile::TempDir,
}

/// A command that only Chromium's driver has.
#[derive(Debug)]
struct DriverCommand {
    path: &'static str,
    body: Value,
}

impl wd::WebDriverCompatibleCommand for DriverCommand {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}

impl Browser {
    /// Starts a browser for `visitor`.
    ///
    /// # Panics
    /// Panics if it does not start.
    pub async fn start(visitor: Visitor) -> Self {
        let profile = must(tempfile::tempdir(), "making a folder for the browser");
        let group = ProcessGroup::new();
        let port = crate::window::free_port();
        let mut driver = Command::new(tool("chromedriver"));
        driver.arg(format!("--port={port}")).stdout(Stdio::null()).stderr(Stdio::null());
        group.spawn(&mut driver, |_| ());
        let client = connect(port, &profile).await;
        let browser = Self { client, _group: group, _profile: profile };
        browser.becomes(visitor).await;
        // The browser's own first page makes requests, too.
        browser.open("about:blank").await;
        browser.requests().await;
        browser
    }

    /// Looks at the following pages as another visitor, who has the same cache.
    pub async fn becomes(&self, visitor: Visitor) {
        let (width, height) = visitor.size;
        let device = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.protocol("Emulation.setDeviceMetricsOverride", device).await;
        let scheme = if visitor.is_dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.protocol("Emulation.setEmulatedMedia", media).await;
        let scripts = json!({ "value": !visitor.has_scripts });
        self.protocol("Emulation.setScriptExecutionDisabled", scripts).await;
    }

    /// Returns the WebDriver session, for actions that have no method here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a page and waits until it is loaded.
    ///
    /// # Panics
    /// Panics if it does not load.
    pub async fn open(&self, url: &str) {
        must(self.client.goto(url).await, &format!("opening {url}"));
    }

    /// Runs a script in the page, even if the page's own may not run, and
    /// returns its value.
    ///
    /// # Panics
    /// Panics if it throws.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let answer = self.protocol("Runtime.evaluate", parameters).await;
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true in the page.
    ///
    /// # Panics
    /// Panics if it does not become true in time.
    pub async fn until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.evaluate(expression).await != true {
            if Instant::now() > deadline {
                let picture = self.screenshot("never-true").await;
                panic!("never true: {expression}\npicture: {}", picture.display());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Presses and releases a key, by its DOM name.
    pub async fn press(&self, key: &str) {
        let code = match key {
            "Escape" => 27,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            "Enter" => 13,
            _ => 9,
        };
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.protocol("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Clicks at a place in the window, in CSS pixels.
    pub async fn click_at(&self, x: f64, y: f64) {
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.protocol("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Moves one finger over a touch screen, in CSS pixels.
    pub async fn swipe(&self, from: (f64, f64), to: (f64, f64)) {
        let at = |(x, y): (f64, f64)| json!([{ "x": x, "y": y }]);
        let steps = [("touchStart", at(from)), ("touchMove", at(to)), ("touchEnd", json!([]))];
        for (kind, points) in steps {
            self.protocol("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points })).await;
        }
    }

    /// Saves a picture of the window under `name`, and returns its path.
    ///
    /// # Panics
    /// Panics if it cannot be saved.
    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = target_dir().join("screenshots");
        must(std::fs::create_dir_all(&folder), "making the folder of screenshots");
        let path = folder.join(format!("published-{name}.png"));
        let png = must(self.client.screenshot().await, "taking a screenshot");
        must(std::fs::write(&path, png), "saving a screenshot");
        path
    }

    /// Returns what the browser has complained about since the last call:
    /// errors, refused requests, and violations of the security policy.
    pub async fn complaints(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        entries.iter().map(|entry| format!("{}: {}", entry["source"], entry["message"])).collect()
    }

    /// Returns the URLs that the pages have asked for since the last call.
    pub async fn requests(&self) -> Vec<String> {
        let url = |entry: &Value| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let is_request = message["message"]["method"] == "Network.requestWillBeSent";
            let url = message["message"]["params"]["request"]["url"].as_str()?;
            is_request.then(|| url.to_owned())
        };
        self.log("performance").await.iter().filter_map(url).collect()
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let answer = self.issue("se/log", json!({ "type": kind })).await;
        answer.as_array().cloned().unwrap_or_default()
    }

    /// Sends a command of the protocol that the tools for developers use.
    async fn protocol(&self, command: &str, parameters: Value) -> Value {
        self.issue("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    async fn issue(&self, path: &'static str, body: Value) -> Value {
        let what = format!("{path} {}", body["cmd"]);
        must(self.client.issue_cmd(DriverCommand { path, body }).await, &what)
    }
}

async fn connect(port: u16, profile: &tempfile::TempDir) -> Client {
    let arguments = [
        "--headless=new".to_owned(),
        // Tests may run as root, for whom Chromium has no sandbox.
        "--no-sandbox".to_owned(),
        "--disable-gpu".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--disable-background-networking".to_owned(),
        "--hide-scrollbars".to_owned(),
        "--no-first-run".to_owned(),
        format!("--user-data-dir={}", profile.path().display()),
    ];
    let mut wanted = wd::Capabilities::new();
    wanted.insert("browserName".to_owned(), json!("chrome"));
    wanted.insert("goog:chromeOptions".to_owned(), json!({ "args": arguments, "binary": tool("chromium") }));
    wanted.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL", "performance": "ALL" }));
    let address = format!("http://127.0.0.1:{port}/");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        match Box::pin(builder.capabilities(wanted.clone()).connect(&address)).await {
            Ok(client) => return client,
            // The driver may not be listening yet.
            Err(_) if Instant::now() < deadline => tokio::time::sleep(LOOK_AGAIN).await,
            Err(error) => panic!("no browser: {error}"),
        }
    }
}
