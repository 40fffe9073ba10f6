//! The product's Rust code: the sources without unit tests, which may import more.

use crate::sources::Source;
use crate::tokens::{closing, tokens};
use std::collections::BTreeSet;

/// A Rust source without its unit tests.
pub(crate) struct Code<'a> {
    /// The path from the root of the workspace, with slashes.
    pub(crate) path: &'a str,
    pub(crate) tokens: Vec<&'a str>,
    /// The modules that it declares or contains.
    pub(crate) modules: Vec<Module<'a>>,
}

/// The declaration of a module.
pub(crate) struct Module<'a> {
    pub(crate) name: &'a str,
    /// What `#[path]` says, if it is there.
    pub(crate) path: Option<&'a str>,
    /// Whether the code of the module is in the same file.
    pub(crate) is_inline: bool,
    is_test: bool,
    /// The first token, which may begin an attribute, and the last one.
    tokens: (usize, usize),
}

/// Returns the code of all Rust sources. A file belongs to the unit tests if it
/// is declared under `#[cfg(test)]` and nowhere else.
pub(crate) fn product_code(sources: &[Source]) -> Vec<Code<'_>> {
    let mut found = Vec::new();
    let (mut product_files, mut test_files) = (BTreeSet::new(), BTreeSet::new());
    for source in sources.iter().filter(|source| source.path.rsplit('.').next() == Some("rs")) {
        let mut tokens = tokens(&source.text);
        let all = outermost(modules(&tokens)).into_iter();
        let (tests, modules): (Vec<Module>, Vec<Module>) = all.partition(|module| module.is_test);
        for module in tests.iter().filter(|module| !module.is_inline) {
            test_files.extend(files_of(&source.path, module));
        }
        for module in modules.iter().filter(|module| !module.is_inline) {
            product_files.extend(files_of(&source.path, module));
        }
        for module in tests.iter().rev() {
            tokens.drain(module.tokens.0..=module.tokens.1);
        }
        found.push(Code { path: &source.path, tokens, modules });
    }
    found.retain(|code| !test_files.contains(code.path) || product_files.contains(code.path));
    found
}

/// Leaves out the modules inside unit tests.
fn outermost(modules: Vec<Module>) -> Vec<Module> {
    let mut end = 0;
    let mut found = Vec::new();
    for module in modules {
        if module.tokens.0 < end {
            continue;
        }
        if module.is_test {
            end = module.tokens.1;
        }
        found.push(module);
    }
    found
}

/// Returns all modules of a source, in order.
fn modules<'a>(tokens: &[&'a str]) -> Vec<Module<'a>> {
    let mut found = Vec::new();
    for at in (0..tokens.len()).filter(|at| tokens[*at] == "mod") {
        let (Some(name), Some(next)) = (tokens.get(at + 1), tokens.get(at + 2)) else { continue };
        let is_inline = *next == "{";
        if !is_inline && *next != ";" {
            continue;
        }
        let mut module = Module { name, path: None, is_inline, is_test: false, tokens: (at, at + 2) };
        if is_inline {
            module.tokens.1 = closing(tokens, at + 2);
        }
        let mut begin = before_visibility(tokens, at);
        while let Some(attribute) = attribute_before(tokens, begin) {
            let words = &tokens[attribute + 2..begin - 1];
            let condition = words.concat();
            module.is_test |= condition == "cfg(test)" || condition.starts_with("cfg(all(test,");
            // It may be inside of `cfg_attr`.
            for three in words.windows(3).filter(|three| three[..2] == ["path", "="]) {
                module.path = Some(three[2].trim_matches('"'));
            }
            begin = attribute;
        }
        module.tokens.0 = begin;
        found.push(module);
    }
    found
}

/// Returns where `pub` or `pub(…)` begins, or `at` if neither is before it.
fn before_visibility(tokens: &[&str], at: usize) -> usize {
    match tokens[..at].iter().rposition(|token| *token == "pub") {
        Some(public) if public + 1 == at => public,
        Some(public) if tokens[public + 1] == "(" && closing(tokens, public + 1) + 1 == at => public,
        _ => at,
    }
}

/// Returns where the attribute that ends before `end` begins.
fn attribute_before(tokens: &[&str], end: usize) -> Option<usize> {
    if end == 0 || tokens[end - 1] != "]" {
        return None;
    }
    (0..end).rev().find(|at| tokens[*at..].starts_with(&["#", "["]) && closing(tokens, at + 1) == end - 1)
}

/// Returns the files in which a declared module can be.
fn files_of(path: &str, module: &Module) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    if let Some(own) = module.path {
        return vec![format!("{folder}/{own}")];
    }
    let folder = match name {
        "build.rs" | "lib.rs" | "main.rs" | "mod.rs" => folder,
        _ => path.trim_end_matches(".rs"),
    };
    vec![format!("{folder}/{}.rs", module.name), format!("{folder}/{}/mod.rs", module.name)]
}
