//! A C2PA manifest store, as a PNG has it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    vitrine_fuzz::check(&vitrine_core::metadata::read(&vitrine_fuzz::png(b"caBX", data)));
});
