//! What the lists allow the core and the hosts.

use crate::allowed::{CLI, CORE, CRATES, DESKTOP, HOSTS};
use crate::circles::circles;
use crate::imports::{Import, imports};
use crate::modules::Crate;
use crate::product_code::{Code, product_code};
use crate::sources::Source;

pub(crate) const CORE_FOLDER: &str = "src-tauri/core/src/";
pub(crate) const CLI_FOLDER: &str = "src-tauri/cli/src/";
pub(crate) const DESKTOP_FOLDER: &str = "src-tauri/";

type Allowed = &'static [(&'static str, &'static [&'static str])];

/// The crates. A source belongs to the first whose folder it is in.
pub(crate) const LISTS: [(&str, Allowed); 3] =
    [(CORE_FOLDER, CORE), (CLI_FOLDER, CLI), (DESKTOP_FOLDER, DESKTOP)];

/// Sources that Cargo compiles as crates of their own.
const ALONE: [&str; 2] = ["src-tauri/build.rs", "src-tauri/main.rs"];

/// Returns the folder of the crate that a source belongs to.
pub(crate) fn crate_folder(path: &str) -> Option<&'static str> {
    let folder = LISTS.iter().map(|(folder, _)| *folder).find(|folder| path.starts_with(folder));
    folder.filter(|_| !ALONE.contains(&path))
}

/// Returns descriptions of everything in Rust that the lists do not allow.
pub(crate) fn violations(sources: &[Source]) -> Vec<String> {
    let code = product_code(sources);
    let mut found = Vec::new();
    for (folder, allowed) in LISTS {
        let own: Vec<&Code> = code.iter().filter(|code| crate_folder(code.path) == Some(folder)).collect();
        let modules = Crate::new(&own, folder);
        found.extend(module_violations(&modules, allowed));
        let circles = circles(&modules.imports());
        found.extend(circles.into_iter().map(|circle| format!("{folder} has a circle: {circle}")));
    }
    for code in &code {
        let imports = imports(&code.tokens);
        found.extend(package_violations(code, &imports));
        found.extend(name_violations(code, &imports));
        found.extend(place_violations(code));
        if !code.path.starts_with(CORE_FOLDER) {
            found.extend(host_violations(code, &imports));
        }
    }
    found
}

fn module_violations(modules: &Crate, allowed: Allowed) -> Vec<String> {
    let mut found = Vec::new();
    for (path, module, roots) in modules.roots() {
        let file = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        let own = module.first().map_or(file, String::as_str);
        let Some((_, allowed)) = allowed.iter().find(|(module, _)| *module == own) else {
            found.push(format!("{path}: the module {own} has no line in allowed.rs"));
            continue;
        };
        let refused = roots.iter().filter(|root| *root != own && !allowed.contains(&root.as_str()));
        found.extend(refused.map(|root| format!("{path}: {own} may not import {root}")));
    }
    found
}

/// Hosts use only the modules of the core that are meant for them.
fn host_violations(code: &Code, imports: &[Import]) -> Vec<String> {
    let of_core = imports.iter().filter(|import| import.path[0] == "vitrine_core");
    let refused =
        of_core.filter_map(|import| import.path.get(1)).filter(|name| !HOSTS.contains(&name.as_str()));
    refused.map(|name| format!("{}: hosts ask the library, not vitrine_core::{name}", code.path)).collect()
}

/// Some packages are used in one place only, which does not re-export them.
fn package_violations(code: &Code, imports: &[Import]) -> Vec<String> {
    let is_here = |place: &&str| match place.strip_suffix("*.rs") {
        Some(folder) => code.path.strip_prefix(folder).is_some_and(|name| !name.contains('/')),
        None => code.path.starts_with(place),
    };
    let mut found = Vec::new();
    for import in imports {
        let first = &import.path[0];
        let Some((_, places)) = CRATES.iter().find(|(name, _)| first.starts_with(name)) else { continue };
        if !places.iter().any(is_here) {
            found.push(format!("{}: {first} is used by {} alone", code.path, places.join(" and ")));
        } else if import.is_published {
            found.push(format!("{}: {first} may not be re-exported", code.path));
        }
    }
    found
}

/// Nothing may rename a crate or a parent module, or import all names from one. Otherwise,
/// what is imported from it could not be checked.
fn name_violations(code: &Code, imports: &[Import]) -> Vec<String> {
    let is_root = |path: &[String]| {
        path.iter().all(|part| matches!(part.as_str(), "crate" | "self" | "super" | "vitrine_core"))
    };
    let mut found = Vec::new();
    for Import { path, is_renamed, .. } in imports {
        if *is_renamed && is_root(path) {
            found.push(format!("{}: {} may not be renamed", code.path, path.join("::")));
        }
        let above: Option<(&String, &[String])> = path.split_last();
        if above.is_some_and(|(last, above)| last == "*" && is_root(above)) {
            found.push(format!("{}: import by name, not {}", code.path, path.join("::")));
        }
    }
    found
}

/// The code of a module is in the file that its name leads to.
fn place_violations(code: &Code) -> Vec<String> {
    let mut found = Vec::new();
    for module in &code.modules {
        if module.path.is_some_and(|path| path != format!("{}.rs", module.name)) {
            found.push(format!("{}: {} is in a file with another name", code.path, module.name));
        }
        if module.is_inline && code.path == format!("{CORE_FOLDER}lib.rs") {
            found.push(format!("{}: {} needs a file of its own", code.path, module.name));
        }
    }
    if code.tokens.windows(2).any(|pair| pair == ["include", "!"]) {
        found.push(format!("{}: include! hides what it imports", code.path));
    }
    found
}
