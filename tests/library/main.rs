//! Tests the library through its public interface, with real SQLite, real
//! folders, and a real S3 server for transfers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_inputs;
mod cancelling;
mod choices;
mod colours;
mod connecting;
mod content;
mod curating;
mod dates;
mod full_disk;
mod generation_data;
mod handing_out;
mod health;
mod journal;
mod looking;
mod looks;
mod many;
mod new_links;
mod nobody;
mod opening;
mod opens_elsewhere;
mod owners;
mod pages;
mod passing_over;
mod promises;
mod reference_links;
mod restart;
mod searching;
mod secrets;
mod selection;
mod sensitive;
mod shown;
mod space;
mod stacks;
mod transfers;
mod two_processes;
mod verify;
mod visibility;
mod watching;
mod words;
