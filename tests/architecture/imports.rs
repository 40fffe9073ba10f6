//! Finds out what Rust code imports.

use crate::tokens::is_word;

/// A Rust path, such as `crate::model::ImageId`, split into its parts.
pub(crate) type Path = Vec<String>;

/// A path in a `use` declaration, an `extern crate`, or in code.
pub(crate) struct Import {
    pub(crate) path: Path,
    /// Whether the declaration is public, at least to a part of the crate.
    pub(crate) is_published: bool,
    /// Whether the declaration gives it another name.
    pub(crate) is_renamed: bool,
}

/// Returns the imports of Rust code, and the paths in it that have two or more parts.
pub(crate) fn imports(tokens: &[&str]) -> Vec<Import> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let tree = match (tokens[at], tokens.get(at + 1)) {
            // The `use<'a>` of a type is no declaration.
            ("use", Some(next)) if *next != "<" => at + 1,
            ("extern", Some(&"crate")) => at + 2,
            _ => {
                at += path_in_code(&tokens[at..], &mut found);
                continue;
            }
        };
        let end = tree + tokens[tree..].iter().position(|token| *token == ";").unwrap_or(tokens.len() - tree);
        let is_published = at > 0 && matches!(tokens[at - 1], "pub" | ")");
        add_leaves(&tokens[tree..end], &Path::new(), is_published, &mut found);
        at = end + 1;
    }
    found
}

/// Adds the path at the beginning, and returns how many tokens were read.
fn path_in_code(tokens: &[&str], found: &mut Vec<Import>) -> usize {
    let mut path = Path::new();
    let mut length = 0;
    while let Some(part) = tokens.get(length).filter(|token| token.starts_with(is_word)) {
        path.push((*part).to_owned());
        length += 1;
        if tokens.get(length) != Some(&"::") {
            break;
        }
        length += 1;
    }
    if path.len() > 1 {
        found.push(Import { path, is_published: false, is_renamed: false });
    }
    length.max(1)
}

/// Adds the paths of a tree of imports, all of which begin with the stem.
fn add_leaves(tree: &[&str], stem: &Path, is_published: bool, found: &mut Vec<Import>) {
    let mut path = stem.clone();
    let mut is_renamed = false;
    for (at, token) in tree.iter().enumerate() {
        match *token {
            "::" => {}
            "{" => {
                for branch in branches(&tree[at + 1..]) {
                    add_leaves(branch, &path, is_published, found);
                }
                return;
            }
            "as" => {
                is_renamed = true;
                break;
            }
            "self" if !stem.is_empty() => {}
            part => path.push(part.to_owned()),
        }
    }
    if !path.is_empty() {
        found.push(Import { path, is_published, is_renamed });
    }
}

/// Splits what is in a brace at its commas. The tokens end with the brace.
fn branches<'a, 'b>(tokens: &'a [&'b str]) -> Vec<&'a [&'b str]> {
    let (mut depth, mut from) = (0, 0);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_last = at + 1 == tokens.len();
        match *token {
            "{" => depth += 1,
            "}" if !is_last => depth -= 1,
            "," | "}" if depth == 0 => {
                found.push(&tokens[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found
}
