//! The codes of one GIF picture (LZW of variable length, GIF 89a, appendix F). They are read only to find where they
//! end, as decoders do not look at what follows, and which colours they use.

use crate::model::CopyRefusal;

/// The number of codes of the largest table.
const MOST_CODES: usize = 4096;

/// The codes of one picture.
pub(super) struct Read {
    /// Where the sub-block is in which the codes end, and which bytes a copy has there.
    pub(super) last: (usize, Vec<u8>),
    /// Which colours the pixels have.
    pub(super) colours: Colours,
}

/// For each number of a colour, whether pixels have it.
pub(super) type Colours = [bool; 256];

/// Reads the codes in the sub-blocks at `at`. `bits` is the size of a pixel, `pixels` their number.
pub(super) fn read(bytes: &[u8], at: usize, bits: u8, pixels: u64) -> Result<Read, CopyRefusal> {
    let mut codes = Codes::of(bits).ok_or(CopyRefusal::Damaged)?;
    let (mut block_at, mut left) = (at, pixels);
    // Where the code of the last pixel ends: some encoders leave out the end code.
    let mut last = None;
    loop {
        let length = *bytes.get(block_at).ok_or(CopyRefusal::Incomplete)?;
        if length == 0 {
            let last = last.filter(|_| left == 0).ok_or(CopyRefusal::Incomplete)?;
            return Ok(Read { last, colours: codes.colours });
        }
        let next_block = block_at + 1 + usize::from(length);
        let block = bytes.get(block_at + 1..next_block).ok_or(CopyRefusal::Incomplete)?;
        for (used, byte) in (1_usize..).zip(block) {
            codes.push(*byte);
            while let Some(code) = codes.next() {
                let step = codes.read(code);
                // The bits behind the code in its last byte are zeros.
                let end = |codes: &Codes| {
                    let mut kept = block.get(..used).unwrap_or_default().to_vec();
                    let unread = codes.count % 8;
                    if let Some(byte) = kept.last_mut().filter(|_| codes.count < 8) {
                        *byte &= 0xff >> unread;
                    }
                    (block_at, kept)
                };
                if left == 0 {
                    match (step, last) {
                        (Some(Code::Clear), before) => {
                            last = before;
                            continue;
                        }
                        (Some(Code::End), _) => {
                            return Ok(Read { last: end(&codes), colours: codes.colours });
                        }
                        (_, Some(last)) => return Ok(Read { last, colours: codes.colours }),
                        (_, None) => return Err(CopyRefusal::Damaged),
                    }
                }
                match step.ok_or(CopyRefusal::Damaged)? {
                    Code::Clear => {}
                    Code::End => return Err(CopyRefusal::Incomplete),
                    Code::Pixels(count) => {
                        // Longer codes only repeat pixels.
                        if let Some(colour) = codes.colours.get_mut(code) {
                            *colour |= code < codes.clear;
                        }
                        left = left.saturating_sub(count.into());
                    }
                }
                if left == 0 {
                    last = Some(end(&codes));
                }
            }
        }
        block_at = next_block;
    }
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
    colours: Colours,
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
            colours: [false; 256],
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
