//! Splits Rust code into tokens. Leaves out comments; a quoted text is one token.

/// Returns the tokens of Rust code. A raw identifier loses its `r#`.
pub(crate) fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ignored = ignored_length(rest, first);
        let length = if ignored > 0 { ignored } else { token_length(rest, first) };
        let (token, after) = rest.split_at(length.min(rest.len()));
        if ignored == 0 {
            found.push(token.strip_prefix("r#").unwrap_or(token));
        }
        rest = after;
    }
    found
}

/// Returns the index of the bracket that closes the one at `open`.
pub(crate) fn closing(tokens: &[&str], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match *token {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len().saturating_sub(1)
}

/// Returns how long the white space or the comment at the beginning is.
fn ignored_length(rest: &str, first: char) -> usize {
    if first.is_whitespace() {
        first.len_utf8()
    } else if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment_length(rest)
    } else {
        0
    }
}

/// Block comments of Rust may contain others.
fn block_comment_length(rest: &str) -> usize {
    let (mut at, mut depth) = (0, 0);
    while let Some(next) = rest[at..].chars().next() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += next.len_utf8();
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn token_length(rest: &str, first: char) -> usize {
    match first {
        '"' => quoted_length(rest),
        '\'' => character_length(rest),
        _ if rest.starts_with("::") => 2,
        _ if is_word(first) => word_length(rest),
        _ => first.len_utf8(),
    }
}

pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn word_length(rest: &str) -> usize {
    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let (word, after) = rest.split_at(length);
    let hashes = after.len() - after.trim_start_matches('#').len();
    let is_raw = matches!(word, "r" | "br" | "cr");
    if is_raw && after[hashes..].starts_with('"') {
        let end = format!("\"{}", &after[..hashes]);
        let begin = length + hashes + 1;
        rest[begin..].find(&end).map_or(rest.len(), |at| begin + at + end.len())
    } else if word == "r" && hashes == 1 {
        2 + rest[2..].find(|c| !is_word(c)).unwrap_or(rest.len() - 2)
    } else if matches!(word, "b" | "c") && after.starts_with('"') {
        length + quoted_length(after)
    } else {
        length
    }
}

fn quoted_length(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !is_escaped => return at + 1,
            b'\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    rest.len()
}

/// Returns the length of a character such as `'"'`, or of a lifetime such as `'a`.
fn character_length(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    let (Some((_, first)), Some((at, second))) = (characters.next(), characters.next()) else { return 1 };
    if first == '\\' {
        // The escaped character may be a quote itself.
        let begin = at + second.len_utf8();
        return rest[begin..].find('\'').map_or(rest.len(), |end| begin + end + 1);
    }
    if second == '\'' { at + 1 } else { 1 }
}

#[test]
fn brackets_and_quotes_in_texts_are_no_tokens() {
    let text = "a /* x /* y */ } */ '{' '\\'' '\"' b\"}\" r#\"\"}\"# 'a // {\n\"\\\"}\" r#fn::b é";
    let expected =
        ["a", "'{'", "'\\''", "'\"'", "b\"}\"", "\"\"}\"#", "'", "a", "\"\\\"}\"", "fn", "::", "b", "é"];
    assert_eq!(tokens(text), expected);
}
