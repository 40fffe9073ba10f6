//! What several integration and end-to-end tests share.

pub mod desktop;
pub mod drag;
pub mod process;
pub mod window;
