//! The token that purges caches, as one entry of a secret store.

use super::{Secret, SecretError, SecretStore};

/// The token with which addresses are purged from the caches in front of the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeToken(pub Secret);

fn entry_name(library_id: &str) -> String {
    format!("purge-token:{library_id}")
}

impl PurgeToken {
    /// Returns the stored token of a library; `None` if there is none.
    pub fn load(store: &dyn SecretStore, library_id: &str) -> Result<Option<Self>, SecretError> {
        Ok(store.get(&entry_name(library_id))?.map(Self))
    }

    /// Stores the token of a library, and replaces an earlier one.
    pub fn store(&self, store: &dyn SecretStore, library_id: &str) -> Result<(), SecretError> {
        store.set(&entry_name(library_id), &self.0)
    }

    /// Deletes the token of a library.
    pub fn forget(store: &dyn SecretStore, library_id: &str) -> Result<(), SecretError> {
        store.delete(&entry_name(library_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::MemorySecrets;

    #[test]
    fn a_token_comes_back_unchanged_for_its_library() {
        let store = MemorySecrets::default();
        let token = PurgeToken(Secret::new("hunter\"2\\"));
        token.store(&store, "one").unwrap();
        assert_eq!(PurgeToken::load(&store, "one").unwrap(), Some(token.clone()));
        assert_eq!(PurgeToken::load(&store, "two").unwrap(), None);
        assert!(!format!("{token:?}").contains("hunter"));
        PurgeToken::forget(&store, "one").unwrap();
        PurgeToken::forget(&store, "one").unwrap();
        assert_eq!(PurgeToken::load(&store, "one").unwrap(), None);
    }
}
