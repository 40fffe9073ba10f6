//! Finds all pairs of similar fingerprints among a million. Pure.
//!
//! Comparing every two would take half a trillion steps. Instead, the 128 bits are dealt out to eight bands of
//! 16. Two fingerprints that differ in at most 15 bits differ in at most one bit of some band, so only those
//! are compared that agree in a band but for one bit.

use crate::model::Fingerprint;

/// Fingerprints that differ in at most this many bits are of the same picture. With more, the bands could miss
/// a pair.
pub(super) const SAME: u32 = 15;
/// The number of bands.
pub(super) const BANDS: u32 = 8;
/// The bits of a band.
const BAND_BITS: u32 = Fingerprint::BITS / BANDS;
/// The number of values of a band.
const KEYS: usize = 1 << BAND_BITS;
/// The most comparisons in one band: a few seconds. A million unrelated pictures need 130 million.
const MOST_COMPARED: u64 = 3_000_000_000;

const _: () = assert!(SAME < 2 * BANDS, "the bands find every pair");

/// The groups that were found.
pub(super) struct Groups {
    /// The indexes of the fingerprints of each group, in ascending order. In a group, each is similar to
    /// another one, but not to every other one.
    pub(super) groups: Vec<Vec<u32>>,
    /// False if there were too many similar ones to compare all of them.
    pub(super) is_complete: bool,
}

/// Puts similar fingerprints into groups of two or more. Asks `is_wanted` often, and calls `progress` after
/// each band. Returns `None` once the result is no longer wanted. Takes about 80 bytes of memory for each
/// fingerprint.
pub(super) fn groups(
    all: &[Fingerprint],
    is_wanted: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(u32),
) -> Option<Groups> {
    let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
    let mut sets = Sets { parents: (0..count).collect() };
    // Of equal ones, the first stands for all, because there can be thousands.
    let mut sorted: Vec<u32> = (0..count).collect();
    sorted.sort_unstable_by_key(|index| (at(all, *index), *index));
    let mut different: Vec<(Fingerprint, u32)> = Vec::new();
    for index in sorted {
        let bits = at(all, index);
        match different.last() {
            Some((last, first)) if *last == bits => sets.unite(*first, index),
            _ => different.push((bits, index)),
        }
    }
    let mut is_complete = true;
    for band in 0..BANDS {
        is_complete &= compare_in(&different, band, &mut sets, is_wanted)?;
        progress(band + 1);
    }
    Some(Groups { groups: sets.groups(), is_complete })
}

fn at(all: &[Fingerprint], index: u32) -> Fingerprint {
    all.get(index as usize).copied().unwrap_or(Fingerprint { coarse: 0, fine: 0 })
}

/// Returns the bits of a band. Neighbouring bits, which are often alike, go to different bands.
fn key(bits: Fingerprint, band: u32) -> usize {
    let mut key = 0;
    for place in 0..BAND_BITS / 2 {
        let from = place * BANDS + band;
        key = key << 2 | (bits.coarse >> from & 1) << 1 | bits.fine >> from & 1;
    }
    usize::try_from(key).unwrap_or_default()
}

/// Unites those that are similar among the ones that agree in a band but for one bit. Returns whether all of
/// them were compared; `None` if the result is no longer wanted.
fn compare_in(
    all: &[(Fingerprint, u32)],
    band: u32,
    sets: &mut Sets,
    is_wanted: &dyn Fn() -> bool,
) -> Option<bool> {
    // The fingerprints in the order of their keys, so that those of one key are next to each other.
    let mut ends = vec![0_usize; KEYS + 1];
    for (bits, _) in all {
        if let Some(end) = ends.get_mut(key(*bits, band) + 1) {
            *end += 1;
        }
    }
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let starts = ends.clone();
    let mut sorted = vec![(Fingerprint { coarse: 0, fine: 0 }, 0_u32); all.len()];
    for item in all {
        let Some(next) = ends.get_mut(key(item.0, band)) else { continue };
        if let Some(place) = sorted.get_mut(*next) {
            *place = *item;
        }
        *next += 1;
    }
    let of_key = |key: usize| {
        let range = starts.get(key).copied().unwrap_or(0)..starts.get(key + 1).copied().unwrap_or(0);
        sorted.get(range).unwrap_or_default()
    };
    let mut left = MOST_COMPARED;
    for key in 0..KEYS {
        let mine = of_key(key);
        if mine.is_empty() {
            continue;
        }
        if !is_wanted() {
            return None;
        }
        for (place, one) in mine.iter().enumerate() {
            compare(one, mine.get(place + 1..).unwrap_or_default(), sets);
        }
        left = left.saturating_sub(mine.len() as u64 * mine.len() as u64 / 2);
        for bit in 0..BAND_BITS {
            let other = key ^ (1 << bit);
            // The other key compares with this one otherwise.
            if other < key {
                continue;
            }
            let others = of_key(other);
            for one in mine {
                compare(one, others, sets);
            }
            left = left.saturating_sub(mine.len() as u64 * others.len() as u64);
        }
        if left == 0 {
            return Some(false);
        }
    }
    Some(true)
}

fn compare(one: &(Fingerprint, u32), others: &[(Fingerprint, u32)], sets: &mut Sets) {
    for other in others {
        if one.0.distance(other.0) <= SAME {
            sets.unite(one.1, other.1);
        }
    }
}

/// Sets of indexes that can be united.
struct Sets {
    /// Another member of the same set for each index, or the index itself if it is the smallest.
    parents: Vec<u32>,
}

impl Sets {
    fn parent(&self, of: u32) -> u32 {
        self.parents.get(of as usize).copied().unwrap_or(of)
    }

    fn smallest(&mut self, of: u32) -> u32 {
        let mut index = of;
        while self.parent(index) != index {
            // Halves the way for the next time.
            let further = self.parent(self.parent(index));
            if let Some(parent) = self.parents.get_mut(index as usize) {
                *parent = further;
            }
            index = further;
        }
        index
    }

    fn unite(&mut self, one: u32, other: u32) {
        let (one, other) = (self.smallest(one), self.smallest(other));
        if let Some(parent) = self.parents.get_mut(one.max(other) as usize) {
            *parent = one.min(other);
        }
    }

    fn groups(mut self) -> Vec<Vec<u32>> {
        let count = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
        let mut members: Vec<(u32, u32)> = Vec::new();
        for index in 0..count {
            let smallest = self.smallest(index);
            if smallest != index {
                members.push((smallest, index));
            }
        }
        members.sort_unstable();
        members
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|same| {
                let first = same.first()?.0;
                Some(std::iter::once(first).chain(same.iter().map(|(_, index)| *index)).collect())
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Random(u64);

    impl Random {
        fn next(&mut self) -> u64 {
            // xorshift64* (https://doi.org/10.18637/jss.v008.i14).
            self.0 ^= self.0 >> 12;
            self.0 ^= self.0 << 25;
            self.0 ^= self.0 >> 27;
            self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
        }

        fn fingerprint(&mut self) -> Fingerprint {
            Fingerprint { coarse: self.next(), fine: self.next() }
        }

        /// Returns a fingerprint that differs in exactly this many bits.
        fn near(&mut self, from: Fingerprint, bits: u32) -> Fingerprint {
            let mut near = from;
            while near.distance(from) < bits {
                let bit = 1 << (self.next() >> 58);
                if self.next() >> 63 == 0 { near.coarse ^= bit } else { near.fine ^= bit }
            }
            near
        }
    }

    fn found(all: &[Fingerprint]) -> Vec<Vec<u32>> {
        let found = groups(all, &|| true, &mut |_| ()).unwrap();
        assert!(found.is_complete);
        found.groups
    }

    #[test]
    fn every_pair_within_the_limit_is_found_and_none_beyond_it() {
        let mut random = Random(1);
        let mut pairs = |bits: u32| {
            let pair = |_| {
                let one = random.fingerprint();
                [one, random.near(one, bits)]
            };
            (0..50).flat_map(pair).collect::<Vec<_>>()
        };
        let expected: Vec<_> = (0..50).map(|pair| vec![2 * pair, 2 * pair + 1]).collect();
        for bits in 0..=SAME {
            assert_eq!(found(&pairs(bits)), expected, "{bits}");
        }
        assert!(found(&pairs(SAME + 1)).is_empty());
    }

    #[test]
    fn groups_are_the_same_as_from_comparing_every_two() {
        let mut random = Random(7);
        let mut all: Vec<Fingerprint> = (0..200).map(|_| random.fingerprint()).collect();
        for index in 0..100 {
            let bits = u32::try_from(index % 20).unwrap();
            all.push(random.near(all[index], bits));
        }
        let mut sets = Sets { parents: (0..300).collect() };
        for one in 0..300_u32 {
            for other in 0..one {
                if at(&all, one).distance(at(&all, other)) <= SAME {
                    sets.unite(one, other);
                }
            }
        }
        assert_eq!(found(&all), sets.groups());
    }

    #[test]
    fn ten_thousand_equal_ones_are_one_group_at_once() {
        let all = vec![Random(3).fingerprint(); 10_000];
        assert_eq!(found(&all), [(0..10_000).collect::<Vec<_>>()]);
    }

    #[test]
    fn an_unwanted_search_ends() {
        let mut random = Random(9);
        let all: Vec<_> = (0..100).map(|_| random.fingerprint()).collect();
        assert!(groups(&all, &|| false, &mut |_| ()).is_none());
        assert!(found(&[]).is_empty());
    }
}
