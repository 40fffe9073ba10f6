//! The commands of the window. Each command takes state, calls the library and
//! maps the error.

pub(crate) mod choices;
pub(crate) mod clipboard;
pub(crate) mod collections;
pub(crate) mod dates;
pub(crate) mod feed;
pub(crate) mod galleries;
pub(crate) mod generation_data;
pub(crate) mod handing_out;
pub(crate) mod images;
pub(crate) mod imports;
pub(crate) mod log;
pub(crate) mod looks;
pub(crate) mod memory;
pub(crate) mod recovery;
pub(crate) mod reference_links;
pub(crate) mod searches;
pub(crate) mod selection;
pub(crate) mod settings;
pub(crate) mod transfers;
pub(crate) mod verify;
pub(crate) mod watch;
