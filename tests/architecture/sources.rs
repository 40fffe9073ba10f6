//! The product's sources, without comments.

use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const PLACES: [&str; 2] = ["src-tauri", "ui/src"];
const ENDINGS: [&str; 3] = ["rs", "ts", "svelte"];

/// One source file.
pub(crate) struct Source {
    /// From the root of the workspace, with slashes.
    pub(crate) path: String,
    /// Its lines, without unit tests, with whole-line comments emptied.
    pub(crate) lines: Vec<String>,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let uncommented = |line: &str| {
            let is_comment = ["//", "*", "/*"].iter().any(|mark| line.trim_start().starts_with(mark));
            if is_comment { String::new() } else { line.to_owned() }
        };
        // Unit tests at the end of a file may look further than the code may.
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        Self { path: path.to_owned(), lines: product.lines().map(uncommented).collect() }
    }
}

/// Reads every source of the product.
pub(crate) fn product_sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for place in PLACES {
        collect(&Path::new(ROOT).join(place), place, &mut sources);
    }
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    sources
}

fn collect(folder: &Path, named: &str, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{named}/{}", path.file_name().unwrap().to_string_lossy());
        let is_source = path.extension().is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        if path.is_dir() && !name.ends_with("/target") && !name.ends_with("/gen") {
            collect(&path, &name, sources);
        } else if is_source {
            sources.push(Source::new(&name, &std::fs::read_to_string(&path).unwrap()));
        }
    }
}
