//! Where passwords rest: the keyring of the operating system, or memory for
//! this run when there is none. Owns the only types that may hold a secret;
//! must not know what a secret is for, beyond the bucket's credentials.
//!
//! Everything here blocks: async callers go through `spawn_blocking`.

mod credentials;
mod memory;
mod platform;
mod system;

pub use credentials::Credentials;
pub use memory::MemorySecrets;
pub use system::SystemKeyring;

use serde::Serialize;
use std::fmt;

/// A text that must never be printed, logged or sent over IPC. It has no
/// `Serialize`, its `Debug` and `Display` say `[secret]`, and its memory is
/// overwritten on drop as far as safe code can.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes ownership of the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself. Every caller of this is a place to review.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Says whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        // Keeps the compiler from dropping a write nobody reads.
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
    /// It answers and is open.
    Available,
    /// No keyring answers; secrets live for this run only.
    Absent,
    /// There is one, but it is locked or has not been set up.
    Locked,
}

/// Why a secret could not be read, kept or removed.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No keyring answers.
    #[error("no keyring answers in this session")]
    Unavailable,
    /// The keyring is locked and was not unlocked in time.
    #[error("the keyring is locked")]
    Locked,
    /// Anything else, in the keyring's words; they never contain the secret.
    #[error("the keyring failed: {0}")]
    Other(String),
}

/// A place that keeps named secrets. All calls block, for as long as a person
/// takes to answer an unlock prompt.
pub trait SecretStore: Send + Sync {
    /// Returns the secret of that name, if there is one.
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError>;
    /// Keeps the secret under that name, replacing an earlier one.
    fn set(&self, name: &str, secret: &Secret) -> Result<(), SecretError>;
    /// Forgets the secret of that name; one that is not there is no error.
    fn delete(&self, name: &str) -> Result<(), SecretError>;
    /// Says what the store can do now. Never shows a prompt.
    fn state(&self) -> KeyringState;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "[secret] [secret]");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn the_state_crosses_the_wire_in_snake_case() {
        assert_eq!(serde_json::to_string(&KeyringState::Locked).unwrap(), r#""locked""#);
    }
}
