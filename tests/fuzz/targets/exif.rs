//! Exif, as a JPEG has it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let block = [b"Exif\0\0".as_slice(), data].concat();
    vitrine_fuzz::check(&vitrine_core::metadata::read(&vitrine_fuzz::jpeg(0xe1, &block)));
});
