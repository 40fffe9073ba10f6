//! The desktop shell: a thin host for `vitrine-core`. Takes state, calls the
//! library, maps the error; decides nothing itself.

mod commands;
mod dialogs;
mod drops;
mod error;
mod events;
mod opened;
mod platform;
mod protocol;
mod window;

pub use opened::OpenedLibrary;

use specta_typescript::Typescript;
use std::path::Path;
use std::process::ExitCode;
use tauri::ipc::Invoke;
use tauri::{Manager, Runtime};
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands, collect_events};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use vitrine_core::environment::log_levels;

/// The commands that are registered and granted.
pub const COMMAND_NAMES: &[&str] = include!("command_names.rs");

/// The typed wire: every command and event the window knows. A macro, because
/// commands cannot be collected for a runtime that is not named.
macro_rules! wire {
    ($runtime:ty) => {
        Builder::<$runtime>::new()
            .commands(collect_commands![
                commands::images::bootstrap,
                commands::images::list_images,
                commands::images::get_tiles,
                commands::images::get_image,
                commands::selection::selection_summary,
                commands::images::set_visibility,
                commands::images::edit_image,
                commands::dates::set_made,
                commands::dates::revert_made,
                commands::dates::put_made,
                commands::making::revert_edit,
                commands::making::raw_metadata,
                commands::making::parameters_text,
                commands::making::save_workflow::<$runtime>,
                commands::searches::explain_search,
                commands::searches::search_facets,
                commands::searches::saved_searches,
                commands::searches::save_search,
                commands::searches::forget_search,
                commands::made_with::made_with,
                commands::made_with::link_references,
                commands::made_with::unlink_reference,
                commands::images::remove_images,
                commands::images::restore_images,
                commands::images::empty_trash,
                commands::images::counts,
                commands::images::get_links,
                commands::images::open_link::<$runtime>,
                commands::images::drag_images::<$runtime>,
                commands::clipboard::copy_text,
                commands::galleries::list_galleries,
                commands::galleries::create_gallery,
                commands::galleries::rename_gallery,
                commands::galleries::arrange_galleries,
                commands::galleries::set_gallery_cover,
                commands::galleries::delete_gallery,
                commands::galleries::add_to_gallery,
                commands::galleries::take_from_gallery,
                commands::imports::import_with_dialog::<$runtime>,
                commands::imports::import_dropped,
                commands::imports::cancel_import,
                commands::transfers::transfer_summary,
                commands::transfers::list_transfers,
                commands::transfers::pause_transfers,
                commands::transfers::resume_transfers,
                commands::transfers::retry_transfers,
                commands::transfers::cancel_transfer,
                commands::settings::bucket_status,
                commands::settings::bucket_settings,
                commands::settings::connect_bucket,
                commands::settings::disconnect_bucket,
                commands::settings::check_bucket,
                commands::verify::verify_library,
                commands::verify::cancel_verify,
                commands::watch::watched_folders,
                commands::watch::watch_folder_with_dialog::<$runtime>,
                commands::watch::settle_watch_offer,
                commands::watch::set_watch_ignored,
                commands::watch::unwatch_folder,
                commands::settings::save_settings,
                commands::settings::space_use,
                commands::settings::add_profile,
                commands::settings::switch_profile,
                commands::settings::reveal_library::<$runtime>,
                commands::recovery::recovery_offer,
                commands::recovery::recover_library::<$runtime>,
                commands::recovery::reopen_library::<$runtime>,
            ])
            .events(collect_events![
                events::CatalogChangedEvent,
                events::TransfersChangedEvent,
                events::ImportProgressEvent,
                events::CheckStepEvent,
                events::VerifyProgressEvent,
                events::DatesFoundEvent,
                events::CatalogDamagedEvent,
                events::DragOverEvent,
                events::DroppedEvent,
            ])
            .error_handling(ErrorHandlingMode::Throw)
            .disable_serde_phases()
    };
}

/// Returns the typed wire of the window.
pub fn wire() -> Builder<tauri::Wry> {
    wire!(tauri::Wry)
}

/// Returns the typed wire of a window that is not drawn.
#[cfg(feature = "test-host")]
pub fn undrawn_wire() -> Builder<tauri::test::MockRuntime> {
    wire!(tauri::test::MockRuntime)
}

/// Returns a window that is not drawn, over this library, with all that a
/// drawn one has to answer commands.
#[cfg(feature = "test-host")]
pub fn undrawn(library: OpenedLibrary) -> tauri::Builder<tauri::test::MockRuntime> {
    tauri::test::mock_builder()
        .manage(library)
        .manage(drops::Drops::default())
        .manage(commands::images::NewestIndex::default())
        .manage(commands::selection::NewestSelection::default())
        .manage(commands::clipboard::Clipboard::default())
        .manage(commands::imports::RunningImport::default())
        .manage(commands::verify::RunningVerify::default())
        .invoke_handler(answer(&undrawn_wire()))
}

/// Returns the real configuration and capabilities, for a window that is not
/// drawn.
#[cfg(feature = "test-host")]
pub fn undrawn_context() -> tauri::Context<tauri::test::MockRuntime> {
    tauri::generate_context!(test = true)
}

/// Writes the bindings of the interface.
///
/// # Errors
/// Fails when a type cannot be expressed or the file cannot be written.
pub fn export_bindings(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    wire().export(Typescript::default(), path)?;
    Ok(())
}

/// Returns what answers the commands of a window.
pub fn answer<R: Runtime>(wire: &Builder<R>) -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    let typed = wire.invoke_handler();
    // These take or give raw bytes, which the typed wire does not know.
    let raw: Box<dyn Fn(Invoke<R>) -> bool + Send + Sync> =
        Box::new(tauri::generate_handler![commands::imports::import_pasted, commands::images::view_index]);
    move |invoke| {
        if matches!(invoke.message.command(), "import_pasted" | "view_index") {
            raw(invoke)
        } else {
            typed(invoke)
        }
    }
}

/// Opens the window and returns when it is closed.
pub fn run() -> ExitCode {
    start_log();
    platform::before_the_window();
    let wire = wire();
    let app = tauri::Builder::default()
        .plugin(window::alone())
        .plugin(window::remembered())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .manage(OpenedLibrary::from_environment())
        .manage(drops::Drops::default())
        .manage(commands::images::NewestIndex::default())
        .manage(commands::selection::NewestSelection::default())
        .manage(commands::clipboard::Clipboard::default())
        .manage(commands::imports::RunningImport::default())
        .manage(commands::verify::RunningVerify::default())
        .register_asynchronous_uri_scheme_protocol(protocol::SCHEME, protocol::respond)
        .invoke_handler(answer(&wire))
        .setup(move |app| {
            wire.mount_events(app);
            window::open(app.handle())?;
            opened::begin(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|app, event| {
                if matches!(event, tauri::RunEvent::Exit) {
                    app.state::<OpenedLibrary>().end();
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window cannot be opened");
            ExitCode::FAILURE
        }
    }
}

fn start_log() {
    let wanted = log_levels("vitrine_desktop", LevelFilter::WARN);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = tracing_subscriber::registry().with(lines).with(Targets::new().with_targets(wanted.levels));
    // In tests another log may be there already.
    let _ = log.try_init();
    for word in wanted.ignored {
        tracing::warn!(word, "VITRINE_LOG asks for what is never logged");
    }
}
