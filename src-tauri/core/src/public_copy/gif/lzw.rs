//! The codes of one GIF picture (LZW of variable length, GIF 89a, appendix F). They are read only to find
//! where they end: decoders do not look at what follows.

use crate::model::CopyRefusal;

/// The number of codes of the largest table.
const MOST_CODES: usize = 4096;

/// Finds the end of the codes in the sub-blocks at `at`. `bits` is the size of a pixel, `pixels` their number.
/// Returns the position of the sub-block in which the codes end, and how many of its bytes they use; `None` if
/// nothing follows them.
pub(super) fn cut(
    bytes: &[u8],
    at: usize,
    bits: u8,
    pixels: u64,
) -> Result<Option<(usize, u8)>, CopyRefusal> {
    let mut codes = Codes::of(bits).ok_or(CopyRefusal::Damaged)?;
    let (mut block_at, mut left) = (at, pixels);
    // Where the code of the last pixel ends: some encoders leave out the end code.
    let mut last = None;
    loop {
        let length = *bytes.get(block_at).ok_or(CopyRefusal::Incomplete)?;
        if length == 0 {
            return if left == 0 { Ok(None) } else { Err(CopyRefusal::Incomplete) };
        }
        let next_block = block_at + 1 + usize::from(length);
        let block = bytes.get(block_at + 1..next_block).ok_or(CopyRefusal::Incomplete)?;
        for (used, byte) in (1_u8..=u8::MAX).zip(block) {
            codes.push(*byte);
            while let Some(code) = codes.next() {
                let step = codes.read(code);
                if left == 0 {
                    match (step, last) {
                        (Some(Code::Clear), _) => continue,
                        (Some(Code::End), _) => return Ok(cut_at(bytes, block_at, used)),
                        (_, Some((block_at, used))) => return Ok(cut_at(bytes, block_at, used)),
                        (_, None) => return Err(CopyRefusal::Damaged),
                    }
                }
                match step.ok_or(CopyRefusal::Damaged)? {
                    Code::Clear => {}
                    Code::End => return Err(CopyRefusal::Incomplete),
                    Code::Pixels(count) => left = left.saturating_sub(count.into()),
                }
                if left == 0 {
                    last = Some((block_at, used));
                }
            }
        }
        block_at = next_block;
    }
}

/// Returns the cut, unless the sub-blocks end there anyway.
fn cut_at(bytes: &[u8], block_at: usize, used: u8) -> Option<(usize, u8)> {
    let is_whole = bytes.get(block_at) == Some(&used);
    let is_last = bytes.get(block_at + 1 + usize::from(used)) == Some(&0);
    (!is_whole || !is_last).then_some((block_at, used))
}

/// What a code means.
enum Code {
    Clear,
    End,
    Pixels(u32),
}

/// The codes of a picture, with the number of pixels that each stands for.
struct Codes {
    held: u32,
    count: u32,
    clear: usize,
    first_width: u32,
    width: u32,
    next: usize,
    previous: Option<usize>,
    lengths: Vec<u32>,
}

impl Codes {
    fn of(bits: u8) -> Option<Self> {
        let first_width = u32::from(bits) + 1;
        let clear = 1_usize.checked_shl(bits.into()).filter(|_| (1..=11).contains(&bits))?;
        Some(Self {
            held: 0,
            count: 0,
            clear,
            first_width,
            width: first_width,
            next: clear + 2,
            previous: None,
            lengths: vec![1; MOST_CODES],
        })
    }

    fn push(&mut self, byte: u8) {
        self.held |= u32::from(byte) << self.count;
        self.count += 8;
    }

    /// Returns the next code; `None` if it needs another byte.
    fn next(&mut self) -> Option<usize> {
        let left = self.count.checked_sub(self.width)?;
        let code = self.held & ((1 << self.width) - 1);
        (self.held, self.count) = (self.held >> self.width, left);
        usize::try_from(code).ok()
    }

    /// Reads a code. `None` if there cannot be such a code here.
    fn read(&mut self, code: usize) -> Option<Code> {
        if code == self.clear {
            (self.width, self.next, self.previous) = (self.first_width, self.clear + 2, None);
            return Some(Code::Clear);
        }
        if code == self.clear + 1 {
            return Some(Code::End);
        }
        let before = self.previous.replace(code);
        let Some(before) = before else {
            return (code < self.clear).then_some(Code::Pixels(1));
        };
        let longer = self.lengths.get(before)?.saturating_add(1);
        if self.next < MOST_CODES {
            *self.lengths.get_mut(self.next)? = longer;
            if code > self.next {
                return None;
            }
            self.next += 1;
            if self.next == 1 << self.width && self.width < 12 {
                self.width += 1;
            }
        }
        self.lengths.get(code).copied().map(Code::Pixels)
    }
}
