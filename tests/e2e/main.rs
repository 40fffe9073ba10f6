//! Tests the real window on a separate desktop, with a real S3 server and real
//! drags. Only one window runs at a time, because `WebKit` allows one
//! automation session.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod collections;
mod connect;
mod curating;
mod dates;
mod durability;
mod everyone;
mod feed;
mod fixture;
mod galleries;
mod generation_data;
mod grid;
mod inspector;
mod journey;
mod keyboard;
mod notifying;
mod opened_with;
mod reference_links;
mod restart;
mod searching;
mod stacks;
mod viewer;
mod watching;
