//! The product's sources, without comments, texts and unit tests.

use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
const PLACES: [&str; 2] = ["src-tauri", "ui/src"];
const ENDINGS: [&str; 3] = ["rs", "ts", "svelte"];

/// One source file.
pub(crate) struct Source {
    /// The path from the root of the workspace, with slashes.
    pub(crate) path: String,
    /// The code. In Rust, texts are empty.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        // Unit tests at the end of a file may import more than the code may.
        let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let source = Self { path: path.to_owned(), code: String::new() };
        let code = if source.has_ending("rs") { without_texts(product) } else { without_comments(product) };
        Self { code, ..source }
    }

    /// Says whether the name ends like this, behind its last dot.
    pub(crate) fn has_ending(&self, ending: &str) -> bool {
        self.path.rsplit('.').next() == Some(ending)
    }

    /// Says whether a file is left out. Unit tests in separate files may import
    /// more as well, and declarations import nothing.
    fn is_apart(path: &str) -> bool {
        path.ends_with("tests.rs")
            || path.ends_with(".d.ts")
            || path.ends_with("catalog/plans.rs")
            || path.contains(".test.")
    }
}

/// Removes whole-line comments.
fn without_comments(text: &str) -> String {
    let is_comment = |line: &&str| ["//", "*", "/*"].iter().any(|mark| line.trim_start().starts_with(mark));
    text.lines().filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n")
}

/// Removes comments and quoted text from Rust code.
fn without_texts(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['/', '"', '\'']) {
        code.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("//") {
            rest = &comment[comment.find('\n').unwrap_or(comment.len())..];
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let is_raw = code.ends_with("r#");
            rest = if is_raw { after_raw(quoted) } else { after_quoted(quoted) };
        } else if rest.starts_with("'\"'") || rest.starts_with("'/'") {
            rest = &rest[3..];
        } else {
            code.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    code.push_str(rest);
    code
}

fn after_raw(quoted: &str) -> &str {
    quoted.split_once("\"#").map_or("", |(_, after)| after)
}

fn after_quoted(quoted: &str) -> &str {
    let mut is_escaped = false;
    for (at, byte) in quoted.bytes().enumerate() {
        match byte {
            b'"' if !is_escaped => return &quoted[at + 1..],
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    ""
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
        } else if is_source && !Source::is_apart(&name) {
            sources.push(Source::new(&name, &std::fs::read_to_string(&path).unwrap()));
        }
    }
}
