//! Secrets for this run only, in memory.

use super::{KeyringState, Secret, SecretError, SecretStore};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps secrets in memory until the process ends. It replaces a keyring that
/// does not respond, so its state says that there is none.
#[derive(Debug, Default)]
pub struct MemorySecrets {
    secrets: Mutex<HashMap<String, Secret>>,
}

impl MemorySecrets {
    fn secrets(&self) -> MutexGuard<'_, HashMap<String, Secret>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretStore for MemorySecrets {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self.secrets().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.secrets().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.secrets().remove(name);
        Ok(())
    }

    fn state(&self) -> KeyringState {
        KeyringState::Absent
    }
}
