//! A file beside a picture.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::check(&vitrine_core::metadata::read_sidecar(data));
});
