//! Where passwords are stored: in the keyring of the operating system or, if
//! there is none, in memory for this run. Owns the only types that may hold a
//! secret; must not know what a secret is for, beyond the bucket's credentials and the
//! token that purges its caches.
//!
//! Everything here blocks: async callers use `spawn_blocking`.

mod credentials;
mod memory;
mod platform;
mod purge_token;
mod system;

pub use credentials::Credentials;
pub use memory::MemorySecrets;
pub use purge_token::PurgeToken;
pub use system::SystemKeyring;

use serde::Serialize;
use std::fmt;

/// A text that must never be printed, logged or sent over IPC. It has no
/// `Serialize`, its `Debug` and `Display` say `[secret]`, and its memory is
/// overwritten on drop as far as safe code can do that.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes ownership of the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself. Every caller of this function deserves a
    /// review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Says whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Prevents the compiler from removing a write that nobody reads.
        std::hint::black_box(&bytes);
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What the keyring of this session can do right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum KeyringState {
    /// The keyring responds and is unlocked.
    Available,
    /// No keyring responds; secrets are kept for this run only.
    Absent,
    /// There is a keyring, but it is locked or has not been set up.
    Locked,
}

/// Why a secret could not be read, stored or deleted.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No keyring responds.
    #[error("no keyring is available in this session")]
    Unavailable,
    /// The keyring is locked and was not unlocked in time.
    #[error("the keyring is locked")]
    Locked,
    /// Anything else, in the keyring's words, which never contain the secret.
    #[error("the keyring failed: {0}")]
    Other(String),
}

/// A store for named secrets. All calls block, for as long as a person takes to
/// answer an unlock prompt.
pub trait SecretStore: Send + Sync {
    /// Returns the secret with this name; `None` if there is none.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;
    /// Stores a secret under this name, and replaces an earlier one.
    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError>;
    /// Deletes the secret with this name; succeeds if there is none.
    fn delete(&self, name: &str) -> Result<(), SecretError>;
    /// Returns what the store can do now. Never shows a prompt.
    fn state(&self) -> KeyringState;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn the_state_is_serialised_in_snake_case() {
        assert_eq!(serde_json::to_string(&KeyringState::Locked).unwrap(), r#""locked""#);
    }
}
