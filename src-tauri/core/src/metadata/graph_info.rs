//! What a graph of `ComfyUI` says of a picture.

use super::info::GenerationInfo;

/// For each prompt, whether it may not be what was used: nodes that roll dice or ask others do not store what they made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct UnsureSides {
    pub(super) positive: bool,
    pub(super) negative: bool,
}

/// What a graph says.
#[derive(Debug)]
pub(super) struct GraphInfo {
    pub(super) info: GenerationInfo,
    pub(super) unsure: UnsureSides,
}

impl GraphInfo {
    /// Completes it by what the node that saved the picture wrote beside it. Savers may write what is wrong, so that
    /// only counts where the graph does not say itself, or does not say for sure.
    pub(super) fn with_infotext(&self, text: Option<&GenerationInfo>) -> GenerationInfo {
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
            // A graph that has no negative prompt says so.
            info.fill_from(GenerationInfo { negative_prompt: None, ..text.clone() });
        }
        info
    }
}
