//! Tests what is published, as readers of feeds and browsers see it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod feeds;
mod fixture;
mod pages;
mod viewer;
