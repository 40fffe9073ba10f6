//! The system's keyring in four sessions: where it works, where there is none, where
//! it is locked, and where it starts late. Each session has its own D-Bus, in which
//! this binary runs the test `inside_the_session` again.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use vitrine_core::secrets::{Credentials, KeyringState, Secret, SecretError, SecretStore, SystemKeyring};

/// The variable that selects the part of `inside_the_session`.
const PART: &str = "VITRINE_TEST_KEYRING_PART";
/// Says who owns the keyring's name on the bus. Unlike a request to the keyring, this does
/// not make the bus start a daemon of its own.
const OWNER: &str = "owner() { dbus-send --session --print-reply --dest=org.freedesktop.DBus \
     /org/freedesktop/DBus org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets \
     2>/dev/null | grep string || true; }";
/// Starts the daemon with an unlocked keyring, and waits until it has its name on the bus,
/// which is a moment after the command returns.
const UNLOCK: &str = "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; \
     until [ -n \"$(owner)\" ]; do sleep 0.02; done";
/// Replaces the daemon by another one, and waits until that has the name.
const RESTART: &str = "before=$(owner); \
     printf pw | gnome-keyring-daemon --replace --unlock --components=secrets >/dev/null; \
     until [ -n \"$(owner)\" ] && [ \"$(owner)\" != \"$before\" ]; do sleep 0.02; done";

/// A bus that starts no services by itself, as on a machine without a keyring.
const BARE_BUS: &str = r#"<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow receive_sender="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#;

/// Which services the bus of a session can start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bus {
    Desktop,
    Bare,
}

/// Runs a script in a separate session. `$ME` in the script is this binary with the
/// arguments to run `inside_the_session`.
fn in_a_session(bus: Bus, script: &str) {
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    std::fs::create_dir(&run).unwrap();
    let me = format!(
        "{} --exact keyring::inside_the_session --nocapture",
        std::env::current_exe().unwrap().display()
    );
    let mut command = session(home.path(), &run);
    command.arg("dbus-run-session");
    if bus == Bus::Bare {
        let config = home.path().join("bus.conf");
        std::fs::write(&config, BARE_BUS).unwrap();
        command.arg("--config-file").arg(config);
    }
    let output = command
        .args(["--", "bash", "-euc", &format!("{OWNER}; {script}")])
        .env("ME", me)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

/// Returns a command with a separate home folder and no display, limited in time.
fn session(home: &Path, run: &Path) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["--kill-after=5", "60"])
        .env("HOME", home)
        .env("XDG_RUNTIME_DIR", run)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("GNOME_KEYRING_CONTROL");
    command
}

#[test]
fn a_working_keyring_keeps_the_credentials_between_runs() {
    in_a_session(Bus::Desktop, &format!("{UNLOCK}; {PART}=keep $ME; {PART}=recall $ME"));
}

#[test]
fn a_session_without_a_keyring_says_so() {
    let home = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let output = session(home.path(), home.path())
        .arg(me)
        .args(["--exact", "keyring::inside_the_session"])
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .env(PART, "absent")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn a_locked_keyring_fails_fast_where_nobody_can_unlock_it() {
    // One daemon creates and fills the keyring, and the next one finds it locked.
    in_a_session(
        Bus::Desktop,
        &format!(
            "{UNLOCK}; {PART}=keep $ME; \
         dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
           org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login; \
         {PART}=locked $ME"
        ),
    );
}

#[test]
fn a_keyring_that_was_never_set_up_counts_as_locked() {
    in_a_session(Bus::Desktop, &format!("{PART}=locked $ME"));
}

#[test]
fn a_keyring_that_starts_late_is_found_without_a_restart() {
    in_a_session(Bus::Bare, &format!("{PART}=late $ME"));
}

#[test]
fn a_keyring_that_was_restarted_is_opened_again() {
    in_a_session(Bus::Bare, &format!("{UNLOCK}; {PART}=restart $ME"));
}

fn credentials() -> Credentials {
    Credentials {
        access_key_id: Secret::new("akid"),
        secret_access_key: Secret::new("schlüssel\"\\"),
        session_token: None,
    }
}

/// Waits until the keyring answers.
fn until_it_is_there(keyring: &SystemKeyring) {
    let started = Instant::now();
    while keyring.state() != KeyringState::Available {
        assert!(started.elapsed() < Duration::from_secs(20), "there is no keyring");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// This part runs in another session. In this one it does nothing.
#[test]
fn inside_the_session() {
    let Ok(part) = std::env::var(PART) else { return };
    let keyring = SystemKeyring::default();
    let started = Instant::now();
    match part.as_str() {
        "keep" => {
            assert_eq!(keyring.state(), KeyringState::Available);
            assert_eq!(Credentials::load(&keyring, "library").unwrap(), None);
            credentials().store(&keyring, "library").unwrap();
            credentials().store(&keyring, "other").unwrap();
            Credentials::forget(&keyring, "other").unwrap();
            Credentials::forget(&keyring, "other").unwrap();
            assert_eq!(Credentials::load(&keyring, "other").unwrap(), None);
        }
        "recall" => {
            assert_eq!(Credentials::load(&keyring, "library").unwrap(), Some(credentials()));
        }
        "absent" => {
            assert_eq!(keyring.state(), KeyringState::Absent);
            assert!(matches!(Credentials::load(&keyring, "library"), Err(SecretError::Unavailable)));
            assert!(matches!(credentials().store(&keyring, "library"), Err(SecretError::Unavailable)));
        }
        "locked" => {
            assert_eq!(keyring.state(), KeyringState::Locked);
            assert!(matches!(credentials().store(&keyring, "library"), Err(SecretError::Locked)));
            assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        }
        "late" => {
            assert_eq!(keyring.state(), KeyringState::Absent);
            assert!(matches!(credentials().store(&keyring, "library"), Err(SecretError::Unavailable)));
            let unlocked = Command::new("bash").args(["-c", &format!("{OWNER}; {UNLOCK}")]).status();
            assert!(unlocked.unwrap().success());
            until_it_is_there(&keyring);
            credentials().store(&keyring, "library").unwrap();
            assert_eq!(Credentials::load(&keyring, "library").unwrap(), Some(credentials()));
        }
        "restart" => {
            until_it_is_there(&keyring);
            credentials().store(&keyring, "library").unwrap();
            let restarted = Command::new("bash").args(["-c", &format!("{OWNER}; {RESTART}")]).status();
            assert!(restarted.unwrap().success());
            until_it_is_there(&keyring);
            credentials().store(&keyring, "other").unwrap();
            assert_eq!(Credentials::load(&keyring, "other").unwrap(), Some(credentials()));
        }
        other => panic!("no such part: {other}"),
    }
}
