//! Failures as they cross to the window.

use vitrine_core::model::Failure;

/// What a command answers.
pub(crate) type IpcResult<T> = Result<T, Failure>;
