//! A complete desktop for one test: X server, window manager, session bus, keyring, home folder.
//!
//! Knows nothing of Vitrine's pages; `window` drives the app on it, `drag` drags files over it. Only one
//! desktop exists on a machine at a time, because WebKitGTK allows one automated window at a time, and two
//! pointers on a loaded machine make both slow.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::process::{ProcessGroup, first_line, lines, must, read_text, target_dir, tool};

/// The screen's size in pixels. Windows fill the screen, so that a page's coordinates are the screen's.
pub const SCREEN: (i32, i32) = (1440, 900);

const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait for a turn. Every other test with a window may run first.
const TURN_LIMIT: Duration = Duration::from_mins(20);

/// The state of the Secret Service on the session bus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keyring {
    /// It answers and its default collection is open.
    #[default]
    Unlocked,
    /// It answers, but its default collection is locked and nobody can unlock it.
    Locked,
    /// There is no Secret Service.
    Absent,
}

/// How a desktop is set up.
#[derive(Debug, Clone, Copy, Default)]
pub struct DesktopOptions {
    /// The keyring on the session bus.
    pub keyring: Keyring,
    /// The screen's size in pixels; `None` for [`SCREEN`]. Files can be dragged only on a screen of that
    /// default size.
    pub screen: Option<(i32, i32)>,
}

/// A running desktop. Everything on it ends when it is dropped, even after a panic.
#[derive(Debug)]
pub struct Desktop {
    env: Vec<(OsString, OsString)>,
    // The order of the fields is the order in which they end: processes, then their files, then the turn.
    group: ProcessGroup,
    home: TempDir,
    _turn: File,
}

impl Desktop {
    /// Starts a desktop when it is this test's turn.
    ///
    /// # Panics
    /// Panics if a part is missing or does not start.
    pub async fn start(options: DesktopOptions) -> Self {
        let turn = take_turn().await;
        let home = must(TempDir::with_prefix("vitrine-desktop-"), "making a home folder");
        let group = ProcessGroup::new();
        let mut desktop = Self { env: session_env(home.path()), group, home, _turn: turn };
        desktop.start_screen(options.screen.unwrap_or(SCREEN));
        desktop.start_bus();
        desktop.start_window_manager().await;
        if options.keyring != Keyring::Absent {
            desktop.start_keyring().await;
        }
        if options.keyring == Keyring::Locked {
            desktop.lock_keyring();
        }
        desktop
    }

    /// Returns the environment of a program on this desktop. Nothing else is inherited.
    pub fn env(&self) -> &[(OsString, OsString)] {
        &self.env
    }

    /// Returns the artist's home folder on this desktop.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Locks the unlocked keyring.
    ///
    /// # Panics
    /// Panics if there is no keyring.
    pub fn lock_keyring(&self) {
        let locked = self.ask_keyring(
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Lock",
            &["array:objpath:/org/freedesktop/secrets/collection/login"],
        );
        assert!(locked.status.success(), "locking the keyring: {}", String::from_utf8_lossy(&locked.stderr));
    }

    /// Moves the pointer or presses keys, as a person would.
    ///
    /// # Panics
    /// Panics if xdotool cannot do it.
    pub fn xdotool<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        let mut command = self.command(&tool("xdotool"));
        let output = must(command.args(args).output(), "running xdotool");
        assert!(output.status.success(), "xdotool failed: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Writes the notifications that programs send from now on to a file, and returns its path. Nothing shows
    /// them, as on a desktop without a service for notifications.
    ///
    /// # Panics
    /// Panics if the bus does not let them be read.
    pub async fn watch_notifications(&self) -> PathBuf {
        let path = self.home().join("notifications.log");
        let log = must(File::create(&path), "making the log of the notifications");
        let mut monitor = self.command(&tool("dbus-monitor"));
        monitor.args(["--session", "interface=org.freedesktop.Notifications,member=Notify"]);
        self.group.spawn(monitor.stdout(log).stderr(Stdio::null()), |_| ());
        // A monitor loses its own name on the bus.
        self.until("notifications are read", || read_text(&path).contains("member=NameLost")).await;
        path
    }

    /// Waits until a system dialog receives the keys that are pressed. It is visible before.
    ///
    /// # Panics
    /// Panics if the dialog does not appear.
    pub async fn wait_for_dialog(&self, title: &str) {
        let mut ask = self.command(&tool("xdotool"));
        ask.args(["getwindowfocus", "getwindowname"]);
        self.until("the dialog has the keyboard", || {
            let name = must(ask.output(), "running xdotool").stdout;
            String::from_utf8_lossy(&name).trim() == title
        })
        .await;
    }

    /// Presses Return in a system dialog until it is gone. While the dialog looks up what was typed, its
    /// button cannot be pressed.
    ///
    /// # Panics
    /// Panics if the dialog stays open.
    pub async fn confirm(&self, title: &str) {
        let mut search = self.command(&tool("xdotool"));
        search.args(["search", "--onlyvisible", "--name", title]);
        self.until("the dialog is confirmed", || {
            let found = must(search.output(), "running xdotool");
            if found.status.success() {
                self.xdotool(["key", "--clearmodifiers", "--delay", "200", "Return"]);
            }
            !found.status.success()
        })
        .await;
    }

    /// Saves a picture of the whole screen to `target/screenshots/NAME.png`.
    ///
    /// # Panics
    /// Panics if the screenshot cannot be taken.
    pub fn screenshot(&self, name: &str) -> PathBuf {
        let dir = target_dir().join("screenshots");
        must(std::fs::create_dir_all(&dir), "making the screenshots folder");
        let path = dir.join(format!("{name}.png"));
        let mut import = self.command(&tool("import"));
        let taken = must(import.args(["-window", "root"]).arg(&path).output(), "taking a screenshot");
        assert!(taken.status.success(), "screenshot: {}", String::from_utf8_lossy(&taken.stderr));
        path
    }

    /// Returns a command that sees this desktop and nothing else of the machine's session.
    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.env.iter().map(|(key, value)| (key, value))).stdin(Stdio::null());
        command
    }

    fn start_screen(&mut self, (width, height): (i32, i32)) {
        let mut server = self.command(&tool("Xvfb"));
        // The server finds a free display number itself and prints it, so that tests of several checkouts
        // never collide.
        server.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-screen", "0"]);
        server.arg(format!("{width}x{height}x24")).stdout(Stdio::piped()).stderr(Stdio::null());
        let number = self.group.spawn(&mut server, |child| child.stdout.take());
        let number = number.map(|stdout| first_line(stdout, PATIENCE, "Xvfb")).unwrap_or_default();
        self.env.push(("DISPLAY".into(), format!(":{number}").into()));
    }

    /// Returns the path of the session bus's standard error output.
    pub(crate) fn bus_log(&self) -> PathBuf {
        self.home().join("bus.log")
    }

    fn start_bus(&mut self) {
        let socket = self.home.path().join("run/bus");
        let config = self.home.path().join("session-bus.xml");
        // Without service folders, requests do not start any services, so an absent keyring stays absent.
        let text = format!(
            r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>"#,
            socket.display()
        );
        must(std::fs::write(&config, text), "writing the session bus's configuration");
        let mut bus = self.command(&tool("dbus-daemon"));
        bus.arg(format!("--config-file={}", config.display())).args(["--nofork", "--print-address=1"]);
        // The bus warns about this at every start if root may not raise limits. A failing test shows the
        // warning.
        let log = must(File::create(self.bus_log()), "making the session bus's log");
        let address = self.group.spawn(bus.stdout(Stdio::piped()).stderr(log), |child| child.stdout.take());
        let address = address.and_then(|stdout| lines(stdout).recv_timeout(PATIENCE).ok());
        let address = address.map(|line| line.trim().to_owned()).unwrap_or_default();
        assert!(!address.is_empty(), "dbus-daemon did not start: {}", read_text(&self.bus_log()));
        self.env.push(("DBUS_SESSION_BUS_ADDRESS".into(), address.into()));
    }

    async fn start_window_manager(&self) {
        let config = self.home.path().join("openbox.xml");
        must(std::fs::write(&config, OPENBOX), "writing openbox's configuration");
        let mut manager = self.command(&tool("openbox"));
        manager.arg("--config-file").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        self.group.spawn(&mut manager, |_| ());
        self.until("openbox manages windows", || {
            let mut ask = self.command(&tool("xprop"));
            let said = ask.args(["-root", "_NET_SUPPORTING_WM_CHECK"]).output();
            said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("window id"))
        })
        .await;
    }

    async fn start_keyring(&self) {
        let mut daemon = self.command(&tool("gnome-keyring-daemon"));
        daemon.args(["--foreground", "--unlock", "--components=secrets"]);
        daemon.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let password = self.group.spawn(&mut daemon, |child| child.stdin.take());
        if let Some(mut password) = password {
            must(password.write_all(b"open sesame"), "giving the keyring its password");
        }
        self.until("the keyring answers", || {
            let args = ["string:org.freedesktop.Secret.Collection", "string:Locked"];
            let path = "/org/freedesktop/secrets/collection/login";
            self.ask_keyring(path, "org.freedesktop.DBus.Properties.Get", &args).status.success()
        })
        .await;
    }

    fn ask_keyring(&self, path: &str, method: &str, args: &[&str]) -> Output {
        let mut ask = self.command(&tool("dbus-send"));
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", path, method]).args(args);
        must(ask.output(), "asking the keyring")
    }

    async fn until(&self, what: &str, mut reached: impl FnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !reached() {
            assert!(Instant::now() < deadline, "timed out after {PATIENCE:?} waiting until {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Windows fill the screen without a frame. Alt+F4 closes a window, as an artist would.
const OPENBOX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew></focus>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
  <applications>
    <application type="normal">
      <decor>no</decor><focus>yes</focus><maximized>yes</maximized>
      <position force="yes"><x>0</x><y>0</y></position>
    </application>
  </applications>
</openbox_config>
"#;

/// Returns the environment of every program: a separate home folder, and none of the machine's configuration.
fn session_env(home: &Path) -> Vec<(OsString, OsString)> {
    let folder = |name: &str| {
        let path = home.join(name);
        must(std::fs::create_dir_all(&path), "making a home folder");
        path.into_os_string()
    };
    let runtime = folder("run");
    // Programs refuse a runtime folder that others can read.
    let private = std::fs::Permissions::from_mode(0o700);
    must(std::fs::set_permissions(&runtime, private), "closing the runtime folder");
    let mut env: Vec<(OsString, OsString)> = vec![
        ("HOME".into(), home.as_os_str().to_owned()),
        ("PATH".into(), std::env::var_os("PATH").unwrap_or_default()),
        ("XDG_RUNTIME_DIR".into(), runtime),
        ("XDG_DATA_HOME".into(), folder("data")),
        ("XDG_CONFIG_HOME".into(), folder("config")),
        ("XDG_CACHE_HOME".into(), folder("cache")),
        ("TMPDIR".into(), folder("tmp")),
    ];
    let fixed = [
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("GDK_BACKEND", "x11"),
        ("NO_AT_BRIDGE", "1"),
        ("GTK_USE_PORTAL", "0"),
        ("GSETTINGS_BACKEND", "memory"),
        ("LIBGL_ALWAYS_SOFTWARE", "1"),
        // Without a GPU the page can otherwise stay blank.
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
        ("RUST_BACKTRACE", "1"),
    ];
    env.extend(fixed.map(|(key, value)| (key.into(), value.into())));
    env
}

/// Waits until no other test has a desktop, in any process.
async fn take_turn() -> File {
    let path = target_dir().join("desktop.lock");
    let file = must(File::options().create(true).append(true).open(&path), "opening the desktops' lock");
    let deadline = Instant::now() + TURN_LIMIT;
    loop {
        match file.try_lock() {
            Ok(()) => return file,
            Err(TryLockError::WouldBlock) => {
                assert!(Instant::now() < deadline, "waited {TURN_LIMIT:?} for another test's desktop to end");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(TryLockError::Error(error)) => panic!("locking {}: {error}", path.display()),
        }
    }
}
