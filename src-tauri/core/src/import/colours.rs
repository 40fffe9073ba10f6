//! Converts decoded pixels into sRGB, as a colour-managed viewer shows them. Knows pixels and what a file
//! states about its colours; must not know files on disk.
//!
//! Thumbnails carry no profile, so they look right in engines with and without colour management. If the
//! statement of a file is wrong in any way, the picture is shown as sRGB and never refused.

mod high_range;
mod profile;
mod srgb;
mod stated;

pub(super) use stated::Stated;

use high_range::ToneMap;
use image::{DynamicImage, ImageBuffer};
use profile::Transform;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The number of pixels that are converted together.
const CHUNK: usize = 4096;

/// The largest difference between two 8-bit values that count as the same colour.
const SAME: u8 = 1;

/// How far a conversion may move the middle grey and still be done after scaling. Scaling averages code
/// values; where codes relate to light in a very different way than in sRGB, the average is a different
/// colour. A gamma of 1.8 moves the middle grey by 20, linear light moves it by 60.
const GENTLE: u8 = 32;

/// What the samples of a decoded picture mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    /// Grey, with or without alpha.
    Grey,
    /// Red, green and blue, with or without alpha.
    Rgb,
    /// Cyan, magenta, yellow and black, with 255 for full ink. Stored in four channels, like RGBA.
    Ink,
}

impl Channels {
    /// Returns what the pixels of a picture that is not in inks mean.
    pub(super) fn of(picture: &DynamicImage) -> Self {
        if picture.color().has_color() { Self::Rgb } else { Self::Grey }
    }

    fn count(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Ink => 4,
        }
    }
}

/// The conversion from a picture's colours to sRGB.
#[derive(Clone)]
pub(super) struct Conversion {
    way: Way,
    from: Channels,
    is_steep: bool,
}

#[derive(Clone)]
enum Way {
    /// The result for each 16-bit grey.
    Grey(Arc<[u16]>),
    Profile(Arc<Transform>),
    Light(Arc<ToneMap>),
    /// Each ink covers its share of the paper.
    Overprint,
}

/// The last conversion: the statements and channels it was made for, and the conversion itself.
type Last = (Vec<Stated>, Channels, Option<Conversion>);

thread_local! {
    /// Pictures in one folder often state the same colours, and making the tables takes longer than using
    /// them.
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

impl Conversion {
    /// Returns the conversion to sRGB for such pixels; `None` if they are sRGB already. Of several
    /// statements, the first usable one counts.
    pub(super) fn of(stated: Vec<Stated>, from: Channels) -> Option<Self> {
        if stated.is_empty() && from != Channels::Ink {
            return None;
        }
        let known = LAST.with_borrow(|last| {
            let (_, _, conversion) =
                last.as_ref().filter(|(had, kind, _)| (had, *kind) == (&stated, from))?;
            Some(conversion.clone())
        });
        known.unwrap_or_else(|| {
            // The code below reads data from strangers. If it panics, the profile counts as unusable.
            let made = catch_unwind(AssertUnwindSafe(|| Self::made(&stated, from)));
            let conversion = made.unwrap_or_else(|_| Self::without_statement(from));
            LAST.set(Some((stated, from, conversion.clone())));
            conversion
        })
    }

    fn made(stated: &[Stated], from: Channels) -> Option<Self> {
        let way = stated.iter().find_map(|stated| match stated {
            Stated::Srgb => Some(None),
            Stated::Coded(code) if code.is_high_range() => {
                Some(Some(Way::Light(Arc::new(ToneMap::of(*code)?))))
            }
            stated => {
                let transform = Transform::of(stated, from)?;
                Some(Some(match transform.high_range() {
                    Some(code) => Way::Light(Arc::new(ToneMap::of(code)?)),
                    None => Way::Profile(Arc::new(transform)),
                }))
            }
        });
        let Some(way) = way else { return Self::without_statement(from) };
        let way = match (way?, from) {
            (way, Channels::Grey) => Way::Grey(greys(&way)?),
            (way, _) => way,
        };
        Self { way, from, is_steep: false }.judged()
    }

    fn without_statement(from: Channels) -> Option<Self> {
        (from == Channels::Ink).then_some(Self { way: Way::Overprint, from, is_steep: false })
    }

    /// Applies the conversion to sample colours. Returns `None` if it changes nothing visible, and notes
    /// whether it is steep.
    fn judged(mut self) -> Option<Self> {
        if self.from == Channels::Ink {
            return Some(self);
        }
        let steps = [0_u8, 32, 64, 128, 192, 255];
        let probe: Vec<u8> = match self.from {
            Channels::Grey => (0..=u8::MAX).collect(),
            _ => (0..216)
                .flat_map(|index| [index / 36, index / 6 % 6, index % 6].map(|step| steps[step]))
                .collect(),
        };
        let mut shown = probe.clone();
        self.run_8(&probe, &mut shown)?;
        let moved = |from: &[u8], to: &[u8]| {
            from.iter().zip(to).map(|(from, to)| from.abs_diff(*to)).max().unwrap_or(0)
        };
        if moved(&probe, &shown) <= SAME {
            return None;
        }
        let count = self.from.count();
        let mut pairs = probe.chunks_exact(count).zip(shown.chunks_exact(count));
        let middle = pairs.find(|(from, _)| from.iter().all(|value| *value == 128));
        // Light beyond white is coded in steps that look even to the eye, and scaling preserves them.
        let is_even = matches!(self.way, Way::Light(_));
        self.is_steep = !is_even && middle.is_some_and(|(from, to)| moved(from, to) > GENTLE);
        Some(self)
    }

    /// Says whether the whole picture has to be converted before scaling, rather than only its thumbnail.
    pub(super) fn comes_before_scaling(&self) -> bool {
        self.is_steep
    }

    /// Converts a picture into sRGB. A picture that cannot be converted stays unchanged, but inks always
    /// become colours.
    pub(super) fn convert(&self, picture: &mut DynamicImage) {
        if self.from == Channels::Ink {
            let printed = |way: &Self| catch_unwind(AssertUnwindSafe(|| way.printed(picture))).ok().flatten();
            let plain = Self { way: Way::Overprint, ..self.clone() };
            if let Some(printed) = printed(self).or_else(|| printed(&plain)) {
                *picture = printed;
            }
        } else {
            let _ = catch_unwind(AssertUnwindSafe(|| self.converted(picture)));
        }
    }

    fn converted(&self, picture: &mut DynamicImage) -> Option<()> {
        match picture {
            DynamicImage::ImageLuma8(pixels) => self.in_place(pixels, 1, Self::run_8),
            DynamicImage::ImageLumaA8(pixels) => self.in_place(pixels, 2, Self::run_8),
            DynamicImage::ImageRgb8(pixels) => self.in_place(pixels, 3, Self::run_8),
            DynamicImage::ImageRgba8(pixels) => self.in_place(pixels, 4, Self::run_8),
            DynamicImage::ImageLuma16(pixels) => self.in_place(pixels, 1, Self::run_16),
            DynamicImage::ImageLumaA16(pixels) => self.in_place(pixels, 2, Self::run_16),
            DynamicImage::ImageRgb16(pixels) => self.in_place(pixels, 3, Self::run_16),
            DynamicImage::ImageRgba16(pixels) => self.in_place(pixels, 4, Self::run_16),
            _ => None,
        }
    }

    fn printed(&self, picture: &DynamicImage) -> Option<DynamicImage> {
        let inks = picture.as_rgba8()?;
        let mut pixels = ImageBuffer::new(inks.width(), inks.height());
        for (from, to) in inks.as_raw().chunks(CHUNK * 4).zip(pixels.chunks_mut(CHUNK * 3)) {
            self.run_8(from, to)?;
        }
        Some(DynamicImage::ImageRgb8(pixels))
    }

    /// Converts samples in place. Alpha stays unchanged.
    fn in_place<T: Copy + Default>(
        &self,
        samples: &mut [T],
        channels: usize,
        run: impl Fn(&Self, &[T], &mut [T]) -> Option<()>,
    ) -> Option<()> {
        let count = self.from.count();
        if count != if channels < 3 { 1 } else { 3 } {
            return None;
        }
        let (mut from, mut to) = (vec![T::default(); CHUNK * count], vec![T::default(); CHUNK * count]);
        for chunk in samples.chunks_mut(CHUNK * channels) {
            let length = chunk.len() / channels * count;
            let (from, to) = (from.get_mut(..length)?, to.get_mut(..length)?);
            for (pixel, from) in chunk.chunks_exact(channels).zip(from.chunks_exact_mut(count)) {
                from.copy_from_slice(pixel.get(..count)?);
            }
            run(self, from, to)?;
            for (pixel, to) in chunk.chunks_exact_mut(channels).zip(to.chunks_exact(count)) {
                pixel.get_mut(..count)?.copy_from_slice(to);
            }
        }
        Some(())
    }

    /// Writes as many samples as it reads, but three for every four inks.
    fn run_8(&self, from: &[u8], to: &mut [u8]) -> Option<()> {
        match &self.way {
            Way::Grey(greys) => {
                for (from, to) in from.iter().zip(to) {
                    let grey = u32::from(*greys.get(usize::from(*from) * 257)?);
                    *to = u8::try_from((grey + 128) / 257).ok()?;
                }
                Some(())
            }
            Way::Profile(transform) => transform.run_8(from, to),
            Way::Light(map) => {
                map.run(from, to, 255.0);
                Some(())
            }
            Way::Overprint => {
                for (ink, rgb) in from.as_chunks::<4>().0.iter().zip(to.as_chunks_mut::<3>().0) {
                    let [cyan, magenta, yellow, black] = ink.map(|ink| u32::from(u8::MAX - ink));
                    *rgb = [cyan, magenta, yellow]
                        .map(|left| u8::try_from((left * black + 127) / 255).unwrap_or(u8::MAX));
                }
                Some(())
            }
        }
    }

    fn run_16(&self, from: &[u16], to: &mut [u16]) -> Option<()> {
        match &self.way {
            Way::Grey(greys) => {
                for (from, to) in from.iter().zip(to) {
                    *to = *greys.get(usize::from(*from))?;
                }
                Some(())
            }
            Way::Profile(transform) => transform.run_16(from, to),
            Way::Light(map) => {
                map.run(from, to, 65_535.0);
                Some(())
            }
            Way::Overprint => None,
        }
    }
}

/// Returns the result for each grey. A profile with three colours turns grey into grey, or nearly so.
fn greys(way: &Way) -> Option<Arc<[u16]>> {
    let count = match way {
        Way::Profile(transform) => transform.channels(),
        _ => 3,
    };
    let from: Vec<u16> = (0..=u16::MAX).flat_map(|grey| std::iter::repeat_n(grey, count)).collect();
    let mut to = vec![0; from.len() / count * 3];
    match way {
        Way::Profile(transform) => transform.run_16(&from, &mut to)?,
        Way::Light(map) => map.run(&from, &mut to, 65_535.0),
        Way::Grey(_) | Way::Overprint => return None,
    }
    Some(to.chunks_exact(3).filter_map(|rgb| rgb.get(1)).copied().collect())
}
