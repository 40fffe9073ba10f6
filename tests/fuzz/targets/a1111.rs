//! The parameters of A1111 and its kin.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_core::metadata::Source;

fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::use_texts(&vitrine_fuzz::texts(Source::PngText, &["parameters", "postprocessing"], data));
});
