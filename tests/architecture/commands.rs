//! Every command is in the list, and nothing else is.

use crate::product_code::product_code;
use crate::rust_rules::{DESKTOP_FOLDER, crate_folder};
use crate::sources::{Source, product_sources};
use crate::tokens::closing;
use std::collections::BTreeSet;

const FOLDER: &str = "src-tauri/commands/";
const LIST: &str = "src-tauri/command_list.rs";

/// Returns the commands that the sources define: every function with the attribute
/// `command`, by whatever path or name.
fn defined(sources: &[Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for code in product_code(sources) {
        if crate_folder(code.path) != Some(DESKTOP_FOLDER) {
            continue;
        }
        let module = code.path.trim_start_matches(FOLDER).trim_end_matches(".rs");
        let renamed = code.tokens.windows(3).filter(|three| three[..2] == ["command", "as"]);
        let names: Vec<&str> = renamed.map(|three| three[2]).chain(["command"]).collect();
        for at in 0..code.tokens.len() {
            if !code.tokens[at..].starts_with(&["#", "["]) {
                continue;
            }
            let end = closing(&code.tokens, at + 1);
            let attribute = &code.tokens[at + 1..end];
            let is_command = attribute
                .windows(2)
                .any(|pair| matches!(pair[0], "[" | "::" | ",") && names.contains(&pair[1]));
            if is_command {
                let name = code.tokens[end..].iter().skip_while(|token| **token != "fn").nth(1);
                found.insert(format!("{module}::{}", name.unwrap_or(&"")));
            }
        }
    }
    found
}

/// Returns the commands in the list.
fn listed(sources: &[Source]) -> BTreeSet<String> {
    let code = product_code(sources);
    let list = code.iter().find(|code| code.path == LIST).unwrap();
    list.tokens.windows(3).filter(|three| three[1] == "::").map(<[&str]>::concat).collect()
}

#[test]
fn every_command_is_in_the_list() {
    let sources = product_sources();
    let listed = listed(&sources);
    assert!(listed.len() > 50, "{listed:?}");
    assert_eq!(defined(&sources), listed);
}

#[test]
fn a_command_in_no_list_is_found() {
    let texts = [
        "#[tauri::command]\n#[specta::specta]\npub(crate) async fn format_disk() {}",
        "use tauri::command;\n#[command]\n#[specta::specta]\npub(crate) async fn format_disk() {}",
        "use tauri::command as called;\n#[called(async)]\npub(crate) fn format_disk() {}",
        "#[cfg_attr(unix, tauri::command)]\npub(crate) fn format_disk() {}",
        "#[cfg(test)]\nmod tests {}\n#[tauri::command]\npub(crate) fn format_disk() {}",
    ];
    for text in texts {
        let mut sources = product_sources();
        sources.push(Source::new("src-tauri/commands/planted.rs", text));
        let (defined, listed) = (defined(&sources), listed(&sources));
        assert_eq!(defined.difference(&listed).collect::<Vec<_>>(), ["planted::format_disk"], "{text}");
    }
}
