//! Tests the interface between window and shell.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bindings;
mod capability;
mod commands;
mod fixture;
