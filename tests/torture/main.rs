//! Tests the library with kills and with every order of events, against models
//! that know nothing of how it works.
#![expect(clippy::print_stdout, reason = "a run says its seed and what it tried")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acknowledged;
mod chosen;
mod clocks;
mod commands;
mod evidence;
mod feeds;
mod flips;
mod found;
mod interleavings;
mod kills;
mod ledger;
mod life;
mod upgrades;
