//! Reduces large pictures while they are decoded, so that they are never in memory as a whole. A PNG is
//! decoded row by row, and the colours of a GIF are looked up in its table row by row.

use super::frame::Frame;
use crate::import::outline::Outline;
use crate::import::pieces::Pieces;
use crate::model::Rejection;
use image::{DynamicImage, ImageBuffer};

/// The number of leftmost columns that are kept at full size, because texts hidden in pixels run down these
/// columns.
const KEPT: u32 = 64;

/// Averages squares of pixels while their rows arrive.
pub(super) struct Rows {
    side: usize,
    width: usize,
    channels: usize,
    /// The sums of the current row of squares, for each channel, weighted by alpha if there is one.
    sums: Vec<u64>,
    taken: usize,
    done: Vec<u8>,
    left: Vec<u8>,
}

impl Rows {
    pub(super) fn of_png(
        input: Pieces<'_>,
        side: u32,
        outline: &Outline<'_>,
        memory: u64,
    ) -> Result<Frame, Rejection> {
        let limits = png::Limits { bytes: usize::try_from(memory).unwrap_or(usize::MAX) };
        let mut decoder = png::Decoder::new_with_limits(input, limits);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        decoder.set_ignore_text_chunk(true);
        decoder.set_ignore_iccp_chunk(true);
        let mut reader = decoder.read_info().map_err(|error| refusal(&error))?;
        let channels = reader.output_color_type().0.samples();
        if (reader.info().width, reader.info().height) != (outline.width, outline.height) {
            return Err(Rejection::damaged());
        }
        let mut rows = Self::new(side, outline.width, channels).ok_or_else(Rejection::damaged)?;
        while let Some(row) = reader.next_row().map_err(|error| refusal(&error))? {
            rows.take(row.data()).ok_or_else(Rejection::damaged)?;
        }
        rows.finish(outline.height)
    }

    pub(super) fn of_gif(input: Pieces<'_>, side: u32, outline: &Outline<'_>) -> Result<Frame, Rejection> {
        let damaged = |_| Rejection::damaged();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::Indexed);
        let mut decoder = options.read_info(input).map_err(damaged)?;
        let (left, top, width, transparent) = {
            let frame = decoder.next_frame_info().map_err(damaged)?.ok_or_else(Rejection::damaged)?;
            (frame.left, frame.top, usize::from(frame.width), frame.transparent)
        };
        let mut indices = vec![0; decoder.buffer_size()];
        decoder.read_into_buffer(&mut indices).map_err(damaged)?;
        let palette = decoder.palette().map_err(damaged)?;
        let colour = |index: u8| match palette.as_chunks::<3>().0.get(usize::from(index)) {
            Some([red, green, blue]) if transparent != Some(index) => [*red, *green, *blue, u8::MAX],
            _ => [0; 4],
        };
        let colours: Vec<[u8; 4]> = (0..=u8::MAX).map(colour).collect();
        let screen = usize::try_from(outline.width).unwrap_or(0);
        let mut rows = Self::new(side, outline.width, 4).ok_or_else(Rejection::damaged)?;
        let mut row = vec![[0; 4]; screen];
        for y in 0..outline.height {
            row.fill([0; 4]);
            let inside = y.checked_sub(u32::from(top)).and_then(|y| usize::try_from(y).ok());
            let drawn = inside.and_then(|y| indices.chunks_exact(width.max(1)).nth(y)).unwrap_or_default();
            for (pixel, index) in row.iter_mut().skip(usize::from(left)).zip(drawn) {
                *pixel = colours.get(usize::from(*index)).copied().unwrap_or_default();
            }
            rows.take(row.as_flattened()).ok_or_else(Rejection::damaged)?;
        }
        rows.finish(outline.height)
    }

    fn new(side: u32, width: u32, channels: usize) -> Option<Self> {
        let (side, width) = (usize::try_from(side).ok()?.max(1), usize::try_from(width).ok()?);
        let sums = vec![0; width.div_ceil(side).checked_mul(channels)?];
        Some(Self { side, width, channels, sums, taken: 0, done: Vec::new(), left: Vec::new() })
    }

    fn has_alpha(&self) -> bool {
        matches!(self.channels, 2 | 4)
    }

    fn take(&mut self, row: &[u8]) -> Option<()> {
        let (channels, has_alpha) = (self.channels, self.has_alpha());
        let row = row.get(..self.width * channels)?;
        self.left.extend_from_slice(row.get(..self.width.min(KEPT as usize) * channels)?);
        let squares = row.chunks(self.side * channels).zip(self.sums.chunks_exact_mut(channels));
        for (pixels, sums) in squares {
            for pixel in pixels.chunks_exact(channels) {
                match (pixel.split_last(), sums.split_last_mut()) {
                    (Some((alpha, colours)), Some((alphas, sums))) if has_alpha => {
                        *alphas += u64::from(*alpha);
                        for (colour, sum) in colours.iter().zip(sums) {
                            *sum += u64::from(*colour) * u64::from(*alpha);
                        }
                    }
                    _ => sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u64::from(*value)),
                }
            }
        }
        self.taken += 1;
        if self.taken == self.side {
            self.close();
        }
        Some(())
    }

    /// Computes pixels from the sums.
    fn close(&mut self) {
        let (side, width, channels, has_alpha) = (self.side, self.width, self.channels, self.has_alpha());
        let average =
            |sum: u64, count: u64| u8::try_from((sum + count / 2) / count.max(1)).unwrap_or(u8::MAX);
        for (index, sums) in self.sums.chunks_exact_mut(channels).enumerate() {
            let across = side.min(width - (index * side).min(width));
            let count = (across * self.taken) as u64;
            match sums.split_last() {
                Some((alphas, colours)) if has_alpha => {
                    self.done.extend(colours.iter().map(|sum| average(*sum, *alphas)));
                    self.done.push(average(*alphas, count));
                }
                _ => self.done.extend(sums.iter().map(|sum| average(*sum, count))),
            }
            sums.fill(0);
        }
        self.taken = 0;
    }

    fn finish(mut self, height: u32) -> Result<Frame, Rejection> {
        if self.taken > 0 {
            self.close();
        }
        let across = self.width.div_ceil(self.side);
        let down = u32::try_from(self.done.len() / (across * self.channels).max(1)).unwrap_or(0);
        let kept = u32::try_from(self.width).unwrap_or(0).min(KEPT);
        let across = u32::try_from(across).unwrap_or(0);
        let side = u32::try_from(self.side).unwrap_or(1);
        let left = picture(kept, height, self.channels, self.left);
        let pixels =
            picture(across, down, self.channels, self.done).filter(|_| down == height.div_ceil(side));
        let pixels = pixels.ok_or_else(|| Rejection::truncated(None))?;
        Ok(Frame { left, ..Frame::plain(pixels) })
    }
}

fn picture(width: u32, height: u32, channels: usize, samples: Vec<u8>) -> Option<DynamicImage> {
    match channels {
        1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
        2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
        3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
    }
}

fn refusal(error: &png::DecodingError) -> Rejection {
    match error {
        png::DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Rejection::truncated(None)
        }
        _ => Rejection::damaged(),
    }
}
