//! The regular upkeep of a library.

use crate::terminal::{printable, say};
use vitrine_core::Library;
use vitrine_core::model::UnixMs;

/// Backs up the catalog if that is due, and deletes expired images from the
/// trash. The window does this by itself, but users of scripts may never open
/// one.
pub(crate) async fn look_after(library: &Library) {
    if library.look_only().is_some() {
        return;
    }
    if let Err(error) = library.back_up_if_due(UnixMs::now()).await {
        say(&format!("Could not back up the catalog: {}", printable(&error.to_failure().message)));
    }
    if let Err(error) = library.expire_trash(UnixMs::now()).await {
        say(&format!(
            "Could not check the trash for expired images: {}",
            printable(&error.to_failure().message)
        ));
    }
}
