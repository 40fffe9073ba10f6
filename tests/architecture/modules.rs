//! The modules of one crate, and what each imports from the others.

use crate::imports::{Path, imports};
use crate::product_code::Code;
use std::collections::BTreeMap;

/// The modules of one crate, by their paths.
pub(crate) struct Crate<'a> {
    modules: BTreeMap<Path, &'a Code<'a>>,
    published: BTreeMap<Path, BTreeMap<String, Path>>,
}

impl<'a> Crate<'a> {
    /// Returns the crate of these sources, whose paths begin with `folder`.
    pub(crate) fn new(sources: &[&'a Code<'a>], folder: &str) -> Self {
        let modules = sources.iter().map(|code| (module_of(&code.path[folder.len()..]), *code));
        let mut found = Self { modules: modules.collect(), published: BTreeMap::new() };
        for (module, code) in &found.modules {
            let published = imports(&code.tokens).into_iter().filter(|import| import.is_published);
            let names = published.filter_map(|import| {
                let path = found.absolute(module, &import.path)?;
                Some((path.last()?.clone(), path))
            });
            found.published.insert(module.clone(), names.collect());
        }
        found
    }

    /// Returns the modules that each module imports, including those behind a published
    /// name.
    pub(crate) fn imports(&self) -> BTreeMap<Path, Vec<Path>> {
        let of = |(module, code): (&Path, &&Code)| {
            let used = imports(&code.tokens).into_iter().filter(|import| !import.is_published);
            let absolute = used.filter_map(|import| self.absolute(module, &import.path));
            let mut targets: Vec<Path> = absolute.map(|path| self.defining(path)).collect();
            targets.retain(|target| target != module);
            targets.sort();
            targets.dedup();
            (module.clone(), targets)
        };
        self.modules.iter().map(of).collect()
    }

    /// Returns the modules at the root of the crate that each module names. The first is
    /// the path of its source.
    pub(crate) fn roots(&self) -> Vec<(&'a str, &Path, Vec<String>)> {
        let mut found = Vec::new();
        for (module, code) in &self.modules {
            let absolute = imports(&code.tokens).into_iter();
            let absolute = absolute.filter_map(|import| self.absolute(module, &import.path));
            found.push((code.path, module, absolute.filter_map(|path| self.root(&path)).collect()));
        }
        found
    }

    /// Returns the module at the root that a path leads to. A name that the root itself
    /// publishes belongs to the module that the root has it from.
    fn root(&self, path: &Path) -> Option<String> {
        let first = path.first()?;
        let published = self.published.get(&Path::new()).and_then(|names| names.get(first));
        published.and_then(|target| target.first()).or(Some(first)).cloned()
    }

    fn absolute(&self, module: &Path, path: &Path) -> Option<Path> {
        let mut parts = path.iter();
        let mut base = module.clone();
        let first = parts.next()?;
        match first.as_str() {
            "crate" => base.clear(),
            "self" => {}
            "super" => {
                base.pop();
            }
            name => {
                base.push(name.to_owned());
                if !self.modules.contains_key(&base) {
                    return None;
                }
            }
        }
        for part in parts {
            if part == "super" {
                base.pop();
            } else if part != "*" {
                base.push(part.clone());
            }
        }
        Some(base)
    }

    /// Returns the module in which something is defined.
    fn defining(&self, mut path: Path) -> Path {
        for _ in 0..8 {
            let mut length = path.len();
            while !self.modules.contains_key(&path[..length]) && length > 0 {
                length -= 1;
            }
            let module = path[..length].to_vec();
            let published = path.get(length).and_then(|name| self.published.get(&module)?.get(name));
            let Some(target) = published else { return module };
            path = target.iter().chain(&path[length + 1..]).cloned().collect();
        }
        path
    }
}

fn module_of(path: &str) -> Path {
    let path = path.trim_end_matches(".rs");
    let mut parts: Path = path.split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        parts.pop();
    }
    parts
}
