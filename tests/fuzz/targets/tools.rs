//! Every other tool: the first byte says which names the texts have.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_core::metadata::Source;

fuzz_target!(|data: &[u8]| {
    const KEYS: [(Source, &[&str]); 16] = [
        (Source::PngText, &["Comment", "Software", "Description", "Source", "Title"]),
        (Source::PngText, &["invokeai_metadata", "invokeai_graph"]),
        (Source::PngText, &["sd-metadata", "Dream"]),
        (Source::PngText, &["fooocus_scheme", "parameters"]),
        (Source::PngText, &["parameters"]),
        (Source::Exif, &["UserComment", "Software", "ImageDescription"]),
        (Source::Exif, &["UserComment", "Make", "Model"]),
        (Source::Comment, &["comment"]),
        (Source::Xmp, &["xmp"]),
        (Source::Iptc, &["caption", "credit"]),
        (Source::C2pa, &["c2pa"]),
        (Source::PngText, &["generation_data", "prompt"]),
        (Source::PngText, &["prompt", "negative_prompt", "seed", "num_inference_steps", "guidance_scale", "use_stable_diffusion_model"]),
        (Source::PngText, &["Description", "Author"]),
        (Source::PngText, &["smproj", "parameters-json", "parameters"]),
        (Source::Stealth, &["stealth"]),
    ];
    let Some((&first, rest)) = data.split_first() else { return };
    let (source, keys) = KEYS[usize::from(first) % KEYS.len()];
    vitrine_fuzz::use_texts(&vitrine_fuzz::texts(source, keys, rest));
});
