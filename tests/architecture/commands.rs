//! Every command is in the list, and nothing else is.

use crate::sources::{Source, product_sources};
use std::collections::BTreeSet;

const FOLDER: &str = "src-tauri/commands/";
const LIST: &str = "src-tauri/command_list.rs";

/// Returns the commands that the sources define.
fn defined(sources: &[Source]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources {
        let module = source.path.trim_start_matches(FOLDER).trim_end_matches(".rs").to_owned();
        for after in source.code.split("#[tauri::command").skip(1) {
            let name = after.split_once("fn ").map(|(_, name)| name);
            let name = name.and_then(|name| name.split(|c: char| !c.is_alphanumeric() && c != '_').next());
            found.insert(format!("{module}::{}", name.unwrap_or_default()));
        }
    }
    found
}

/// Returns the commands in the list.
fn listed(sources: &[Source]) -> BTreeSet<String> {
    let list = sources.iter().find(|source| source.path == LIST).unwrap();
    let words = list.code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    words.filter(|word| word.contains("::")).map(str::to_owned).collect()
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
    let mut sources = product_sources();
    let text = "#[tauri::command]\n#[specta::specta]\npub(crate) async fn format_disk() {}";
    sources.push(Source::new("src-tauri/commands/planted.rs", text));
    let (defined, listed) = (defined(&sources), listed(&sources));
    assert_eq!(defined.difference(&listed).collect::<Vec<_>>(), ["planted::format_disk"]);
}
