//! Failures in the form in which they cross to the window.

use vitrine_core::model::Failure;

/// The result of a command.
pub(crate) type IpcResult<T> = Result<T, Failure>;
