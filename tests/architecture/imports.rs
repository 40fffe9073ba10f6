//! Finds out what a source imports.

use crate::sources::Source;
use std::collections::BTreeMap;

/// A Rust path, such as `crate::model::ImageId`, split into its parts.
pub(crate) type Path = Vec<String>;

/// The paths in `use` declarations, those in public ones, and the paths in code that
/// begin with `crate`, `super` or `self`.
pub(crate) struct Paths {
    pub(crate) used: Vec<Path>,
    pub(crate) published: Vec<Path>,
}

/// Returns the paths in a Rust source.
pub(crate) fn paths(source: &Source) -> Paths {
    let mut found = Paths { used: Vec::new(), published: Vec::new() };
    let mut code = String::new();
    for statement in source.code.split_inclusive([';', '{', '}']).collect::<Vec<_>>().concat().split(';') {
        // A declaration begins after the last brace or attribute that closes before it.
        let Some((before, tree)) = use_tree(statement) else {
            code.push_str(statement);
            code.push(';');
            continue;
        };
        code.push_str(before);
        let is_published = before.trim_end().ends_with("pub") || before.trim_end().ends_with(')');
        let paths = leaves(tree);
        if is_published { found.published.extend(paths) } else { found.used.extend(paths) }
    }
    found.used.extend(paths_in(&code));
    found
}

fn use_tree(statement: &str) -> Option<(&str, &str)> {
    let at = statement.rfind("use ")?;
    let (before, tree) = (&statement[..at], &statement[at + 4..]);
    let stands_alone = before.chars().next_back().is_none_or(char::is_whitespace);
    let is_path = tree.chars().all(|c| c.is_alphanumeric() || c.is_whitespace() || "_:{},*".contains(c));
    (stands_alone && is_path).then_some((before, tree))
}

/// Returns the paths of a tree of imports.
fn leaves(tree: &str) -> Vec<Path> {
    let tree = tree.trim();
    let parts = |path: &str| -> Path {
        let path = path.split(" as ").next().unwrap_or_default();
        path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let Some((stem, braced)) = tree.split_once('{') else { return vec![parts(tree)] };
    let stem = parts(stem);
    let braced = braced.strip_suffix('}').unwrap_or(braced);
    let mut found = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (at, character) in braced.char_indices().chain([(braced.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !braced[from..at].trim().is_empty() {
                    for leaf in leaves(&braced[from..at]) {
                        let leaf = leaf.into_iter().filter(|part| part != "self");
                        found.push(stem.iter().cloned().chain(leaf).collect());
                    }
                }
                from = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// Returns the paths in code that have two or more parts.
fn paths_in(code: &str) -> Vec<Path> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = code.split(|c| !is_part(c)).filter(|word| word.contains("::"));
    words.map(|word| word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()).collect()
}

/// Returns what a source of the interface imports from.
pub(crate) fn imported(source: &Source) -> Vec<&str> {
    let mut found = Vec::new();
    for keyword in [" from ", "\nfrom ", "import(", "import "] {
        for (at, _) in source.code.match_indices(keyword) {
            let after = source.code[at + keyword.len()..].trim_start();
            if let Some(quote) = after.chars().next().filter(|quote| matches!(quote, '"' | '\'')) {
                found.extend(after[1..].split(quote).next());
            }
        }
    }
    found
}

/// The modules of one crate, by their paths.
pub(crate) struct Crate<'a> {
    modules: BTreeMap<Path, &'a Source>,
    published: BTreeMap<Path, BTreeMap<String, Path>>,
}

impl<'a> Crate<'a> {
    /// Returns a crate whose sources are in `folder`.
    pub(crate) fn of(sources: &'a [Source], folder: &str, apart: &[&str]) -> Self {
        let inside = |source: &&Source| {
            source.path.starts_with(folder) && !apart.iter().any(|other| source.path.starts_with(other))
        };
        let mut modules = BTreeMap::new();
        for source in sources.iter().filter(|source| source.has_ending("rs")).filter(inside) {
            modules.insert(module_of(&source.path[folder.len()..]), source);
        }
        let mut found = Self { modules, published: BTreeMap::new() };
        for (module, source) in &found.modules {
            let names = paths(source).published.into_iter().filter_map(|path| {
                let path = found.absolute(module, &path)?;
                Some((path.last()?.clone(), path))
            });
            found.published.insert(module.clone(), names.collect());
        }
        found
    }

    /// Returns the modules that each module imports, including those behind a published
    /// name.
    pub(crate) fn imports(&self) -> BTreeMap<Path, Vec<Path>> {
        let of = |(module, source): (&Path, &&Source)| {
            let absolute = paths(source).used.into_iter().filter_map(|path| self.absolute(module, &path));
            let mut targets: Vec<Path> = absolute.map(|path| self.defining(path)).collect();
            targets.retain(|target| target != module);
            targets.sort();
            targets.dedup();
            (module.clone(), targets)
        };
        self.modules.iter().map(of).collect()
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

/// Finds circular imports among the modules of each folder. A module may use what its
/// parent module defines, because it is part of that.
pub(crate) fn circles(imports: &BTreeMap<Path, Vec<Path>>) -> Vec<String> {
    let mut levels: BTreeMap<&[String], BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (module, targets) in imports {
        for target in targets {
            let shared = module.iter().zip(target).take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (module.get(shared), target.get(shared)) {
                levels.entry(&module[..shared]).or_default().entry(from).or_default().push(to);
            }
        }
    }
    let mut found = Vec::new();
    for (folder, imports) in &levels {
        for start in imports.keys() {
            if let Some(way) = way_back(start, imports) {
                // Each circle is reported once, by its first module.
                if way.iter().all(|module| module >= start) {
                    found.push(format!("{}: {}", folder.join("::"), way.join(" -> ")));
                }
            }
        }
    }
    found
}

fn way_back<'a>(start: &'a str, imports: &BTreeMap<&'a str, Vec<&'a str>>) -> Option<Vec<&'a str>> {
    let mut ways = vec![vec![start]];
    let mut seen = Vec::new();
    while let Some(way) = ways.pop() {
        for next in imports.get(way.last()?).into_iter().flatten() {
            let way: Vec<&str> = way.iter().copied().chain([*next]).collect();
            if *next == start {
                return Some(way);
            }
            if !seen.contains(next) {
                seen.push(next);
                ways.push(way);
            }
        }
    }
    None
}
