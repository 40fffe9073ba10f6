//! The state of each operating system's keyring, read without showing a prompt, and
//! opening one again.

use super::KeyringState;

/// Reads whether the default collection is locked. Only asking the Secret
/// Service directly avoids the unlock prompt that reading an entry would show.
#[cfg(all(unix, not(target_os = "macos")))]
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

#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn state() -> KeyringState {
    match keyring::Entry::store_status() {
        Ok(()) => KeyringState::Available,
        Err(_) => KeyringState::Absent,
    }
}

/// Opens the keyring again. The package `keyring` opens the Secret Service once, and its
/// session ends with the daemon.
#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn reopen() -> keyring::Result<()> {
    keyring_core::set_default_store(zbus_secret_service_keyring_store::Store::new()?);
    Ok(())
}

/// The keyrings of these systems have no session that could end.
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) fn reopen() -> keyring::Result<()> {
    Ok(())
}
