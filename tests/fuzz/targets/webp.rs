//! WebP: its chunks.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::as_container(b"RIFF\xff\xff\xff\x7fWEBP", data);
});
