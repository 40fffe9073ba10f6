//! The keyring of the operating system, with a time limit. A keyring that waits
//! for a person, or for nobody, must not block the caller forever.

use super::{KeyringState, Secret, SecretError, SecretStore, platform};
use keyring_core::{CredentialStore, Entry, Error as KeyringError};
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
///
/// It is opened when it is first needed and again after a failure, so that a
/// keyring that starts after the app is found without a restart.
pub struct SystemKeyring {
    open: Arc<OpenKeyring>,
    patience: Duration,
}

#[derive(Default)]
struct OpenKeyring {
    store: Mutex<Option<Arc<CredentialStore>>>,
    questions: Mutex<Questions>,
}

/// The requests to the keyring, each of which occupies a thread.
#[derive(Default)]
struct Questions {
    unanswered: usize,
    /// True once a caller has stopped waiting for one of them.
    given_up: bool,
}

impl OpenKeyring {
    fn slot(&self) -> MutexGuard<'_, Option<Arc<CredentialStore>>> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn questions(&self) -> MutexGuard<'_, Questions> {
        self.questions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a blocking request on a thread of its own, because the answer may
    /// never come and the keyring libraries must not run inside an async
    /// runtime. Gives up after `patience`. The thread then ends when the
    /// request does, and until that no other request is made: behind an open
    /// prompt it would only occupy another thread.
    fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        question: impl FnOnce(&Self) -> T + Send + 'static,
    ) -> Result<T, SecretError> {
        {
            let mut questions = self.questions();
            if questions.given_up && questions.unanswered > 0 {
                return Err(SecretError::Locked);
            }
            questions.given_up = false;
            questions.unanswered += 1;
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let asked = std::thread::Builder::new().name("keyring".to_owned()).spawn({
            let open = Arc::clone(self);
            move || {
                let value = question(&open);
                open.questions().unanswered -= 1;
                // It is fine if nobody waits for the answer any more.
                let _ = answer.send(value);
            }
        });
        if let Err(problem) = asked {
            self.questions().unanswered -= 1;
            return Err(SecretError::Other(problem.to_string()));
        }
        answered.recv_timeout(patience).map_err(|_| {
            self.questions().given_up = true;
            self.forget();
            SecretError::Locked
        })
    }

    fn store(&self) -> Result<Arc<CredentialStore>, KeyringError> {
        if let Some(store) = self.slot().as_ref() {
            return Ok(Arc::clone(store));
        }
        // Opened outside the lock, because a bus that hangs must not block
        // `forget`.
        let store = platform::open()?;
        *self.slot() = Some(Arc::clone(&store));
        Ok(store)
    }

    fn forget(&self) {
        *self.slot() = None;
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
        Self { open: Arc::default(), patience }
    }

    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        question: impl FnOnce(&Entry) -> Result<T, KeyringError> + Send + 'static,
    ) -> Result<Option<T>, SecretError> {
        let name = name.to_owned();
        let answer = self.open.ask(self.patience, move |open| {
            let entry = open.store()?.build(SERVICE, &name, None)?;
            question(&entry)
        })?;
        match answer {
            Ok(value) => Ok(Some(value)),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(problem) => {
                self.open.forget();
                Err(self.explain(&problem))
            }
        }
    }

    /// Explains a failure by the state of the keyring, because its error values
    /// differ between desktops and versions.
    fn explain(&self, problem: &KeyringError) -> SecretError {
        match (self.state(), problem) {
            (KeyringState::Absent, _) => SecretError::Unavailable,
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
        kept.ok_or_else(|| SecretError::Other("the keyring did not take the entry".to_owned()))
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.ask(name, Entry::delete_credential).map(|_| ())
    }

    fn state(&self) -> KeyringState {
        self.open
            .ask(PATIENCE_FOR_STATE.min(self.patience), |_| platform::state())
            .unwrap_or(KeyringState::Locked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_that_does_not_answer_is_given_up_and_asked_again_later() {
        let open = Arc::new(OpenKeyring::default());
        let (release, prompt) = mpsc::channel::<()>();
        let waits_for_a_person = open.ask(Duration::from_millis(20), move |_| prompt.recv().is_ok());
        assert!(matches!(waits_for_a_person, Err(SecretError::Locked)));

        let behind_the_prompt = open.ask(Duration::from_mins(1), |_| ());
        assert!(matches!(behind_the_prompt, Err(SecretError::Locked)));

        release.send(()).unwrap();
        while open.questions().unanswered > 0 {
            std::thread::yield_now();
        }
        assert_eq!(open.ask(Duration::from_mins(1), |_| 7).unwrap(), 7);
    }
}
