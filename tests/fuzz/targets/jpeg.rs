//! JPEG: its segments.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::as_container(b"\xff\xd8\xff", data);
});
