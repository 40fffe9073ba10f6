//! The data of a lossless WebP, or of a compressed alpha channel (RFC 9649, section 3). Its codes are read, but not
//! turned into pixels, to find where they end: a decoder does not look at what follows.
//!
//! Images within the data say how the picture is coded. Their channels without a meaning must say nothing, and
//! neither may colours and codes that no pixel uses.

mod bits;

use super::Exact;
use crate::model::CopyRefusal;
use crate::public_copy::walked::{Means, u32_le, usize_of};
use bits::{Bits, Code};

/// The length of the signature, width, height, the flag of alpha and the version, in bytes.
const HEAD: usize = 5;
/// Values of green that are no colours begin a copy of former pixels.
const LENGTHS: u16 = 256;
/// Those above refer to the colour cache.
const CACHED: u16 = 280;
/// The most groups of codes. Encoders make at most 2,600.
const MOST_GROUPS: usize = 10_000;
/// The steps to the left and up of the first distances (3.6.2.2).
#[rustfmt::skip]
const NEAR: [(i64, i64); 120] = [
    (0, 1), (1, 0), (1, 1), (-1, 1), (0, 2), (2, 0), (1, 2), (-1, 2), (2, 1), (-2, 1),
    (2, 2), (-2, 2), (0, 3), (3, 0), (1, 3), (-1, 3), (3, 1), (-3, 1), (2, 3), (-2, 3),
    (3, 2), (-3, 2), (0, 4), (4, 0), (1, 4), (-1, 4), (4, 1), (-4, 1), (3, 3), (-3, 3),
    (2, 4), (-2, 4), (4, 2), (-4, 2), (0, 5), (3, 4), (-3, 4), (4, 3), (-4, 3), (5, 0),
    (1, 5), (-1, 5), (5, 1), (-5, 1), (2, 5), (-2, 5), (5, 2), (-5, 2), (4, 4), (-4, 4),
    (3, 5), (-3, 5), (5, 3), (-5, 3), (0, 6), (6, 0), (1, 6), (-1, 6), (6, 1), (-6, 1),
    (2, 6), (-2, 6), (6, 2), (-6, 2), (4, 5), (-4, 5), (5, 4), (-5, 4), (3, 6), (-3, 6),
    (6, 3), (-6, 3), (0, 7), (7, 0), (1, 7), (-1, 7), (5, 5), (-5, 5), (7, 1), (-7, 1),
    (4, 6), (-4, 6), (6, 4), (-6, 4), (2, 7), (-2, 7), (7, 2), (-7, 2), (3, 7), (-3, 7),
    (7, 3), (-7, 3), (5, 6), (-5, 6), (6, 5), (-6, 5), (8, 0), (4, 7), (-4, 7), (7, 4),
    (-7, 4), (8, 1), (8, 2), (6, 6), (-6, 6), (8, 3), (5, 7), (-5, 7), (7, 5), (-7, 5),
    (8, 4), (6, 7), (-6, 7), (7, 6), (-7, 6), (8, 5), (7, 7), (-7, 7), (8, 6), (8, 7),
];

/// Width, height, and whether there is alpha; `None` if the data is no lossless picture.
pub(super) fn size(data: &[u8]) -> Option<((u32, u32), bool)> {
    // The version is 0.
    let bits = u32_le(data, 1).filter(|bits| data.first() == Some(&0x2f) && bits >> 29 == 0)?;
    Some((((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1), bits >> 28 & 1 == 1))
}

/// Reads a lossless picture. Returns it without bytes that no decoder looks at.
pub(super) fn exact<'a>(data: &'a [u8], means: &Means) -> Result<Exact<'a>, CopyRefusal> {
    let (picture, _) = size(data).ok_or(CopyRefusal::Damaged)?;
    let (head, stream) = data.split_at_checked(HEAD).ok_or(CopyRefusal::Incomplete)?;
    exact_behind(head, stream, picture, means)
}

/// Reads the coded data of a picture of this size. Returns `head` and the data without bytes that no decoder
/// looks at.
pub(super) fn exact_behind<'a>(
    head: &[u8],
    stream: &'a [u8],
    size: (u32, u32),
    means: &Means,
) -> Result<Exact<'a>, CopyRefusal> {
    let mut bits = Bits::of(stream);
    picture(&mut bits, size, means)?;
    let (used, rest) = bits.exact();
    let cut = if rest.is_empty() { Vec::new() } else { vec![rest] };
    Ok(Exact { data: [head, &used].concat(), cut })
}

/// What the pixels of an image mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// How the pixels of a tile are predicted: green alone.
    Predictors,
    /// How the colours of a tile depend on each other: all but alpha.
    Colours,
    Palette,
    /// Which group of codes a tile uses: red and green.
    Groups,
    Picture,
}

impl Role {
    /// Says which of red, blue and alpha have a meaning.
    fn means(self) -> [bool; 3] {
        match self {
            Self::Predictors => [false, false, false],
            Self::Colours => [true, true, false],
            Self::Groups => [true, false, false],
            Self::Palette | Self::Picture => [true, true, true],
        }
    }
}

/// What was seen in the pixels of an image.
struct Seen {
    /// The values of green that occur.
    greens: Vec<bool>,
    /// All pixels, in [`Role::Groups`] alone.
    pixels: Vec<u32>,
}

/// Reads the transforms, then the picture.
fn picture(bits: &mut Bits, (mut width, height): (u32, u32), means: &Means) -> Result<(), CopyRefusal> {
    let mut done = [false; 4];
    let mut palette = None;
    while bits.flag()? {
        let kind = bits.take(2)?;
        let is_done = done.get_mut(usize_of(kind)).ok_or(CopyRefusal::Damaged)?;
        if std::mem::replace(is_done, true) {
            return Err(CopyRefusal::Damaged);
        }
        match kind {
            0 | 1 => {
                let scale = bits.take(3)? + 2;
                let role = if kind == 0 { Role::Predictors } else { Role::Colours };
                image(bits, role, tiles((width, height), scale), means)?;
            }
            3 => {
                let colours = bits.take(8)? + 1;
                image(bits, Role::Palette, (colours, 1), means)?;
                let scale = match colours {
                    17.. => 0,
                    5.. => 1,
                    3.. => 2,
                    _ => 3,
                };
                width = width.div_ceil(1 << scale);
                palette = Some((usize_of(colours), 8_u32 >> scale));
            }
            // Green is subtracted from red and blue.
            _ => {}
        }
    }
    let seen = image(bits, Role::Picture, (width, height), means)?;
    match palette {
        Some((colours, width)) if !uses_all(&seen.greens, colours, width) => Err(CopyRefusal::Unknown),
        _ => Ok(()),
    }
}

/// Says whether pixels use every colour of a palette. Green holds indices of this many bits.
fn uses_all(greens: &[bool], colours: usize, width: u32) -> bool {
    let mut is_used = [false; 256];
    for (green, _) in greens.iter().enumerate().filter(|(_, occurs)| **occurs) {
        for shift in (0..8).step_by(usize_of(width)) {
            if let Some(place) = is_used.get_mut(green >> shift & ((1 << width) - 1)) {
                *place = true;
            }
        }
    }
    is_used.iter().take(colours).all(|is_used| *is_used)
}

/// Returns how many tiles cover an image.
fn tiles((width, height): (u32, u32), scale: u32) -> (u32, u32) {
    (width.div_ceil(1 << scale), height.div_ceil(1 << scale))
}

/// The codes of one part of an image.
struct Group {
    green: Code,
    /// Red, blue and alpha.
    others: [Code; 3],
    distance: Code,
    is_used: bool,
}

impl Group {
    fn read(bits: &mut Bits, cached: usize) -> Result<Self, CopyRefusal> {
        let green = Code::read(bits, usize::from(CACHED) + cached)?;
        let others = [Code::read(bits, 256)?, Code::read(bits, 256)?, Code::read(bits, 256)?];
        Ok(Self { green, others, distance: Code::read(bits, 40)?, is_used: false })
    }

    /// Says whether its codes say nothing. Encoders write such groups in place of those that they do not use.
    fn is_empty(&self) -> bool {
        [&self.green, &self.distance].into_iter().chain(&self.others).all(|code| code.alone == Some(0))
    }

    /// Returns the only colour that its codes can mean, which takes no bits: green, then the others.
    fn only_colour(&self) -> Option<(u16, [u16; 3])> {
        let [red, blue, alpha] = &self.others;
        let green = self.green.alone.filter(|green| *green < LENGTHS)?;
        Some((green, [red.alone?, blue.alone?, alpha.alone?]))
    }
}

/// Reads an image: the size of its colour cache, its groups of codes, and its pixels.
fn image(bits: &mut Bits, role: Role, size: (u32, u32), means: &Means) -> Result<Seen, CopyRefusal> {
    let cache_bits = if bits.flag()? { bits.take(4)? } else { 0 };
    let cached = if cache_bits == 0 { 0 } else { 1_usize << cache_bits };
    if cache_bits > 11 {
        return Err(CopyRefusal::Damaged);
    }
    let mut scale = 0;
    let mut indices = Vec::new();
    if role == Role::Picture && bits.flag()? {
        scale = bits.take(3)? + 2;
        // Red is the high byte of an index, green the low one.
        let of = |pixel: u32| usize_of(pixel >> 8 & 0xffff);
        let seen = image(bits, Role::Groups, tiles(size, scale), means)?;
        indices = seen.pixels.into_iter().map(of).collect();
    }
    let count = indices.iter().max().map_or(1, |most| most + 1);
    if count > MOST_GROUPS {
        return Err(CopyRefusal::TooLarge);
    }
    let groups = (0..count).map(|_| Group::read(bits, cached)).collect::<Result<Vec<_>, _>>()?;
    let seen = Seen { greens: vec![false; usize::from(LENGTHS)], pixels: Vec::new() };
    let cache = vec![0; if role == Role::Groups { cached } else { 0 }];
    let mut pixels =
        Pixels { role, size, scale, indices, groups, seen, cache, cache_bits, constant: [None; 3] };
    pixels.read(bits, means)?;
    if pixels.groups.iter().any(|group| !group.is_used && !group.is_empty()) {
        return Err(CopyRefusal::Unknown);
    }
    Ok(pixels.seen)
}

/// The pixels of an image while they are read.
struct Pixels {
    role: Role,
    size: (u32, u32),
    /// The width and height of a tile is 2 to the power of this.
    scale: u32,
    /// The group of each tile; empty if there is one group.
    indices: Vec<usize>,
    groups: Vec<Group>,
    seen: Seen,
    cache: Vec<u32>,
    cache_bits: u32,
    /// The values of red, blue and alpha if they have no meaning.
    constant: [Option<u16>; 3],
}

impl Pixels {
    fn read(&mut self, bits: &mut Bits, means: &Means) -> Result<(), CopyRefusal> {
        let (width, height) = (u64::from(self.size.0), u64::from(self.size.1));
        let across = width.div_ceil(1 << self.scale);
        let (mut x, mut y) = (0, 0);
        while y < height {
            if x == 0 {
                means.unless_cancelled()?;
            }
            let tile = (y >> self.scale) * across + (x >> self.scale);
            let index = usize::try_from(tile).ok().and_then(|tile| self.indices.get(tile)).copied();
            let group = self.groups.get_mut(index.unwrap_or(0)).ok_or(CopyRefusal::Damaged)?;
            group.is_used = true;
            let at = y * width + x;
            let left = width * height - at;
            let mut step = 1;
            if let Some((green, others)) = group.only_colour() {
                // All pixels up to the next tile are the same.
                let to_next = (((x >> self.scale) + 1) << self.scale).min(width) - x;
                step = if self.indices.is_empty() { left } else { to_next };
                self.colour(green, others, step)?;
            } else {
                match group.green.symbol(bits)? {
                    green @ ..LENGTHS => {
                        let [red, blue, alpha] = &group.others;
                        let others = [red.symbol(bits)?, blue.symbol(bits)?, alpha.symbol(bits)?];
                        self.colour(green, others, 1)?;
                    }
                    length @ LENGTHS..CACHED => {
                        step = extended(bits, length - LENGTHS)?;
                        let code = group.distance.symbol(bits)?;
                        let distance = distance(extended(bits, code)?, width);
                        if distance > at || step > left {
                            return Err(CopyRefusal::Damaged);
                        }
                        self.copy(distance, step)?;
                    }
                    cached => {
                        let colour = self.cache.get(usize::from(cached - CACHED)).copied();
                        self.push(colour.unwrap_or_default());
                    }
                }
            }
            x += step;
            (x, y) = (x % width, y + x / width);
        }
        Ok(())
    }

    /// Takes a colour that `count` pixels have.
    fn colour(&mut self, green: u16, others: [u16; 3], count: u64) -> Result<(), CopyRefusal> {
        if let Some(place) = self.seen.greens.get_mut(usize::from(green)) {
            *place = true;
        }
        let parts = self.constant.iter_mut().zip(others).zip(self.role.means());
        for ((constant, value), _) in parts.filter(|(_, has_meaning)| !has_meaning) {
            if *constant.get_or_insert(value) != value {
                return Err(CopyRefusal::Unknown);
            }
        }
        if self.role == Role::Groups {
            let [red, blue, alpha] = others.map(u32::from);
            for _ in 0..count {
                self.push(alpha << 24 | red << 16 | u32::from(green) << 8 | blue);
            }
        }
        Ok(())
    }

    fn copy(&mut self, distance: u64, length: u64) -> Result<(), CopyRefusal> {
        if self.role != Role::Groups {
            return Ok(());
        }
        let distance = usize::try_from(distance).map_err(|_| CopyRefusal::Damaged)?;
        for _ in 0..length {
            let from = self.seen.pixels.len().checked_sub(distance).ok_or(CopyRefusal::Damaged)?;
            let pixel = self.seen.pixels.get(from).copied().ok_or(CopyRefusal::Damaged)?;
            self.push(pixel);
        }
        Ok(())
    }

    /// Keeps a pixel, and its colour in the cache (3.6.2.3), if they are needed.
    fn push(&mut self, pixel: u32) {
        if self.role == Role::Groups {
            self.seen.pixels.push(pixel);
            let hash = pixel.wrapping_mul(0x1e35_a7bd) >> (32 - self.cache_bits).min(31);
            if let Some(place) = self.cache.get_mut(usize_of(hash)) {
                *place = pixel;
            }
        }
    }
}

/// Reads a length or a distance whose code has this number (3.6.2.2).
fn extended(bits: &mut Bits, code: u16) -> Result<u64, CopyRefusal> {
    let code = u32::from(code);
    if code < 4 {
        return Ok(u64::from(code) + 1);
    }
    let more = (code - 2) >> 1;
    let offset = (2 + u64::from(code & 1)) << more;
    Ok(offset + u64::from(bits.take(more)?) + 1)
}

/// Returns how many pixels lie between a pixel and the one that it repeats.
fn distance(code: u64, width: u64) -> u64 {
    let near = usize::try_from(code - 1).ok().and_then(|index| NEAR.get(index));
    let Some((left, up)) = near else { return code - 120 };
    let width = width.cast_signed();
    (up * width + left).max(1).cast_unsigned()
}
