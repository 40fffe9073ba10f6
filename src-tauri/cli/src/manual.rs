//! The manual pages and the completions of shells. Both are made from the definitions of the
//! arguments, so that there is no second list of them.

use crate::arguments::Arguments;
use crate::output::{DONE, Output};
use crate::terminal::printable;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::path::Path;
use vitrine_core::Error;

/// Prints the completions for a shell.
pub(crate) fn completions(shell: Shell, out: &Output) -> Result<u8, Error> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "vitrine", &mut script);
    let script = String::from_utf8(script).map_err(|_| Error::Internal)?;
    out.value(&script, || script.trim_end().to_owned());
    Ok(DONE)
}

/// Writes the page of `vitrine` and of each of its commands into a folder, and prints the folder.
pub(crate) fn manual(folder: &Path, out: &Output) -> Result<u8, Error> {
    clap_mangen::generate_to(Arguments::command(), folder).map_err(|error| {
        Error::Invalid(format!("the manual pages cannot be written to this folder: {error}"))
    })?;
    let folder = folder.display().to_string();
    out.value(&folder, || printable(&folder));
    Ok(DONE)
}
