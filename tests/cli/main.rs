//! Tests the command line as a script sees it: arguments go in; lines, exit
//! codes and objects in a bucket come out.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod choices;
mod clock;
mod configuration;
mod curating;
mod feed;
mod fixture;
mod full_disk;
mod interrupting;
mod journey;
mod memory;
mod order;
mod output;
mod passed_over;
mod private;
mod recovery;
mod settings;
mod similar;
mod strict;
mod surface;
mod transfers;
mod verify;
mod watch;
