//! Bits and prefix codes of lossless WebP (RFC 9649, sections 3.7 and 3.8).

use crate::model::CopyRefusal;

/// Codes with at most this many bits are looked up at once.
const SHORT_BITS: u32 = 8;
/// The longest code, in bits.
const LONGEST: usize = 15;

/// Bits, the lowest of each byte first.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, held: 0, count: 0 }
    }

    /// Holds as many bits as fit, or all that are left.
    fn fill(&mut self) {
        if self.count < 32
            && let Some(four) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk)
        {
            self.held |= u64::from(u32::from_le_bytes(*four)) << self.count;
            (self.at, self.count) = (self.at + 4, self.count + 32);
        }
        while self.count < 32
            && let Some(byte) = self.bytes.get(self.at)
        {
            self.held |= u64::from(*byte) << self.count;
            (self.at, self.count) = (self.at + 1, self.count + 8);
        }
    }

    /// Reads a number of at most 32 bits.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, CopyRefusal> {
        if self.count < count {
            self.fill();
        }
        self.count = self.count.checked_sub(count).ok_or(CopyRefusal::Incomplete)?;
        let number = self.held & ((1 << count) - 1);
        self.held >>= count;
        u32::try_from(number).map_err(|_| CopyRefusal::Damaged)
    }

    pub(super) fn flag(&mut self) -> Result<bool, CopyRefusal> {
        Ok(self.take(1)? == 1)
    }

    /// Returns the bytes that were read, with zeros for the rest of the last one, and the bytes that follow.
    pub(super) fn exact(&self) -> (Vec<u8>, &'a [u8]) {
        let unread = usize::try_from(self.count).unwrap_or_default();
        let (used, rest) = self.bytes.split_at((self.at * 8 - unread).div_ceil(8));
        let mut used = used.to_vec();
        if let Some(last) = used.last_mut() {
            *last &= 0xff >> (unread % 8);
        }
        (used, rest)
    }
}

/// One prefix code.
pub(super) struct Code {
    /// The only symbol of a code that has one. It takes no bits.
    pub(super) alone: Option<u16>,
    /// For each length from 1 to 15 bits: the first code, the number of codes, the index of the first symbol.
    lengths: [(u32, u32, usize); LONGEST],
    /// In the order of their codes.
    symbols: Vec<u16>,
    /// For each possible beginning of [`SHORT_BITS`] bits: the symbol and the length of its code, which is 0 if
    /// the code is longer.
    short: Vec<(u16, u8)>,
}

impl Code {
    fn alone(symbol: u16) -> Self {
        Self { alone: Some(symbol), lengths: [(0, 0, 0); LONGEST], symbols: Vec::new(), short: Vec::new() }
    }

    /// Makes the code in which each symbol has this length; 0 for symbols without a code.
    fn of(lengths: &[u8]) -> Option<Self> {
        let mut code = Self::alone(0);
        for (bits, list) in (1_u8..).zip(&mut code.lengths) {
            let symbols = (0_u16..).zip(lengths).filter(|(_, length)| **length == bits);
            list.2 = code.symbols.len();
            code.symbols.extend(symbols.map(|(symbol, _)| symbol));
            list.1 = u32::try_from(code.symbols.len() - list.2).ok()?;
        }
        if let [symbol] = *code.symbols {
            return Some(Self::alone(symbol));
        }
        code.alone = None;
        code.short = vec![(0, 0); 1 << SHORT_BITS];
        let mut next = 0_u32;
        for (bits, (first, count, index)) in (1_u32..).zip(&mut code.lengths) {
            *first = next;
            next += *count;
            if next > 1 << bits {
                return None;
            }
            if bits <= SHORT_BITS {
                for (code_bits, symbol) in (*first..next).zip(code.symbols.get(*index..)?) {
                    let begin = code_bits.reverse_bits() >> (32 - bits);
                    let places = code.short.iter_mut().skip(usize::try_from(begin).ok()?);
                    for place in places.step_by(1 << bits) {
                        *place = (*symbol, u8::try_from(bits).ok()?);
                    }
                }
            }
            next <<= 1;
        }
        // Every sequence of bits must mean something.
        (next == 2 << LONGEST).then_some(code)
    }

    /// Reads the lengths of a code of this many symbols, and makes it.
    pub(super) fn read(bits: &mut Bits, symbols: usize) -> Result<Self, CopyRefusal> {
        let mut lengths = vec![0; symbols];
        if bits.flag()? {
            let has_two = bits.flag()?;
            let is_long = bits.flag()?;
            let first = bits.take(if is_long { 8 } else { 1 })?;
            let second = if has_two { bits.take(8)? } else { first };
            for symbol in [first, second] {
                let place = usize::try_from(symbol).ok().and_then(|symbol| lengths.get_mut(symbol));
                *place.ok_or(CopyRefusal::Damaged)? = 1;
            }
        } else {
            read_lengths(bits, &mut lengths)?;
        }
        Self::of(&lengths).ok_or(CopyRefusal::Damaged)
    }

    /// Reads one symbol.
    pub(super) fn symbol(&self, bits: &mut Bits) -> Result<u16, CopyRefusal> {
        if let Some(symbol) = self.alone {
            return Ok(symbol);
        }
        if bits.count < 16 {
            bits.fill();
        }
        let begin = usize::from(bits.held.to_le_bytes()[0]);
        if let Some((symbol, length @ 1..)) = self.short.get(begin) {
            let length = u32::from(*length);
            bits.count = bits.count.checked_sub(length).ok_or(CopyRefusal::Incomplete)?;
            bits.held >>= length;
            return Ok(*symbol);
        }
        let mut code = 0;
        for (first, count, index) in self.lengths {
            code = code << 1 | bits.take(1)?;
            if let Some(offset) = code.checked_sub(first).filter(|offset| *offset < count) {
                let symbol = usize::try_from(offset).ok().and_then(|offset| self.symbols.get(index + offset));
                return symbol.copied().ok_or(CopyRefusal::Damaged);
            }
        }
        Err(CopyRefusal::Damaged)
    }
}

/// Reads the lengths of codes, which are coded themselves (3.7.2.1.2).
fn read_lengths(bits: &mut Bits, lengths: &mut [u8]) -> Result<(), CopyRefusal> {
    const ORDER: [usize; 19] = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut of_lengths = [0; 19];
    let count = usize::try_from(bits.take(4)? + 4).map_err(|_| CopyRefusal::Damaged)?;
    for place in ORDER.get(..count).ok_or(CopyRefusal::Damaged)? {
        let length = bits.take(3)?.to_le_bytes()[0];
        *of_lengths.get_mut(*place).ok_or(CopyRefusal::Damaged)? = length;
    }
    let code = Code::of(&of_lengths).ok_or(CopyRefusal::Damaged)?;
    let mut left = lengths.len();
    if bits.flag()? {
        let width = 2 + 2 * bits.take(3)?;
        let stated = usize::try_from(2 + bits.take(width)?).unwrap_or(usize::MAX);
        if stated > left {
            return Err(CopyRefusal::Damaged);
        }
        left = stated;
    }
    let (mut at, mut previous) = (0, 8);
    while at < lengths.len() && left > 0 {
        left -= 1;
        let (length, times) = match code.symbol(bits)? {
            16 => (previous, 3 + bits.take(2)?),
            17 => (0, 3 + bits.take(3)?),
            18 => (0, 11 + bits.take(7)?),
            length => {
                let length = length.to_le_bytes()[0];
                if length > 0 {
                    previous = length;
                }
                (length, 1)
            }
        };
        let end = at + usize::try_from(times).map_err(|_| CopyRefusal::Damaged)?;
        lengths.get_mut(at..end).ok_or(CopyRefusal::Damaged)?.fill(length);
        at = end;
    }
    Ok(())
}
