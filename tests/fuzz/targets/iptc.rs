//! IPTC in Photoshop's resources, as a JPEG has them.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let block = [b"Photoshop 3.0\0".as_slice(), data].concat();
    vitrine_fuzz::check(&vitrine_core::metadata::read(&vitrine_fuzz::jpeg(0xed, &block)));
});
