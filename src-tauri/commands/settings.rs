//! The bucket, profiles and choices.

use super::images::{Bootstrap, bootstrap_of};
use crate::error::{ForTheWindow, IpcResult};
use crate::opened::OpenedLibrary;
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_opener::OpenerExt;
use vitrine_core::bucket::doctor::CheckStep;
use vitrine_core::library::{BucketForm, BucketSettings, BucketStatus};
use vitrine_core::model::{ErrorCode, Failure, OwnerId, Profile, Settings, SpaceUse};

/// Says whether a bucket is connected.
#[tauri::command]
#[specta::specta]
pub(crate) async fn bucket_status(library: State<'_, OpenedLibrary>) -> IpcResult<BucketStatus> {
    library.get().await?.bucket_status().await.for_the_window()
}

/// Returns the bucket's settings. Never a credential.
#[tauri::command]
#[specta::specta]
pub(crate) async fn bucket_settings(library: State<'_, OpenedLibrary>) -> IpcResult<BucketSettings> {
    library.get().await?.bucket_settings().await.for_the_window()
}

/// Keeps the settings of a bucket and uploads what is waiting.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connect_bucket(
    library: State<'_, OpenedLibrary>,
    form: BucketForm,
) -> IpcResult<BucketSettings> {
    library.get().await?.connect_bucket(form).await.for_the_window()
}

/// Forgets the bucket and its credentials.
#[tauri::command]
#[specta::specta]
pub(crate) async fn disconnect_bucket(library: State<'_, OpenedLibrary>) -> IpcResult<BucketSettings> {
    library.get().await?.disconnect_bucket().await.for_the_window()
}

/// Tries the bucket out; each step is told as it ends.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_bucket(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<CheckStep>> {
    library.get().await?.check_bucket(|_| ()).await.for_the_window()
}

/// Keeps what the artist chose.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_settings(
    library: State<'_, OpenedLibrary>,
    settings: Settings,
) -> IpcResult<Settings> {
    library.get().await?.save_settings(settings).await.for_the_window()
}

/// Returns what the library takes on this disk.
#[tauri::command]
#[specta::specta]
pub(crate) async fn space_use(library: State<'_, OpenedLibrary>) -> IpcResult<SpaceUse> {
    library.get().await?.space_use().await.for_the_window()
}

/// Adds a profile.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_profile(library: State<'_, OpenedLibrary>, name: String) -> IpcResult<Profile> {
    library.get().await?.add_profile(&name).await.for_the_window()
}

/// Works as another profile from now on.
#[tauri::command]
#[specta::specta]
pub(crate) async fn switch_profile(library: State<'_, OpenedLibrary>, id: OwnerId) -> IpcResult<Bootstrap> {
    let library = library.get().await?;
    library.switch_profile(&id).await.for_the_window()?;
    bootstrap_of(&library).await.for_the_window()
}

/// Shows the library's folder in the file manager.
#[tauri::command]
#[specta::specta]
pub(crate) async fn reveal_library<R: Runtime>(
    app: AppHandle<R>,
    library: State<'_, OpenedLibrary>,
) -> IpcResult<()> {
    let folder = library.folder()?;
    app.opener().reveal_item_in_dir(folder).map_err(|_| Failure {
        code: ErrorCode::LibraryUnusable,
        message: "The file manager cannot be opened.".to_owned(),
    })
}
