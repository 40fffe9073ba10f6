//! The pictures from which a picture was made, by the names in its texts.

use super::text::RawText;
use super::tree::raw_trees;
use crate::model::RawNode;

/// The maximum number of names returned.
const MAX_NAMES: usize = 50;
const ENDINGS: [&str; 5] = [".png", ".jpg", ".jpeg", ".webp", ".gif"];

/// Returns the file names of the pictures named in the texts, without folders,
/// each once.
pub fn input_names(texts: &[RawText]) -> Vec<String> {
    let mut names = Vec::new();
    let mut open: Vec<RawNode> = raw_trees(texts);
    while let Some(node) = open.pop() {
        if names.len() == MAX_NAMES {
            break;
        }
        if let Some(name) = node.value.as_deref().and_then(file_name)
            && !names.contains(&name)
        {
            names.push(name);
        }
        open.extend(node.parts);
    }
    names.sort();
    names
}

/// Returns a name without its folders, of either system, and without the mark
/// that `ComfyUI` appends.
fn file_name(value: &str) -> Option<String> {
    if value.len() > 1_000 || value.contains('\n') {
        return None;
    }
    let value = value.split(" [").next().unwrap_or(value);
    let name = value.rsplit(['/', '\\']).next()?.trim();
    let lower = name.to_ascii_lowercase();
    ENDINGS
        .iter()
        .any(|ending| lower.ends_with(ending) && lower.len() > ending.len())
        .then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::text::Source;
    use super::*;

    #[test]
    fn input_pictures_are_named_without_their_folders() {
        let graph = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "poses/hand.png [input]"}},
                        "2": {"class_type": "LoadImage", "inputs": {"image": "C:\\refs\\Face 2.JPG"}},
                        "3": {"inputs": {"text": "a .png of a fox\nin snow.png", "ckpt_name": "sdxl.safetensors"}}}"#;
        let text = RawText::new(Source::PngText, "prompt", graph);
        assert_eq!(input_names(&[text.clone(), text]), ["Face 2.JPG", "hand.png"]);
    }
}
