//! Public copies: one that is made is its own copy, and lists exactly what it carries.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tokio_util::sync::CancellationToken;
use vitrine_core::import::{Memory, ReadLimits};
use vitrine_core::model::ImageFormat;
use vitrine_core::public_copy::{Means, Terms, derive};

fuzz_target!(|data: &[u8]| {
    let Some(format) = ImageFormat::from_signature(data) else { return };
    let limits = ReadLimits { max_pixels: 4_000_000, ..ReadLimits::default() };
    let (memory, cancel) = (Memory::default(), CancellationToken::new());
    let means = Means { limits: &limits, memory: &memory, cancel: &cancel };
    for keep_camera in [false, true] {
        let terms = Terms { keep_camera, clear_hidden: true, ..Terms::default() };
        if let Ok(copy) = derive(data, format, &terms, &means) {
            let again = derive(&copy.bytes, format, &terms, &means).expect("a copy is sound");
            assert_eq!((again.bytes, again.kept), (copy.bytes, copy.kept));
        }
    }
});
