//! What only some operating systems need. The one place for it in the shell.

/// Settings that have to be made before the first window.
pub(crate) fn before_the_window() {}
