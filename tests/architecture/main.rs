//! Checks which modules may import which others, and that nothing imports in a
//! circle. Reads the sources; the lists are in `allowed.rs`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allowed;
mod commands;
mod imports;
mod sources;

use allowed::{CORE, CRATES, HOSTS, PACKAGES, UI};
use imports::{Crate, circles, imported, paths};
use sources::{Source, product_sources};
use std::collections::BTreeMap;

const CORE_FOLDER: &str = "src-tauri/core/src/";
const CLI_FOLDER: &str = "src-tauri/cli/src/";
const DESKTOP_FOLDER: &str = "src-tauri/";
const UI_FOLDER: &str = "ui/src/";

/// Returns descriptions of everything that the lists do not allow.
fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        if let Some(inner) = source.path.strip_prefix(CORE_FOLDER) {
            found.extend(core_violations(source, inner));
        } else if source.path.starts_with(DESKTOP_FOLDER) {
            found.extend(host_violations(source));
        } else if let Some(inner) = source.path.strip_prefix(UI_FOLDER) {
            found.extend(ui_violations(source, inner));
        }
    }
    for (folder, apart) in
        [(CORE_FOLDER, &[][..]), (CLI_FOLDER, &[]), (DESKTOP_FOLDER, &[CORE_FOLDER, CLI_FOLDER])]
    {
        let imports = Crate::of(sources, folder, apart).imports();
        found.extend(circles(&imports).into_iter().map(|circle| format!("{folder} has a circle: {circle}")));
    }
    found
        .extend(circles(&ui_imports(sources)).into_iter().map(|circle| format!("ui has a circle: {circle}")));
    found
}

fn core_violations(source: &Source, inner: &str) -> Vec<String> {
    let own = inner.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    if own == "lib" {
        return Vec::new();
    }
    let Some((_, allowed)) = CORE.iter().find(|(module, _)| *module == own) else {
        return vec![format!("{}: the module {own} has no line in allowed.rs", source.path)];
    };
    let all = paths(source);
    // The folders of a module's path, without its own name.
    let depth = inner.trim_end_matches("/mod.rs").trim_end_matches(".rs").split('/').count();
    let mut found = Vec::new();
    for path in all.used.iter().chain(&all.published) {
        let above = path.iter().take_while(|part| *part == "super").count();
        let target = match path.first().map(String::as_str) {
            Some("crate") => path.get(1),
            Some("super") if above >= depth => path.get(above),
            _ => None,
        };
        if let Some(target) = target
            && target.starts_with(char::is_lowercase)
            && target != own
            && !allowed.contains(&target.as_str())
        {
            found.push(format!("{}: {own} may not import {target}", source.path));
        }
    }
    found.extend(foreign_violations(source, &all.used));
    found
}

fn host_violations(source: &Source) -> Vec<String> {
    let all = paths(source);
    let mut found = foreign_violations(source, &all.used);
    for path in all.used.iter().chain(&all.published) {
        if path.first().is_some_and(|first| first == "vitrine_core")
            && let Some(target) = path.get(1)
            && !HOSTS.contains(&target.as_str())
        {
            found.push(format!("{}: hosts ask the library, not vitrine_core::{target}", source.path));
        }
    }
    found
}

fn foreign_violations(source: &Source, used: &[imports::Path]) -> Vec<String> {
    let mut found = Vec::new();
    for first in used.iter().filter_map(|path| path.first()) {
        for (name, places) in CRATES {
            let is_here = |place: &&&str| match place.split_once('*') {
                Some((folder, _)) => {
                    source.path.rsplit_once('/').is_some_and(|(own, _)| own == folder.trim_end_matches('/'))
                }
                None => source.path.starts_with(**place),
            };
            if first.starts_with(name) && !places.iter().any(|place| is_here(&place)) {
                found.push(format!("{}: {first} is used by {} alone", source.path, places.join(" and ")));
            }
        }
    }
    found
}

/// Returns the module of the interface for a path from `ui/src`.
fn ui_module(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// Returns the file that an import refers to, as a path from `ui/src`.
fn ui_target(inner: &str, from: &str) -> Option<String> {
    if let Some(rest) = from.strip_prefix("$ipc") {
        return Some(format!("ipc{rest}"));
    }
    if !from.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = inner.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

fn ui_violations(source: &Source, inner: &str) -> Vec<String> {
    let own = ui_module(inner);
    let Some((_, allowed)) = UI.iter().find(|(module, _)| *module == own) else {
        return vec![format!("{}: the module {own} has no line in allowed.rs", source.path)];
    };
    let feature = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for from in imported(source) {
        for (package, places) in PACKAGES {
            if from.starts_with(package) && !places.iter().any(|place| source.path.starts_with(place)) {
                found.push(format!("{}: {from} is used by {} alone", source.path, places.join(" and ")));
            }
        }
        let Some(target) = ui_target(inner, from) else { continue };
        let module = UI
            .iter()
            .map(|(module, _)| *module)
            .find(|module| module.split('.').next() == ui_module(&target).split('.').next())
            .unwrap_or(ui_module(&target));
        let is_style = target.rsplit('.').next() == Some("css");
        let is_own = module == own && (own != "features" || feature(&target) == feature(inner));
        if !is_own && !is_style && !allowed.contains(&module) {
            found.push(format!("{}: {own} may not import {target}", source.path));
        }
    }
    found
}

fn ui_imports(sources: &[Source]) -> BTreeMap<imports::Path, Vec<imports::Path>> {
    let name = |path: &str| {
        let stem = path.trim_end_matches(".ts").trim_end_matches(".svelte");
        stem.split('/').map(str::to_owned).collect::<Vec<_>>()
    };
    let mut found = BTreeMap::new();
    for source in sources {
        let Some(inner) = source.path.strip_prefix(UI_FOLDER) else { continue };
        let targets = imported(source).into_iter().filter_map(|from| ui_target(inner, from));
        found.insert(name(inner), targets.map(|target| name(&target)).collect());
    }
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
    let has = |beginning: String| sources.iter().any(|source| source.path.starts_with(&beginning));
    for (module, _) in CORE {
        assert!(has(format!("{CORE_FOLDER}{module}")), "there is no module {module}");
    }
    for (module, _) in UI {
        assert!(has(format!("{UI_FOLDER}{module}")), "there is no module {module} in the interface");
    }
}

/// Imports that must be found, each as a path and one line of it.
const PLANTED: &[(&str, &str)] = &[
    ("src-tauri/core/src/library/views.rs", "use rusqlite::Connection;"),
    ("src-tauri/commands/images.rs", "    let rows = rusqlite::Connection::open(path);"),
    ("src-tauri/core/src/transfer/runner.rs", "use aws_sdk_s3::Client;"),
    ("src-tauri/core/src/catalog/images.rs", "use crate::bucket::Bucket;"),
    ("src-tauri/core/src/catalog/images.rs", "use super::super::metadata;"),
    ("src-tauri/core/src/catalog/images.rs", "let found = crate::verify::run();"),
    ("src-tauri/core/src/bucket/client.rs", "use crate::{catalog::Catalog, model::ImageId};"),
    ("src-tauri/core/src/bucket/client.rs", "use crate::{\n    model::ImageId,\n    watch::Watched,\n};"),
    ("src-tauri/core/src/metadata/mod.rs", "use crate::import::Source;"),
    ("src-tauri/core/src/watch/places.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/catalog/images.rs", "use crate::files::Originals;"),
    ("src-tauri/core/src/model/image.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/library/mod.rs", "use tauri::AppHandle;"),
    ("src-tauri/core/src/files/mod.rs", "use keyring::Entry;"),
    ("src-tauri/core/src/files/originals.rs", "use crate::catalog::Catalog;"),
    ("src-tauri/core/src/files/originals.rs", "use crate::metadata::Reader;"),
    ("src-tauri/core/src/brushes/mod.rs", "use crate::model::ImageId;"),
    ("src-tauri/commands/images.rs", "use vitrine_core::catalog::Catalog;"),
    ("src-tauri/commands/settings.rs", "use vitrine_core::bucket::{Bucket, BucketConfig};"),
    ("src-tauri/cli/src/commands.rs", "use tauri::Manager;"),
    ("ui/src/state/app.svelte.ts", "import { invoke } from \"@tauri-apps/api/core\";"),
    ("ui/src/shared/Icon.svelte", "  import { app } from \"../state/app.svelte\";"),
    ("ui/src/shared/text.ts", "import type { Tile } from \"../ipc/bindings\";"),
    ("ui/src/features/viewer/Viewer.svelte", "  import Inspector from \"../inspector/Inspector.svelte\";"),
    ("ui/src/state/app.svelte.ts", "import Viewer from \"../features/viewer/Viewer.svelte\";"),
    ("ui/src/brushes/brush.ts", "const size = 1;"),
];

#[test]
fn a_planted_import_is_found() {
    for (path, line) in PLANTED {
        let found = violations(&[Source::new(path, line)]);
        assert!(!found.is_empty(), "nothing is said about {line:?} in {path}");
    }
}

#[test]
fn a_planted_circle_is_found() {
    let planted = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = files.iter().map(|(path, text)| Source::new(path, text)).collect();
        violations(&sources)
    };
    let circles: [&[(&str, &str)]; 4] = [
        &[
            ("src-tauri/core/src/catalog/images.rs", "use super::galleries::of_image;"),
            ("src-tauri/core/src/catalog/galleries.rs", "fn x() { super::images::y() }"),
        ],
        // Through a name that the parent of both modules publishes.
        &[
            ("src-tauri/core/src/bucket/mod.rs", "mod body;\nmod upload;\npub use upload::Progress;"),
            ("src-tauri/core/src/bucket/body.rs", "use super::Progress;"),
            ("src-tauri/core/src/bucket/upload.rs", "use crate::bucket::body::Body;"),
        ],
        // Between parts of two folders.
        &[
            ("src-tauri/cli/src/watch/mod.rs", "mod inner;"),
            ("src-tauri/cli/src/watch/inner.rs", "use crate::import::print;"),
            ("src-tauri/cli/src/import.rs", "use crate::watch::told;"),
        ],
        &[
            ("ui/src/state/library.svelte.ts", "import { keep } from \"./last-place\";"),
            ("ui/src/state/last-place.ts", "import type { Place } from \"./library.svelte\";"),
        ],
    ];
    for files in circles {
        let found = planted(files);
        assert!(found.iter().any(|said| said.contains("circle")), "{files:?}: {found:?}");
    }
}

#[test]
fn allowed_imports_are_not_reported() {
    let allowed = [
        ("src-tauri/core/src/catalog/images.rs", "use rusqlite::Connection;"),
        ("src-tauri/core/src/bucket/client.rs", "use aws_sdk_s3::Client;"),
        ("src-tauri/core/src/secrets/system.rs", "use keyring::Entry;"),
        ("src-tauri/core/src/library/mod.rs", "//! Knows nothing of Tauri, nor of rusqlite::Connection."),
        ("src-tauri/core/src/library/mod.rs", "let words = \"crate::tauri, tauri::App\";"),
        ("src-tauri/core/src/catalog/mod.rs", "use crate::model::ImageId;"),
        ("src-tauri/core/src/catalog/images.rs", "use super::tiles::tile;"),
        ("src-tauri/commands/images.rs", "use vitrine_core::model::Removal;"),
        ("src-tauri/window.rs", "use tauri::Manager;"),
        ("ui/src/ipc/wire.ts", "import { invoke } from \"@tauri-apps/api/core\";"),
        ("ui/src/features/viewer/Viewer.svelte", "  import { zoom } from \"./zoom\";"),
        ("ui/src/features/viewer/Viewer.svelte", "  import { text } from \"../../shared/text\";"),
    ];
    for (path, line) in allowed {
        let found = violations(&[Source::new(path, line)]);
        assert!(found.is_empty(), "{found:?}");
    }
    let parent = [
        Source::new("src-tauri/core/src/bucket/mod.rs", "mod body;\nuse body::Body;\npub struct Rate;"),
        Source::new("src-tauri/core/src/bucket/body.rs", "use super::Rate;\npub struct Body;"),
    ];
    assert_eq!(violations(&parent), Vec::<String>::new(), "a part may use what the whole defines");
}
