//! The files of the product's sources, as they are on the disk.

use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const PLACES: [&str; 2] = ["src-tauri", "ui/src"];
const ENDINGS: [&str; 8] = ["js", "jsx", "mjs", "mts", "rs", "svelte", "ts", "tsx"];

/// One source file.
pub(crate) struct Source {
    /// The path from the root of the workspace, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }
}

/// Reads every source of the product. Files with unit tests of Rust are among them.
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
        if path.is_dir() && !name.ends_with("/target") && !name.ends_with("/gen") {
            collect(&path, &name, sources);
        } else if is_source(&name) {
            sources.push(Source::new(&name, &std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn is_source(name: &str) -> bool {
    // Vitest runs only files with this ending. Declarations import nothing.
    let is_apart = name.ends_with(".test.ts") || name.ends_with(".d.ts");
    !is_apart && name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

#[test]
fn every_file_that_may_be_in_the_product_is_read() {
    for name in ["a.rs", "a_tests.rs", "a.ts", "a.svelte.ts", "a.svelte.js", "a.js", "a.mjs", "a.test.js"] {
        assert!(is_source(name), "{name}");
    }
    for name in ["a.test.ts", "vite-env.d.ts", "a.css", "a.json"] {
        assert!(!is_source(name), "{name}");
    }
}
