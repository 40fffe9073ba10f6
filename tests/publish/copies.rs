//! Public copies of files: nothing hidden is left in them, and their pictures are the same.

mod corpus;
mod exiftool;
mod made;
mod mutated;
mod places;
mod real;
mod secrets;

use tokio_util::sync::CancellationToken;
use vitrine_core::import::{Memory, ReadLimits};
use vitrine_core::model::{Carried, CopyRefusal, ImageFormat};
use vitrine_core::public_copy::{self, Means, PublicCopy, Terms};

/// Makes a copy under the usual limits.
pub(crate) fn derive(original: &[u8], terms: &Terms) -> Result<PublicCopy, CopyRefusal> {
    let format = ImageFormat::from_signature(original).ok_or(CopyRefusal::Damaged)?;
    with_means(|means| public_copy::derive(original, format, terms, means))
}

/// Lists what a file carries under the usual limits.
pub(crate) fn inventory(original: &[u8]) -> Result<Vec<Carried>, CopyRefusal> {
    let format = ImageFormat::from_signature(original).ok_or(CopyRefusal::Damaged)?;
    with_means(|means| public_copy::inventory(original, format, means))
}

fn with_means<T>(work: impl FnOnce(&Means) -> T) -> T {
    let (limits, memory, cancel) = (ReadLimits::default(), Memory::default(), CancellationToken::new());
    work(&Means { limits: &limits, memory: &memory, cancel: &cancel })
}

/// Says whether two files decode to the same frames, each shown for as long.
pub(crate) fn same_pixels(one: &[u8], other: &[u8]) -> bool {
    frames(one) == frames(other)
}

/// Returns all frames of a file, as stored, and for how long each is shown.
fn frames(bytes: &[u8]) -> Vec<(image::DynamicImage, image::Delay)> {
    use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
    use image::{AnimationDecoder, Delay, DynamicImage};
    use std::io::Cursor;
    let of = |frames: image::Frames| {
        let frame = |frame: image::ImageResult<image::Frame>| {
            let frame = frame.unwrap();
            (DynamicImage::ImageRgba8(frame.buffer().clone()), frame.delay())
        };
        frames.map(frame).collect()
    };
    let input = Cursor::new(bytes);
    match ImageFormat::from_signature(bytes).unwrap() {
        ImageFormat::Gif => return of(GifDecoder::new(input).unwrap().into_frames()),
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(input).unwrap();
            if decoder.has_animation() {
                return of(decoder.into_frames());
            }
        }
        ImageFormat::Png => {
            let decoder = PngDecoder::new(input).unwrap();
            if decoder.is_apng().unwrap() {
                return of(decoder.apng().unwrap().into_frames());
            }
        }
        ImageFormat::Jpeg => {}
    }
    vec![(image::load_from_memory(bytes).unwrap(), Delay::from_numer_denom_ms(0, 1))]
}
