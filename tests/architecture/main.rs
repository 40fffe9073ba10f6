//! Checks which modules may import which others, and that nothing imports in a
//! circle. Reads the sources; the lists are in `allowed.rs`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allowed;
mod circles;
mod commands;
mod imports;
mod modules;
mod planted;
mod product_code;
mod rust_rules;
mod sources;
mod tokens;
mod ui_imports;
mod ui_rules;

use allowed::UI;
use rust_rules::LISTS;
use sources::{Source, product_sources};
use ui_rules::UI_FOLDER;

/// Returns descriptions of everything that the lists do not allow.
fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = rust_rules::violations(sources);
    found.extend(ui_rules::violations(sources));
    found
}

#[test]
fn every_import_is_allowed_and_none_is_circular() {
    let found = violations(&product_sources());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn every_listed_module_has_sources() {
    let sources = product_sources();
    for (folder, modules) in LISTS.into_iter().chain([(UI_FOLDER, UI)]) {
        for (module, _) in modules {
            let is_here = |source: &Source| {
                let after = source.path.strip_prefix(folder).and_then(|inner| inner.strip_prefix(module));
                after.is_some_and(|after| matches!(after, "" | ".rs") || after.starts_with('/'))
            };
            assert!(sources.iter().any(is_here), "there is no module {module} in {folder}");
        }
    }
}
