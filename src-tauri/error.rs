//! Failures as they cross to the window.

use vitrine_core::Error;
use vitrine_core::model::Failure;

/// What a command answers.
pub(crate) type IpcResult<T> = Result<T, Failure>;

/// Maps what the library answers to what crosses to the window.
pub(crate) trait ForTheWindow<T> {
    fn for_the_window(self) -> IpcResult<T>;
}

impl<T> ForTheWindow<T> for Result<T, Error> {
    fn for_the_window(self) -> IpcResult<T> {
        self.map_err(|error| error.to_failure())
    }
}
