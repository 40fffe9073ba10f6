//! Finds out what the interface imports.

use crate::tokens::is_word;
use std::collections::BTreeSet;

const KEYWORDS: [&str; 4] = ["from", "import", "import.meta.glob", "require"];

/// Endings that an import may leave out. A folder stands for its index.
const LEFT_OUT: [&str; 6] = [".ts", ".mts", ".js", ".mjs", "/index.ts", "/index.js"];

/// Returns what a source of the interface imports from. Imports in comments count too,
/// because comments cannot be told from markup without a parser.
pub(crate) fn imported(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for keyword in KEYWORDS {
        for (at, _) in text.match_indices(keyword) {
            // `Array.from` is a function.
            let is_part = text[..at].ends_with(|c| is_word(c) || matches!(c, '.' | '$'));
            let after = without_space(&text[at + keyword.len()..]);
            let after = without_space(after.strip_prefix('(').unwrap_or(after));
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'));
            if let Some(quote) = quote.filter(|_| !is_part) {
                found.extend(after[1..].split(quote).next());
            }
        }
    }
    found
}

/// Leaves out white space and comments at the beginning.
fn without_space(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let after = if rest.starts_with("/*") {
            rest.split_once("*/")
        } else if rest.starts_with("//") {
            rest.split_once('\n')
        } else {
            return rest;
        };
        rest = after.map_or("", |(_, after)| after).trim_start();
    }
}

/// Returns the file that an import refers to, as a path from `ui/src`. If none of the
/// files is it, the path is as the import has it.
pub(crate) fn target(inner: &str, from: &str, files: &BTreeSet<&str>) -> Option<String> {
    let from = from.split('?').next().unwrap_or_default();
    let path = if let Some(rest) = from.strip_prefix("$ipc") {
        format!("ipc{rest}")
    } else if let Some(rest) = from.strip_prefix("/src/") {
        rest.to_owned()
    } else if from.starts_with('.') {
        relative(inner, from)
    } else {
        return None;
    };
    let mut candidates = vec![path.clone()];
    candidates.extend(LEFT_OUT.map(|ending| format!("{path}{ending}").trim_start_matches('/').to_owned()));
    // TypeScript may be imported by the name of what it becomes.
    candidates.extend(path.strip_suffix("js").map(|stem| format!("{stem}ts")));
    Some(candidates.into_iter().find(|candidate| files.contains(candidate.as_str())).unwrap_or(path))
}

fn relative(inner: &str, from: &str) -> String {
    let mut parts: Vec<&str> = inner.split('/').collect();
    parts.pop();
    for part in from.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}
