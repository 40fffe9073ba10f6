//! An XMP packet, as a PNG has it.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let block = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), data].concat();
    vitrine_fuzz::check(&vitrine_core::metadata::read(&vitrine_fuzz::png(b"iTXt", &block)));
});
