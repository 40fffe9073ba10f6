//! Tests what is published, as readers of feeds, browsers and other programs see it.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod copies;
mod feeds;
mod fixture;
mod histories;
mod neighbours;
mod pages;
mod publishing;
mod verifying;
mod viewer;
