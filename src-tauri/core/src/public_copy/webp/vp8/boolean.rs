//! The boolean decoder of VP8 (RFC 6386, section 7), which also tells which bytes decide what it has read.

use crate::model::CopyRefusal;

/// Reads decisions from one partition.
pub(super) struct Boolean<'a> {
    bytes: &'a [u8],
    /// The number of bytes that were loaded.
    at: usize,
    /// What is left of the loaded bytes: a window of 8 bits above `ahead` further ones.
    value: u64,
    /// The number of bits below the window; negative if the window is not full.
    ahead: i32,
    /// [`Self::ahead`] before the last decision.
    ahead_before: i32,
    /// 128 to 255.
    range: u32,
}

impl<'a> Boolean<'a> {
    /// Starts to read. A number above the first range is one that no encoder writes.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, CopyRefusal> {
        if bytes.first() == Some(&0xff) {
            return Err(CopyRefusal::Damaged);
        }
        let mut decoder = Self { bytes, at: 0, value: 0, ahead: -8, ahead_before: 0, range: 255 };
        decoder.load()?;
        decoder.ahead_before = decoder.ahead;
        Ok(decoder)
    }

    /// Loads more bytes. Decoders do not go past the end of a partition.
    fn load(&mut self) -> Result<(), CopyRefusal> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if let Some(four) = rest.first_chunk() {
            self.value = self.value << 32 | u64::from(u32::from_be_bytes(*four));
            (self.at, self.ahead) = (self.at + 4, self.ahead + 32);
        } else {
            let byte = rest.first().ok_or(CopyRefusal::Incomplete)?;
            self.value = self.value << 8 | u64::from(*byte);
            (self.at, self.ahead) = (self.at + 1, self.ahead + 8);
        }
        Ok(())
    }

    /// Reads a decision that is false with a probability of `probability` in 256.
    pub(super) fn bit(&mut self, probability: u8) -> Result<bool, CopyRefusal> {
        if self.ahead < 0 {
            self.load()?;
        }
        self.ahead_before = self.ahead;
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        let border = u64::from(split) << self.ahead;
        let bit = self.value >= border;
        if bit {
            self.range -= split;
            self.value -= border;
        } else {
            self.range = split;
        }
        let shift = self.range.leading_zeros().saturating_sub(24);
        self.range <<= shift;
        self.ahead -= shift.cast_signed();
        Ok(bit)
    }

    pub(super) fn flag(&mut self) -> Result<bool, CopyRefusal> {
        self.bit(128)
    }

    /// Reads a number of this many bits.
    pub(super) fn number(&mut self, bits: u32) -> Result<u32, CopyRefusal> {
        (0..bits).try_fold(0, |number, _| Ok(number << 1 | u32::from(self.flag()?)))
    }

    /// Returns the bytes with which every decoder reads the same decisions, and the bytes that follow them.
    ///
    /// A decoder looks 8 bits ahead, so it needs bytes whose bits decide nothing. The decisions hold for every
    /// number in an interval. The bytes are those of the smallest number in it whose lowest seven bits are zero;
    /// as the interval is never shorter than 128, there is one. So nothing can be hidden in them.
    pub(super) fn exact(&self) -> (Vec<u8>, &'a [u8]) {
        let loaded = i64::try_from(self.at).unwrap_or(i64::MAX);
        let bits = |ahead: i32| usize::try_from(8 * loaded - 8 - i64::from(ahead)).unwrap_or_default();
        let (before, end) = (bits(self.ahead_before), bits(self.ahead));
        let (used, rest) = self.bytes.split_at((before + 8).div_ceil(8).min(self.bytes.len()));
        let window = |value: u64| i32::from(value.to_le_bytes()[0]);
        let offset = if self.ahead < 0 {
            window(self.value << self.ahead.unsigned_abs())
        } else {
            window(self.value >> self.ahead)
        };
        let byte =
            |at: usize| u64::from(self.bytes.get(..self.at).and_then(|b| b.get(at)).copied().unwrap_or(0));
        let stated = window((byte(end / 8) << 8 | byte(end / 8 + 1)) >> (8 - end % 8));
        let lowest = stated - offset;
        let number = lowest + (-lowest).rem_euclid(128);
        let mut bytes = used.to_vec();
        clear_from(&mut bytes, end);
        add(&mut bytes, end, number.div_euclid(256));
        if number.rem_euclid(256) >= 128
            && let Some(byte) = bytes.get_mut(end / 8)
        {
            *byte |= 0x80 >> (end % 8);
        }
        (bytes, rest)
    }
}

/// Clears all bits from this one on.
fn clear_from(bytes: &mut [u8], bit: usize) {
    for (at, byte) in bytes.iter_mut().enumerate().skip(bit / 8) {
        *byte &= if at == bit / 8 { !(0xff >> (bit % 8)) } else { 0 };
    }
}

/// Adds 1, 0 or -1 to the number that ends before this bit.
fn add(bytes: &mut [u8], end: usize, step: i32) {
    let mut bits = (0..end).rev();
    while step != 0
        && let Some(bit) = bits.next()
        && let Some(byte) = bytes.get_mut(bit / 8)
    {
        let mask = 0x80 >> (bit % 8);
        *byte ^= mask;
        if (*byte & mask != 0) == (step > 0) {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the decisions that `bytes` hold for these probabilities.
    fn read(bytes: &[u8], probabilities: &[u8]) -> (Vec<bool>, Vec<u8>, usize) {
        let mut decoder = Boolean::of(bytes).unwrap();
        let bits = probabilities.iter().map(|probability| decoder.bit(*probability).unwrap()).collect();
        let (exact, rest) = decoder.exact();
        (bits, exact, rest.len())
    }

    #[test]
    fn bytes_that_decide_nothing_have_one_form_only() {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for round in 0..3_000 {
            let count = usize::from(next() % 40);
            let probabilities: Vec<u8> = (0..count).map(|_| next().max(1)).collect();
            let mut bytes: Vec<u8> = (0..60).map(|_| [next(), 0, 0xff][usize::from(next() % 3)]).collect();
            bytes[0] = next() / 2;
            let (bits, exact, rest) = read(&bytes, &probabilities);
            assert_eq!(exact.len() + rest, bytes.len());
            // Everything that follows is free.
            for byte in &mut bytes[exact.len()..] {
                *byte = next();
            }
            assert_eq!(read(&bytes, &probabilities), (bits.clone(), exact.clone(), rest), "{round}");
            assert_eq!(read(&exact, &probabilities), (bits.clone(), exact.clone(), 0), "{round}");
            // No other end gives the same decisions and another form.
            for other in 0..=254 {
                bytes[exact.len() - 1] = other;
                let (again, form, _) = read(&bytes, &probabilities);
                assert!(again != bits || form == exact, "{round} {other}");
            }
        }
    }
}
