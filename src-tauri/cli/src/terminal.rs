//! Messages and tables for people.

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use std::io::Write;

/// Prints a message to standard error, beside the data.
pub(crate) fn say(text: &str) {
    // If standard error is closed, there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Returns rows as a table without lines.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(header);
    for row in rows {
        table.add_row(row.into_iter().map(|cell| printable(&cell)));
    }
    table.trim_fmt()
}

/// Joins things into a list, as in a sentence.
pub(crate) fn listed(things: &[String]) -> String {
    match things {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Replaces control characters. File names and prompts come from outside, and
/// may contain codes that control a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_cannot_control_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
    }
}
