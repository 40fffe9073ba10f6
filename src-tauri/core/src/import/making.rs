//! What a file says of how its picture was made, as the catalog keeps it. The
//! file itself first, then what its pixels hide, then a file beside it.

use crate::catalog::{Generation, Packed};
use crate::metadata::{self, GenerationInfo, RawText, Reading};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A prompt beside a picture is far smaller; what is larger is something else.
const LARGEST_SIDECAR: u64 = 4 << 20;

/// Reads how a picture was made. `path` is where it lies, if it is a file.
pub(super) fn read(bytes: &[u8], hidden: Option<RawText>, path: Option<&Path>) -> Generation {
    let Reading { mut info, mut texts } = metadata::read(bytes);
    if let Some(hidden) = hidden {
        texts.push(hidden);
        info = info.or_else(|| metadata::interpret(&texts));
    }
    if info.is_none()
        && let Some(beside) = path.and_then(sidecar)
    {
        texts.extend(beside.texts);
        info = beside.info;
    }
    of(info, &texts)
}

/// Gives texts that were kept their meaning again.
pub fn read_again(sources: &Packed) -> Option<Generation> {
    let texts: Vec<RawText> = sources.unpack().ok()?;
    let info = metadata::interpret(&texts);
    // They stay as they are, packed.
    Some(Generation { sources: Some(sources.clone()), ..of(info, &[]) })
}

fn of(info: Option<GenerationInfo>, texts: &[RawText]) -> Generation {
    let sources = (!texts.is_empty()).then(|| Packed::of(&texts).ok()).flatten();
    let kept = Generation { sources, reader: metadata::READER, ..Generation::default() };
    let Some(info) = info else { return kept };
    let params = info.params();
    Generation {
        tool: Some(info.tool.id().to_owned()),
        params: Packed::of(&params).ok(),
        prompt: info.prompt.unwrap_or_default(),
        negative_prompt: info.negative_prompt,
        model: info.model,
        seed: info.seed,
        ..kept
    }
}

/// Some programs write `fox.txt` or `fox.json` beside `fox.png`. A caption for
/// training is no recipe, and gives nothing.
fn sidecar(picture: &Path) -> Option<Reading> {
    ["txt", "json"].into_iter().find_map(|extension| {
        let path = picture.with_extension(extension);
        path.metadata().ok().filter(|found| found.is_file() && found.len() <= LARGEST_SIDECAR)?;
        let mut bytes = Vec::new();
        File::open(&path).ok()?.take(LARGEST_SIDECAR).read_to_end(&mut bytes).ok()?;
        Some(metadata::read_sidecar(&bytes)).filter(|reading| reading.info.is_some())
    })
}
