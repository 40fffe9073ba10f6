//! What a `ComfyUI` graph says about a picture.

use super::info::GenerationData;

/// For each prompt, whether it may differ from what was used: nodes that choose randomly or ask a service do
/// not store their result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct UnsureSides {
    pub(super) positive: bool,
    pub(super) negative: bool,
}

/// The result of reading a graph.
#[derive(Debug)]
pub(super) struct GraphInfo {
    pub(super) info: GenerationData,
    pub(super) unsure: UnsureSides,
}

impl GraphInfo {
    /// Adds what the node that saved the picture wrote beside the graph. Such nodes may write wrong values,
    /// so theirs count only where the graph says nothing or is not sure.
    pub(super) fn with_infotext(&self, text: Option<&GenerationData>) -> GenerationData {
        let mut info = self.info.clone();
        let Some(text) = text else { return info };
        if !info.says_something() {
            info.fill_from(text.clone());
            return info;
        }
        let better = |here: &mut Option<String>, there: &Option<String>, is_unsure: bool| {
            if is_unsure && there.is_some() {
                here.clone_from(there);
            }
        };
        better(&mut info.prompt, &text.prompt, self.unsure.positive || self.info.prompt.is_none());
        better(&mut info.negative_prompt, &text.negative_prompt, self.unsure.negative);
        let is_other = info.seed.is_some() && text.seed.is_some() && info.seed != text.seed;
        if !is_other {
            // A graph without a negative prompt means that there was none.
            info.fill_from(GenerationData { negative_prompt: None, ..text.clone() });
        }
        info
    }
}
