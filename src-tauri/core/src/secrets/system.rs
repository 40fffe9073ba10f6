//! The keyring of the operating system, with a time limit. A keyring that waits
//! for a person, or for nobody, must not block the caller forever.

use super::{KeyringState, Secret, SecretError, SecretStore, platform};
use keyring::{Entry, Error as KeyringError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

/// The name under which other programs see our entries.
const SERVICE: &str = "vitrine";
/// How long a person may take to type the password of the keyring.
const PATIENCE_WITH_A_PERSON: Duration = Duration::from_mins(2);
/// How long to wait in a session without a display, where nobody can answer.
const PATIENCE_WITHOUT_A_DISPLAY: Duration = Duration::from_secs(8);
/// How long reading the state, which never prompts, may take.
const PATIENCE_FOR_STATE: Duration = Duration::from_secs(5);

/// The keyring of the operating system.
pub struct SystemKeyring {
    requests: Arc<Requests>,
    patience: Duration,
}

/// The requests to the keyring, each of which occupies a thread.
#[derive(Default)]
struct Requests(Mutex<Unanswered>);

#[derive(Default)]
struct Unanswered {
    count: usize,
    /// True once a caller has stopped waiting for one of them.
    given_up: bool,
}

/// One request, which counts as answered when this is dropped.
struct Answered(Arc<Requests>);

impl Drop for Answered {
    fn drop(&mut self) {
        self.0.unanswered().count -= 1;
    }
}

impl Requests {
    fn unanswered(&self) -> MutexGuard<'_, Unanswered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a blocking request on a thread of its own, because the answer may
    /// never come and the keyring libraries must not run inside an async
    /// runtime. Gives up after `patience`. The thread then ends when the
    /// request does, and until that no other request is made: behind an open
    /// prompt it would only occupy another thread.
    fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        request: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, SecretError> {
        {
            let mut unanswered = self.unanswered();
            if unanswered.given_up && unanswered.count > 0 {
                return Err(SecretError::Locked);
            }
            unanswered.given_up = false;
            unanswered.count += 1;
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let asked = std::thread::Builder::new().name("keyring".to_owned()).spawn({
            let requests = Arc::clone(self);
            move || {
                // Also if the request panics.
                let answered = Answered(requests);
                let value = request();
                drop(answered);
                // It is fine if nobody waits for the answer any more.
                let _ = answer.send(value);
            }
        });
        if let Err(problem) = asked {
            self.unanswered().count -= 1;
            return Err(SecretError::Other(problem.to_string()));
        }
        answered.recv_timeout(patience).map_err(|_| {
            self.unanswered().given_up = true;
            SecretError::Locked
        })
    }
}

impl Default for SystemKeyring {
    fn default() -> Self {
        let someone_can_answer = cfg!(not(target_os = "linux"))
            || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| crate::environment::variable(name).is_some());
        Self::with_patience(if someone_can_answer {
            PATIENCE_WITH_A_PERSON
        } else {
            PATIENCE_WITHOUT_A_DISPLAY
        })
    }
}

impl SystemKeyring {
    /// Returns a keyring that gives up on each request after `patience`.
    pub fn with_patience(patience: Duration) -> Self {
        Self { requests: Arc::default(), patience }
    }

    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        request: impl Fn(&Entry) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<Option<T>, SecretError> {
        let name = name.to_owned();
        let answer = self.requests.ask(self.patience, move || {
            // The package opens the keyring once and remembers a failure. A keyring that
            // starts after the app must be found without a restart.
            if platform::state() == KeyringState::Absent {
                return Err(KeyringError::NoDefaultStore);
            }
            match request(&Entry::new(SERVICE, &name)?) {
                // Its daemon may have been restarted, and does not know our session.
                Err(KeyringError::PlatformFailure(_) | KeyringError::NoStorageAccess(_))
                    if platform::state() == KeyringState::Available =>
                {
                    platform::reopen()?;
                    request(&Entry::new(SERVICE, &name)?)
                }
                answer => answer,
            }
        })?;
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(problem) => Err(self.explain(&problem)),
        }
    }

    /// Explains a failure by the state of the keyring, because its error values
    /// differ between desktops and versions.
    fn explain(&self, problem: &KeyringError) -> SecretError {
        match (self.state(), problem) {
            (KeyringState::Absent, _) | (_, KeyringError::NoDefaultStore) => SecretError::Unavailable,
            (KeyringState::Locked, _) | (_, KeyringError::NoStorageAccess(_)) => SecretError::Locked,
            // These two contain the stored bytes.
            (_, KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..)) => {
                SecretError::Other("the stored entry is not readable text".to_owned())
            }
            (_, problem) => SecretError::Other(problem.to_string()),
        }
    }
}

impl SecretStore for SystemKeyring {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.ask(name, |entry| entry.get_password().map(Secret::new))
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        let secret = secret.clone();
        let kept = self.ask(name, move |entry| entry.set_password(secret.expose()))?;
        kept.ok_or_else(|| SecretError::Other("the keyring did not store the entry".to_owned()))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.ask(name, Entry::delete_credential).map(|_| ())
    }

    fn state(&self) -> KeyringState {
        self.requests
            .ask(PATIENCE_FOR_STATE.min(self.patience), platform::state)
            .unwrap_or(KeyringState::Locked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_panics_does_not_lock_the_keyring() {
        let requests = Arc::new(Requests::default());
        let fails = requests.ask(Duration::from_mins(1), || panic!("a fault of the keyring's library"));
        assert!(matches!(fails, Err::<(), _>(SecretError::Locked)));
        while requests.unanswered().count > 0 {
            std::thread::yield_now();
        }
        assert_eq!(requests.ask(Duration::from_mins(1), || 7).unwrap(), 7);
    }

    #[test]
    fn a_keyring_that_does_not_answer_is_given_up_and_asked_again_later() {
        let requests = Arc::new(Requests::default());
        let (release, prompt) = mpsc::channel::<()>();
        let waits_for_a_person = requests.ask(Duration::from_millis(20), move || prompt.recv().is_ok());
        assert!(matches!(waits_for_a_person, Err(SecretError::Locked)));

        let behind_the_prompt = requests.ask(Duration::from_mins(1), || ());
        assert!(matches!(behind_the_prompt, Err(SecretError::Locked)));

        release.send(()).unwrap();
        while requests.unanswered().count > 0 {
            std::thread::yield_now();
        }
        assert_eq!(requests.ask(Duration::from_mins(1), || 7).unwrap(), 7);
    }
}
