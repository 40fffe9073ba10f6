//! The desktop shell: a thin host for `vitrine-core`. Takes state, calls the
//! library and maps the error; makes no decisions itself.

#[macro_use]
mod command_list;
mod commands;
mod dialogs;
mod drops;
mod error;
mod events;
mod log;
mod memory;
mod notifications;
mod offers;
mod opened;
mod platform;
mod protocol;
mod window;

pub use offers::OfferedFiles;
pub use opened::OpenedLibrary;

use specta_typescript::Typescript;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tauri::ipc::Invoke;
use tauri::{Manager, Runtime};
use tauri_specta::{Builder, Commands, ErrorHandlingMode, collect_commands, collect_events};
use vitrine_core::environment;
use vitrine_core::model::{DAYS_IN_TRASH, SETTING_RANGES};

macro_rules! names {
    (typed { $($typed_module:ident::$typed:ident $(<$runtime:ident>)?,)* } raw { $($raw_module:ident::$raw:ident,)* }) => {
        &[$(stringify!($typed),)* $(stringify!($raw),)*]
    };
}

/// The names of all commands.
pub const COMMAND_NAMES: &[&str] = with_commands!(names);

/// The set of permissions that the build script made from the list.
#[cfg(feature = "test-host")]
pub const GRANTED_SET: &str = include_str!(concat!(env!("OUT_DIR"), "/permissions/every-command.toml"));

macro_rules! raw_names {
    (typed { $($typed:tt)* } raw { $($module:ident::$raw:ident,)* }) => { &[$(stringify!($raw),)*] };
}

/// The names of the commands that take or return raw bytes.
pub const RAW_COMMAND_NAMES: &[&str] = with_commands!(raw_names);

/// A macro, because functions can be collected only for a named runtime. The
/// caller names it `R`.
macro_rules! typed_commands {
    (typed { $($module:ident::$name:ident $(<$runtime:ident>)?,)* } raw { $($raw:tt)* }) => {
        collect_commands![$(commands::$module::$name $(::<$runtime>)?),*]
    };
}

macro_rules! raw_commands {
    (typed { $($typed:tt)* } raw { $($module:ident::$name:ident,)* }) => {
        tauri::generate_handler![$(commands::$module::$name),*]
    };
}

/// Adds everything else that crosses to the window to the commands.
fn wire_of<R: Runtime>(commands: Commands<R>) -> Builder<R> {
    Builder::<R>::new()
        .commands(commands)
        .events(collect_events![
            events::CatalogChangedEvent,
            events::TransfersChangedEvent,
            events::ImportProgressEvent,
            events::CopiesSavedEvent,
            events::CheckStepEvent,
            events::VerifyProgressEvent,
            events::DatesFoundEvent,
            events::DuplicatesProgressEvent,
            events::CachesPurgedEvent,
            events::CatalogDamagedEvent,
            events::FeedChangedEvent,
            events::WindowClosesEvent,
            events::DragOverEvent,
            events::DroppedEvent,
            events::FilesOfferedEvent,
        ])
        .constant("settingRanges", SETTING_RANGES)
        .constant("daysInTrash", DAYS_IN_TRASH)
        .error_handling(ErrorHandlingMode::Throw)
        .disable_serde_phases()
}

/// Returns the typed wire of the window.
pub fn wire() -> Builder<tauri::Wry> {
    type R = tauri::Wry;
    wire_of(with_commands!(typed_commands))
}

/// Returns the typed wire of a window that is not drawn.
#[cfg(feature = "test-host")]
pub fn undrawn_wire() -> Builder<tauri::test::MockRuntime> {
    type R = tauri::test::MockRuntime;
    wire_of(with_commands!(typed_commands))
}

/// Returns a window that is not drawn, over this library, with everything that
/// a drawn one has for answering commands.
#[cfg(feature = "test-host")]
pub fn undrawn(library: OpenedLibrary) -> tauri::Builder<tauri::test::MockRuntime> {
    with_state(tauri::test::mock_builder(), library)
        .manage(log::Log::of_library(None))
        .manage(Arc::new(memory::WindowMemory::new(None)))
        .invoke_handler(answer(&undrawn_wire()))
}

/// Returns the real configuration and capabilities, for a window that is not
/// drawn.
#[cfg(feature = "test-host")]
pub fn undrawn_context() -> tauri::Context<tauri::test::MockRuntime> {
    tauri::generate_context!(test = true)
}

/// Writes the TypeScript bindings of the interface.
///
/// # Errors
/// Fails if a type cannot be expressed or the file cannot be written.
pub fn export_bindings(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    wire().export(Typescript::default(), path)?;
    Ok(())
}

/// Returns the handler for the commands of a window.
pub fn answer<R: Runtime>(wire: &Builder<R>) -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    let typed = wire.invoke_handler();
    let raw: Box<dyn Fn(Invoke<R>) -> bool + Send + Sync> = Box::new(with_commands!(raw_commands));
    move |invoke| {
        let is_raw = RAW_COMMAND_NAMES.contains(&invoke.message.command());
        if is_raw { raw(invoke) } else { typed(invoke) }
    }
}

/// Gives a window the state that its commands keep between calls.
fn with_state<R: Runtime>(builder: tauri::Builder<R>, library: OpenedLibrary) -> tauri::Builder<R> {
    builder
        .manage(library)
        .manage(drops::Drops::default())
        .manage(offers::OfferedFiles::default())
        .manage(commands::images::NewestIndex::default())
        .manage(commands::selection::NewestSelection::default())
        .manage(commands::clipboard::Clipboard::default())
        .manage(commands::imports::RunningImport::default())
        .manage(commands::handing_out::RunningSave::default())
        .manage(commands::feed::RunningPreview::default())
        .manage(commands::looks::RunningDuplicates::default())
        .manage(commands::verify::RunningVerify::default())
}

/// Opens the window, and returns when it is closed.
pub fn run() -> ExitCode {
    let log = log::Log::of_library(environment::library_folder());
    log.start();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), system = std::env::consts::OS, "the window opens");
    let wire = wire();
    let app = with_state(tauri::Builder::default(), OpenedLibrary::from_environment())
        .manage(log)
        .plugin(window::alone())
        .plugin(window::remembered())
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_opener::init())
        .register_asynchronous_uri_scheme_protocol(protocol::SCHEME, protocol::respond)
        .invoke_handler(answer(&wire))
        .setup(move |app| {
            wire.mount_events(app);
            app.manage(Arc::new(window::memory(app.handle())));
            // The library opens while the window is made.
            opened::begin(app.handle());
            window::open(app.handle())?;
            let folder = std::env::current_dir().unwrap_or_default();
            offers::offer(app.handle(), offers::files_in(std::env::args_os(), &folder));
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => {
            app.run(|app, event| match event {
                tauri::RunEvent::Exit => app.state::<OpenedLibrary>().end(),
                // macOS does not pass files as arguments.
                #[cfg(target_os = "macos")]
                tauri::RunEvent::Opened { urls } => {
                    offers::offer(app, urls.iter().filter_map(|url| url.to_file_path().ok()).collect());
                }
                _ => {}
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window cannot be opened");
            ExitCode::FAILURE
        }
    }
}
