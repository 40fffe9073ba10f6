//! The bucket, profiles and settings.

use super::images::{Bootstrap, bootstrap_of};
use crate::error::IpcResult;
use crate::opened::OpenedLibrary;
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_opener::OpenerExt;
use vitrine_core::library::{BucketForm, BucketSettings, BucketStatus};
use vitrine_core::model::{BucketUsage, CheckStep, ErrorCode, Failure, OwnerId, Profile, Settings, SpaceUse};

/// Says whether a bucket is connected.
#[tauri::command]
#[specta::specta]
pub(crate) async fn bucket_status(library: State<'_, OpenedLibrary>) -> IpcResult<BucketStatus> {
    Ok(library.get().await?.bucket_status().await?)
}

/// Returns the bucket's settings, never a credential.
#[tauri::command]
#[specta::specta]
pub(crate) async fn bucket_settings(library: State<'_, OpenedLibrary>) -> IpcResult<BucketSettings> {
    Ok(library.get().await?.bucket_settings().await?)
}

/// Returns what this library uses of its bucket this month.
#[tauri::command]
#[specta::specta]
pub(crate) async fn bucket_usage(library: State<'_, OpenedLibrary>) -> IpcResult<BucketUsage> {
    Ok(library.get().await?.bucket_usage().await?)
}

/// Saves the settings of a bucket, and uploads what is waiting.
#[tauri::command]
#[specta::specta]
pub(crate) async fn connect_bucket(
    library: State<'_, OpenedLibrary>,
    form: BucketForm,
) -> IpcResult<BucketSettings> {
    Ok(library.get().await?.connect_bucket(form).await?)
}

/// Deletes the bucket's settings and its credentials.
#[tauri::command]
#[specta::specta]
pub(crate) async fn disconnect_bucket(library: State<'_, OpenedLibrary>) -> IpcResult<BucketSettings> {
    Ok(library.get().await?.disconnect_bucket().await?)
}

/// Checks the bucket. Each step is reported when it ends.
#[tauri::command]
#[specta::specta]
pub(crate) async fn check_bucket(library: State<'_, OpenedLibrary>) -> IpcResult<Vec<CheckStep>> {
    Ok(library.get().await?.check_bucket(|_| ()).await?)
}

/// Saves the artist's settings.
#[tauri::command]
#[specta::specta]
pub(crate) async fn save_settings(
    library: State<'_, OpenedLibrary>,
    settings: Settings,
) -> IpcResult<Settings> {
    Ok(library.get().await?.save_settings(settings).await?)
}

/// Returns the disk space that the library uses.
#[tauri::command]
#[specta::specta]
pub(crate) async fn space_use(library: State<'_, OpenedLibrary>) -> IpcResult<SpaceUse> {
    Ok(library.get().await?.space_use().await?)
}

/// Adds a profile.
#[tauri::command]
#[specta::specta]
pub(crate) async fn add_profile(library: State<'_, OpenedLibrary>, name: String) -> IpcResult<Profile> {
    Ok(library.get().await?.add_profile(&name).await?)
}

/// Switches to another profile.
#[tauri::command]
#[specta::specta]
pub(crate) async fn switch_profile(library: State<'_, OpenedLibrary>, id: OwnerId) -> IpcResult<Bootstrap> {
    let library = library.get().await?;
    library.switch_profile(&id).await?;
    Ok(bootstrap_of(&library).await?)
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
        code: ErrorCode::InvalidInput,
        message: "The file manager cannot be opened.".to_owned(),
    })
}
