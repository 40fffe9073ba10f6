//! The bucket's credentials as one entry of a secret store.

use super::{Secret, SecretError, SecretStore};
use serde::Deserialize;

/// The keys that prove to the bucket who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id. It is not secret by itself, but treated as if it
    /// were.
    pub access_key_id: Secret,
    /// The secret access key. It signs requests and is never sent.
    pub secret_access_key: Secret,
    /// What else temporary keys need. It is never stored.
    pub session_token: Option<Secret>,
}

/// The stored form. Both keys are in one entry, so that one prompt unlocks
/// them, and a crash never leaves half of a new pair with half of an old one.
#[derive(Deserialize)]
struct StoredCredentials {
    access_key_id: String,
    secret_access_key: String,
}

fn entry_name(library_id: &str) -> String {
    format!("bucket-credentials:{library_id}")
}

impl Credentials {
    /// Returns the stored credentials of a library; `None` if there are none.
    pub fn load(store: &dyn SecretStore, library_id: &str) -> Result<Option<Self>, SecretError> {
        let Some(text) = store.get(&entry_name(library_id))? else { return Ok(None) };
        // The parser's own message could contain the secret.
        let stored: StoredCredentials = serde_json::from_str(text.expose())
            .map_err(|_| SecretError::Other("the stored credentials are not readable".to_owned()))?;
        Ok(Some(Self {
            access_key_id: Secret::new(stored.access_key_id),
            secret_access_key: Secret::new(stored.secret_access_key),
            session_token: None,
        }))
    }

    /// Stores the credentials of a library, and replaces earlier ones.
    pub fn store(&self, store: &dyn SecretStore, library_id: &str) -> Result<(), SecretError> {
        let text = serde_json::json!({
            "access_key_id": self.access_key_id.expose(),
            "secret_access_key": self.secret_access_key.expose(),
        });
        store.set(&entry_name(library_id), &Secret::new(text.to_string()))
    }

    /// Deletes the credentials of a library.
    pub fn forget(store: &dyn SecretStore, library_id: &str) -> Result<(), SecretError> {
        store.delete(&entry_name(library_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::MemorySecrets;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: Secret::new("AKID"),
            secret_access_key: Secret::new("s\"e\\c"),
            session_token: None,
        }
    }

    #[test]
    fn credentials_come_back_unchanged_for_their_library() {
        let store = MemorySecrets::default();
        credentials().store(&store, "one").unwrap();
        assert_eq!(Credentials::load(&store, "one").unwrap(), Some(credentials()));
        assert_eq!(Credentials::load(&store, "two").unwrap(), None);
        Credentials::forget(&store, "one").unwrap();
        Credentials::forget(&store, "one").unwrap();
        assert_eq!(Credentials::load(&store, "one").unwrap(), None);
    }

    #[test]
    fn a_damaged_entry_is_reported_without_quoting_it() {
        let store = MemorySecrets::default();
        store.set("bucket-credentials:one", &Secret::new("hunter2")).unwrap();
        let problem = Credentials::load(&store, "one").unwrap_err();
        assert!(!format!("{problem} {problem:?}").contains("hunter2"));
    }
}
