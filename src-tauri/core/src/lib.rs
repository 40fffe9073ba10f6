//! Everything that Vitrine does: importing pictures, keeping them safe,
//! transferring them to the bucket. Knows nothing about windows, Tauri or a
//! terminal.
//!
//! [`Library`] is the only entrance. Its arguments and results are in [`model`]
//! and [`library`]; the other modules are private. The feature `internals`
//! opens them to the tests of this workspace.
#![warn(missing_docs)]
#![cfg_attr(
    not(feature = "internals"),
    allow(
        unreachable_pub,
        unused_imports,
        reason = "modules publish the same names with the feature and without it"
    )
)]

#[cfg(not(feature = "internals"))]
mod bucket;
#[cfg(feature = "internals")]
pub mod bucket;
#[cfg(not(feature = "internals"))]
mod catalog;
#[cfg(feature = "internals")]
pub mod catalog;
mod directory;
pub mod environment;
mod error;
#[cfg(not(feature = "internals"))]
mod files;
#[cfg(feature = "internals")]
pub mod files;
#[cfg(not(feature = "internals"))]
mod import;
#[cfg(feature = "internals")]
pub mod import;
pub mod library;
mod marker;
#[cfg(not(feature = "internals"))]
mod metadata;
#[cfg(feature = "internals")]
pub mod metadata;
pub mod model;
mod private;
#[cfg(not(feature = "internals"))]
mod public_copy;
#[cfg(feature = "internals")]
pub mod public_copy;
#[cfg(not(feature = "internals"))]
mod publish;
#[cfg(feature = "internals")]
pub mod publish;
pub mod secrets;
#[cfg(not(feature = "internals"))]
mod transfer;
#[cfg(feature = "internals")]
pub mod transfer;
#[cfg(not(feature = "internals"))]
mod verify;
#[cfg(feature = "internals")]
pub mod verify;
#[cfg(not(feature = "internals"))]
mod watch;
#[cfg(feature = "internals")]
pub mod watch;

pub use error::Error;
pub use library::Library;
