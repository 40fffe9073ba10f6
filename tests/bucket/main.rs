//! Tests the bucket against a real S3 server, and the keyring against a real
//! one.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod chaos;
mod doctor;
mod feed_files;
mod fixture;
mod frozen;
mod keyring;
mod moments;
mod new_links;
mod objects;
mod purges;
mod requests;
mod stores;
mod strangers;
mod wire;
