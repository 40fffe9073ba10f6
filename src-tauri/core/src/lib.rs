//! Everything Vitrine does: importing pictures, keeping them safe, telling the
//! bucket about them. Knows nothing of windows, of Tauri or of a terminal.
#![warn(missing_docs)]

pub mod bucket;
pub mod catalog;
mod directory;
pub mod environment;
mod error;
pub mod files;
pub mod import;
pub mod library;
mod marker;
pub mod metadata;
pub mod model;
mod private;
pub mod secrets;
pub mod transfer;
pub mod verify;
pub mod watch;

pub use error::Error;
pub use library::Library;
