//! What the lists allow the interface.

use crate::allowed::{GLOBALS, PACKAGES, UI};
use crate::circles::circles;
use crate::imports::Path;
use crate::sources::Source;
use crate::ui_imports::{imported, target};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const UI_FOLDER: &str = "ui/src/";

/// Returns descriptions of everything in the interface that the lists do not allow.
pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let inner = |source: &'_ Source| source.path.strip_prefix(UI_FOLDER).map(str::to_owned);
    let own: Vec<(String, &Source)> =
        sources.iter().filter_map(|source| Some((inner(source)?, source))).collect();
    let files: BTreeSet<&str> = own.iter().map(|(inner, _)| inner.as_str()).collect();
    let path = |file: &str| -> Path { file.split('/').map(str::to_owned).collect() };
    let mut found = Vec::new();
    let mut imports = BTreeMap::new();
    for (inner, source) in &own {
        let names = imported(&source.text);
        found.extend(package_violations(source, &names));
        let targets: Vec<String> = names.iter().filter_map(|from| target(inner, from, &files)).collect();
        found.extend(module_violations(source, inner, &targets));
        imports.insert(path(inner), targets.iter().map(|target| path(target)).collect());
    }
    found.extend(circles(&imports).into_iter().map(|circle| format!("ui has a circle: {circle}")));
    found
}

/// Some packages and global names are used in one place only.
fn package_violations(source: &Source, names: &[&str]) -> Vec<String> {
    let is_here = |places: &[&str]| places.iter().any(|place| source.path.starts_with(place));
    let mut found = Vec::new();
    for (package, places) in PACKAGES {
        for name in names.iter().filter(|name| name.starts_with(package) && !is_here(places)) {
            found.push(format!("{}: {name} is used by {} alone", source.path, places.join(" and ")));
        }
    }
    for (name, places) in GLOBALS {
        if source.text.contains(name) && !is_here(places) {
            found.push(format!("{}: {name} is used by {} alone", source.path, places.join(" and ")));
        }
    }
    found
}

fn module_violations(source: &Source, inner: &str, targets: &[String]) -> Vec<String> {
    let own = first(inner);
    let Some((_, allowed)) = UI.iter().find(|(module, _)| *module == own) else {
        return vec![format!("{}: the module {own} has no line in allowed.rs", source.path)];
    };
    let feature = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for target in targets {
        let module = module(target);
        let is_style = target.rsplit('.').next() == Some("css");
        let is_own = module == own && (own != "features" || feature(target) == feature(inner));
        if !is_own && !is_style && !allowed.contains(&module) {
            found.push(format!("{}: {own} may not import {target}", source.path));
        }
        if target.contains(".test") {
            found.push(format!("{}: {target} is a test", source.path));
        }
    }
    found
}

/// Returns the first part of a path from `ui/src`.
fn first(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

/// Returns the module of a path from `ui/src`, which may lack the ending.
fn module(path: &str) -> &str {
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let listed = UI.iter().map(|(module, _)| *module).find(|module| stem(module) == stem(first(path)));
    listed.unwrap_or(first(path))
}
