//! Nodes that hold several texts, each for a different picture.

use serde_json::Value;

use super::join::parts;
use super::{Composed, Composer};
use crate::metadata::json::Lenient;
use crate::metadata::tools::comfyui::rule::Names;

/// Returns the lines of a text from a given number on. If there are several, it is
/// unknown which one belonged to this picture.
pub(in super::super) fn rows(
    composer: &Composer,
    node: usize,
    text: Names,
    (start, count): (&str, &str),
    depth: usize,
) -> Option<Composed> {
    let text = composer.input(node, text, depth)?;
    let number = |key: &str, default: usize| {
        let number = composer.graph.resolve(node, &[key], Lenient::whole);
        number.and_then(|number| usize::try_from(number).ok()).unwrap_or(default)
    };
    let all: Vec<&str> = text.text.lines().collect();
    let start = number(start, 0).min(all.len().saturating_sub(1));
    let rows: Vec<&str> = all.into_iter().skip(start).take(number(count, usize::MAX)).collect();
    let (joined, is_only) = (rows.join("\n"), rows.len() == 1);
    Some(Composed { text: joined, is_sure: text.is_sure && is_only })
}

/// Returns one of several texts that are not joined. It is unknown which one belonged
/// to this picture.
pub(in super::super) fn list(composer: &Composer, node: usize, depth: usize) -> Composed {
    let inputs: Vec<(&str, &Value)> = composer.graph.inputs(node).collect();
    let texts = parts(&inputs, composer.side).into_iter().map(|value| composer.value(value, depth + 1));
    let mut texts = texts.filter(|text| !text.text.is_empty());
    match (texts.next(), texts.next()) {
        (Some(only), None) => only,
        _ => Composed::default(),
    }
}

/// Returns a line, or a part that begins with `#`, by its number. Past the end,
/// counting begins again.
pub(in super::super) fn selected(
    composer: &Composer,
    node: usize,
    (text, number): (Names, Names),
    in_parts: &str,
    depth: usize,
) -> Option<Composed> {
    let text = composer.input(node, text, depth)?;
    let number = composer.graph.resolve(node, number, Lenient::whole)?;
    let has_parts = composer.graph.input(node, in_parts).is_some_and(|on| on == true);
    let pieces = if has_parts { headed(&text.text) } else { text.text.split('\n').collect() };
    let at = usize::try_from(number).ok()?.checked_rem(pieces.len())?;
    let piece = pieces.get(at)?;
    let piece = if has_parts { piece.trim() } else { piece };
    let piece = piece.strip_prefix('#').filter(|_| has_parts).unwrap_or(piece);
    Some(Composed { text: piece.to_owned(), is_sure: text.is_sure })
}

/// Splits a text into parts whose first lines begin with `#`, including the text before
/// the first one.
fn headed(text: &str) -> Vec<&str> {
    let heads = text.match_indices("\n#").map(|(at, _)| at + 1);
    let mut begin = 0;
    let mut parts = Vec::new();
    for end in heads.chain([text.len()]) {
        parts.extend(text.get(begin..end).filter(|part| !part.is_empty()));
        begin = end;
    }
    parts
}
