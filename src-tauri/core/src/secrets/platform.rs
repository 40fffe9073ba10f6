//! The keyring of each operating system: how to open it, and how to read its
//! state without showing a prompt.

use super::KeyringState;
use keyring_core::CredentialStore;
use std::sync::Arc;

#[cfg(target_os = "linux")]
pub(super) fn open() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
    Ok(store)
}

/// Reads whether the default collection is locked. Only asking the Secret
/// Service directly avoids the unlock prompt that reading an entry would show.
#[cfg(target_os = "linux")]
pub(super) fn state() -> KeyringState {
    use secret_service::{EncryptionType, blocking::SecretService};
    let Ok(service) = SecretService::connect(EncryptionType::Plain) else { return KeyringState::Absent };
    // A service without a default collection, or with one that does not exist
    // yet, cannot store anything until somebody sets it up. For the user, that
    // is a locked keyring.
    let locked = service.get_default_collection().and_then(|collection| collection.is_locked());
    match locked {
        Ok(false) => KeyringState::Available,
        Ok(true) | Err(_) => KeyringState::Locked,
    }
}

#[cfg(target_os = "macos")]
pub(super) fn open() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = apple_native_keyring_store::keychain::Store::new()?;
    Ok(store)
}

#[cfg(target_os = "windows")]
pub(super) fn open() -> keyring_core::Result<Arc<CredentialStore>> {
    let store: Arc<CredentialStore> = windows_native_keyring_store::Store::new()?;
    Ok(store)
}

#[cfg(any(target_os = "macos", target_os = "windows"))]
pub(super) fn state() -> KeyringState {
    open().map_or(KeyringState::Absent, |_| KeyringState::Available)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
pub(super) fn open() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(keyring_core::Error::NoDefaultStore)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
pub(super) fn state() -> KeyringState {
    KeyringState::Absent
}
