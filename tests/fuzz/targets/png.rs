//! PNG: its chunks.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::as_container(b"\x89PNG\r\n\x1a\n", data);
});
