//! Drives the real window as an artist would: through its page, the pointer and the keyboard.
//!
//! Owns the WebDriver session and the app's process. The content of the page is the tests' business.
//! Nothing sleeps for a fixed time: every wait has a condition and a limit, and saves a screenshot on
//! failure.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::desktop::Desktop;
use crate::process::{ProcessGroup, must, read_text, send, tool};

/// How long a condition may take to become true, unless the test says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// How often a condition is checked.
const LOOK_AGAIN: Duration = Duration::from_millis(40);

/// The app's window on a desktop. The app ends when this is dropped.
#[derive(Debug)]
pub struct AppWindow<'d> {
    desktop: &'d Desktop,
    client: Client,
    app: PathBuf,
    log: PathBuf,
    // The driver, and the app that it started.
    group: ProcessGroup,
}

impl Desktop {
    /// Starts the app at `app` with `env` in addition to the desktop's environment, and waits for its
    /// window.
    ///
    /// # Panics
    /// Panics if no window opens.
    pub async fn launch<K, V>(&self, app: &Path, env: impl IntoIterator<Item = (K, V)>) -> AppWindow<'_>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        self.launch_with(app, &[], env).await
    }

    /// Starts the app like `launch`, with these files to open.
    ///
    /// # Panics
    /// Panics if no window opens.
    pub async fn launch_with<K, V>(
        &self,
        app: &Path,
        files: &[PathBuf],
        env: impl IntoIterator<Item = (K, V)>,
    ) -> AppWindow<'_>
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let app = must(app.canonicalize(), &format!("finding the app {}", app.display()));
        let group = ProcessGroup::new();
        let (port, native_port) = (free_port(), free_port());
        let log = self.home().join(format!("app-{port}.log"));
        let stderr = must(std::fs::File::create(&log), "making the app's log");

        let mut driver = self.command(&tool("tauri-driver"));
        driver.envs(env.into_iter().map(|(key, value)| (key.into(), value.into())));
        driver.args(["--port", &port.to_string(), "--native-port", &native_port.to_string()]);
        driver.arg("--native-driver").arg(tool("WebKitWebDriver"));
        let output = must(stderr.try_clone(), "sharing the app's log");
        group.spawn(driver.stdout(Stdio::from(output)).stderr(Stdio::from(stderr)), |_| ());

        let mut wanted = fantoccini::wd::Capabilities::new();
        wanted.insert("tauri:options".to_owned(), json!({ "application": app, "args": files }));
        let address = format!("http://127.0.0.1:{port}");
        let deadline = Instant::now() + PATIENCE;
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let connecting = builder.capabilities(wanted.clone()).connect(&address);
            match tokio::time::timeout(PATIENCE, Box::pin(connecting)).await {
                Ok(Ok(client)) => break client,
                // The driver may not be listening yet. Once the app was started, another attempt would
                // start it twice.
                Ok(Err(_)) if Instant::now() < deadline && group.running(&app).is_empty() => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Ok(Err(error)) => panic!("no window: {error}{}", self.evidence("launch-failed", &log)),
                Err(late) => {
                    panic!("no window for {PATIENCE:?}: {late}{}", self.evidence("launch-failed", &log))
                }
            }
        };
        AppWindow { desktop: self, client, app, log, group }
    }

    /// Starts a program with these files and with `env` in addition to the desktop's environment, and
    /// waits until it ends.
    ///
    /// # Panics
    /// Panics if it does not end.
    pub async fn run<K, V>(
        &self,
        program: &Path,
        files: &[PathBuf],
        env: impl IntoIterator<Item = (K, V)>,
    ) -> ExitStatus
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let mut command = self.command(program);
        command.args(files);
        command.envs(env.into_iter().map(|(key, value)| (key.into(), value.into())));
        let mut child = must(tokio::process::Command::from(command).spawn(), "starting a program");
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        must(must(ended, "waiting for a program to end"), "waiting for a program")
    }

    fn evidence(&self, name: &str, log: &Path) -> String {
        let said = read_text(log);
        let from = said.lines().count().saturating_sub(30);
        let tail: Vec<&str> = said.lines().skip(from).collect();
        format!(
            "\npicture: {}\n--- the end of the app's log\n{}\n--- the session bus\n{}",
            self.screenshot(name).display(),
            tail.join("\n"),
            read_text(&self.bus_log())
        )
    }
}

impl AppWindow<'_> {
    /// Returns the WebDriver session, for actions that have no method here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns everything that the app has written to its standard error so far. (`WebKitWebDriver`
    /// discards standard output.)
    pub fn log(&self) -> String {
        read_text(&self.log)
    }

    /// Returns the app's process id; `None` if it has ended.
    pub fn pid(&self) -> Option<u32> {
        self.group.running(&self.app).first().copied()
    }

    /// Waits until `check` holds, at most [`PATIENCE`]. `what` describes the condition in a sentence.
    ///
    /// # Panics
    /// Panics if it does not hold in time, with the sentence, a screenshot, and the messages of the page
    /// and the log.
    pub async fn eventually(&self, what: &str, check: impl AsyncFnMut() -> bool) {
        self.eventually_within(PATIENCE, what, check).await;
    }

    /// Does the same as [`Self::eventually`] with a different limit.
    ///
    /// # Panics
    /// Panics if the condition does not become true in time.
    pub async fn eventually_within(&self, limit: Duration, what: &str, mut check: impl AsyncFnMut() -> bool) {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            // The limit also covers a check that hangs, such as a question to a frozen page.
            match tokio::time::timeout_at(deadline, check()).await {
                Ok(true) => return,
                Ok(false) => tokio::time::sleep(LOOK_AGAIN).await,
                Err(_) => break,
            }
        }
        self.fail(&format!("waited {limit:?} for: {what}")).await;
    }

    /// Waits until at least one element matches.
    ///
    /// # Panics
    /// Panics if none appears.
    pub async fn wait_for(&self, css: &str) {
        self.eventually(&format!("{css} is there"), async || self.count(css).await > 0).await;
    }

    /// Waits until nothing matches.
    ///
    /// # Panics
    /// Panics if something still matches.
    pub async fn wait_gone(&self, css: &str) {
        self.eventually(&format!("{css} is gone"), async || self.count(css).await == 0).await;
    }

    /// Waits until exactly `n` elements match.
    ///
    /// # Panics
    /// Panics if the number never matches.
    pub async fn wait_count(&self, css: &str, n: usize) {
        self.eventually(&format!("{n} of {css}"), async || self.count(css).await == n).await;
    }

    /// Waits until the text of the first match contains `text`.
    ///
    /// # Panics
    /// Panics if it never does.
    pub async fn wait_text(&self, css: &str, text: &str) {
        let what = format!("{css} says {text:?}");
        self.eventually(&what, async || self.texts(css).await.first().is_some_and(|t| t.contains(text)))
            .await;
    }

    /// Returns how many elements match now.
    pub async fn count(&self, css: &str) -> usize {
        let counted =
            self.ask("return document.querySelectorAll(arguments[0]).length", vec![json!(css)]).await;
        usize::try_from(counted.as_u64().unwrap_or(0)).unwrap_or(usize::MAX)
    }

    /// Returns the visible text of the first match, once there is one.
    ///
    /// # Panics
    /// Panics if there is none.
    pub async fn text(&self, css: &str) -> String {
        self.wait_for(css).await;
        self.texts(css).await.into_iter().next().unwrap_or_default()
    }

    /// Returns the visible text of every match now.
    pub async fn texts(&self, css: &str) -> Vec<String> {
        let js = "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim())";
        let texts = self.ask(js, vec![json!(css)]).await;
        texts.as_array().into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned)).collect()
    }

    /// Returns an attribute of the first match; `None` if there is no match or no such attribute.
    pub async fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let js = "return document.querySelector(arguments[0])?.getAttribute(arguments[1]) ?? null";
        self.ask(js, vec![json!(css), json!(name)]).await.as_str().map(str::to_owned)
    }

    /// Runs JavaScript in the page (the body of a function) and returns its result.
    ///
    /// # Panics
    /// Panics if it throws.
    pub async fn script(&self, js: &str) -> Value {
        self.ask(js, Vec::new()).await
    }

    /// Clicks the first match as soon as it can be clicked.
    ///
    /// # Panics
    /// Panics if it cannot be clicked within [`PATIENCE`].
    pub async fn click(&self, css: &str) {
        // The page replaces elements while it works, so an element that cannot be clicked now may be
        // clickable in a moment.
        self.eventually(&format!("{css} can be clicked"), async || {
            let Ok(element) = self.client.find(Locator::Css(css)).await else { return false };
            if element.click().await.is_ok() {
                return true;
            }
            // The driver scrolls to elements that are hidden, but not to those that are cut off.
            let show = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'nearest' })";
            let _ = self.client.execute(show, vec![css.into()]).await;
            false
        })
        .await;
    }

    /// Replaces the content of the first match with `text`, typed key by key.
    ///
    /// # Panics
    /// Panics if it cannot be typed into.
    pub async fn type_into(&self, css: &str, text: &str) {
        self.click(css).await;
        let typed: Result<(), CmdError> = async {
            let element = self.client.find(Locator::Css(css)).await?;
            element.clear().await?;
            element.send_keys(text).await
        }
        .await;
        must(typed, &format!("typing into {css}"));
    }

    /// Presses keys on the keyboard. The names are those of X: `ctrl+a`, `Escape`, `Delete`.
    ///
    /// # Panics
    /// Panics if there is no such key.
    pub fn press(&self, keys: &str) {
        self.desktop.xdotool(["key", "--clearmodifiers", keys]);
    }

    /// Returns the position of the first match's middle on the screen.
    ///
    /// # Panics
    /// Panics if nothing matches.
    pub async fn middle_of(&self, css: &str) -> (i32, i32) {
        self.wait_for(css).await;
        let js = "const b = document.querySelector(arguments[0]).getBoundingClientRect();
            return [Math.round(b.x + b.width / 2), Math.round(b.y + b.height / 2)]";
        let middle = self.ask(js, vec![json!(css)]).await;
        let at = |i: usize| i32::try_from(middle[i].as_i64().unwrap_or(0)).unwrap_or(0);
        (at(0), at(1))
    }

    /// Saves a picture of the screen to `target/screenshots/NAME.png`, once something is visible.
    /// Content of the document may be painted later.
    ///
    /// # Panics
    /// Panics if the screen keeps showing a single colour.
    pub fn screenshot(&self, name: &str) -> PathBuf {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let path = self.desktop.screenshot(name);
            if !is_of_one_colour(&path) {
                return path;
            }
            assert!(Instant::now() < deadline, "{} shows nothing", path.display());
            std::thread::sleep(LOOK_AGAIN);
        }
    }

    /// Closes the window as an artist does, and waits until the app has ended by itself.
    ///
    /// # Panics
    /// Panics if it does not end.
    pub async fn close(self) {
        if let Some(pid) = self.pid() {
            let window =
                self.desktop.xdotool(["search", "--onlyvisible", "--limit", "1", "--pid", &pid.to_string()]);
            // Keys that are pressed before the window is active go nowhere.
            self.desktop.xdotool(["windowactivate", "--sync", &window, "key", "alt+F4"]);
        }
        self.until_ended("closing its window").await;
    }

    /// Kills the app like a power cut, with SIGKILL.
    ///
    /// # Panics
    /// Panics if it survives.
    pub async fn kill(self) {
        for pid in self.group.running(&self.app) {
            send("KILL", &pid.to_string());
        }
        self.until_ended("SIGKILL").await;
    }

    async fn until_ended(&self, after: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.pid().is_some() {
            let evidence = || self.desktop.evidence("still-running", &self.log);
            assert!(Instant::now() < deadline, "the app still runs {PATIENCE:?} after {after}{}", evidence());
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn ask(&self, js: &str, args: Vec<Value>) -> Value {
        match tokio::time::timeout(PATIENCE, self.client.execute(js, args)).await {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => {
                self.give_up(&format!("a script in the page failed: {error}\n{js}"), "(not asked)")
            }
            Err(_) => self.give_up(&format!("the page did not answer for {PATIENCE:?}\n{js}"), "(silent)"),
        }
    }

    async fn fail(&self, what: &str) {
        let asked = self.client.execute("return document.body.innerText.slice(0, 2000)", Vec::new());
        let page = tokio::time::timeout(Duration::from_secs(3), asked).await;
        let page = page.ok().and_then(Result::ok).and_then(|text| text.as_str().map(str::to_owned));
        self.give_up(what, page.as_deref().unwrap_or("(silent)"));
    }

    fn give_up(&self, what: &str, page: &str) -> ! {
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let evidence = self.desktop.evidence(&format!("failed-{test}"), &self.log);
        panic!("{what}\n--- the page\n{page}{evidence}");
    }
}

/// Returns a port on which nobody listens at this moment.
///
/// # Panics
/// Panics if the machine has none.
pub fn free_port() -> u16 {
    let listener = must(std::net::TcpListener::bind("127.0.0.1:0"), "asking for a free port");
    must(listener.local_addr(), "asking for a free port").port()
}

fn is_of_one_colour(path: &Path) -> bool {
    let picture = must(image::open(path), "reading the screenshot").into_rgb8();
    let first = picture.pixels().next().copied();
    picture.pixels().all(|pixel| Some(*pixel) == first)
}
