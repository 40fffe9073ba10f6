//! Decides which images are on which list. A pure function of the set of images: the same set has the same lists,
//! whatever happened before, and one more image changes a handful of lists at most.
//!
//! The images are cut where the id of an image says so, so a cut stays where it is when other images come and go. A
//! list is named after its oldest image, which made the cut. A run that is too long is cut at its smallest id, again
//! and again, for the same reason.

use super::site::{ListName, PageId};
use std::ops::Range;

/// One id in this many begins a list.
const CUT_EVERY: u64 = 18;
/// The most images in one list, except for the newest one.
pub const MOST_IN_LIST: usize = 100;
/// The newest list has at least this many images if there are that many. It takes in whole lists until it has.
const LEAST_IN_HEAD: usize = 20;
/// The most images in the newest list.
#[cfg(test)]
const MOST_IN_HEAD: usize = LEAST_IN_HEAD - 1 + MOST_IN_LIST;

/// Where a list is among the images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPlace {
    /// The name, which decides the paths of its files.
    pub name: ListName,
    /// Its images, as positions in the newest-first order of all.
    pub images: Range<usize>,
}

/// The two halves of an id are independent: one makes the regular cuts, the other the cuts of long runs.
fn halves(id: PageId) -> (u64, u64) {
    let bits = u128::from_be_bytes(id.bits());
    let half = |bits: u128| u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX);
    (half(bits >> 64), half(bits))
}

/// Cuts images, given newest first, into lists, newest first. There is always a first list, even if it is empty.
pub fn lists(newest_first: &[PageId]) -> Vec<ListPlace> {
    let mut starts = Vec::new();
    let mut run_end = newest_first.len();
    for at in (0..newest_first.len()).rev() {
        let begins_next =
            at > 0 && newest_first.get(at - 1).is_some_and(|id| halves(*id).0.is_multiple_of(CUT_EVERY));
        if at == 0 || begins_next {
            cut_run(newest_first, at..run_end, &mut starts);
            run_end = at;
        }
    }
    starts.sort_unstable_by_key(|images| images.start);
    let mut lists = vec![ListPlace { name: ListName::Head, images: 0..0 }];
    for images in starts {
        let head = lists.first_mut().filter(|head| head.images.len() < LEAST_IN_HEAD);
        match head {
            Some(head) if lists_are_one(images.start, head) => head.images.end = images.end,
            _ => lists.push(ListPlace { name: leaf(newest_first, &images), images }),
        }
    }
    lists
}

fn lists_are_one(start: usize, head: &ListPlace) -> bool {
    head.images.end == start
}

/// A list is named after its oldest image. The oldest list of all is not, unless that image makes a cut, so that an
/// older image can join it.
fn leaf(newest_first: &[PageId], images: &Range<usize>) -> ListName {
    let oldest = newest_first.get(images.end.saturating_sub(1)).copied();
    let is_last = images.end == newest_first.len();
    match oldest {
        Some(id) if !is_last || halves(id).0.is_multiple_of(CUT_EVERY) => ListName::Leaf(id),
        _ => ListName::Leaf(PageId::new([0; 16])),
    }
}

/// Cuts a run until no part is too long. Each cut makes the image with the smallest id the oldest of its part.
fn cut_run(newest_first: &[PageId], run: Range<usize>, parts: &mut Vec<Range<usize>>) {
    let mut left = vec![run];
    while let Some(run) = left.pop() {
        if run.len() <= MOST_IN_LIST {
            parts.push(run);
            continue;
        }
        // The oldest image of the run has begun it already.
        let inner = run.start..run.end - 1;
        let smallest = inner
            .clone()
            .min_by_key(|at| {
                newest_first.get(*at).map_or((u64::MAX, u64::MAX), |id| {
                    let (first, second) = halves(*id);
                    (second, first)
                })
            })
            .unwrap_or(run.start);
        left.push(run.start..smallest + 1);
        left.push(smallest + 1..run.end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    /// Made-up ids that look random.
    fn id(number: u64) -> PageId {
        let mix = |mut x: u64| {
            x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^ (x >> 31)
        };
        let bits = (u128::from(mix(number)) << 64) | u128::from(mix(number ^ 0xabcd_ef01));
        PageId::new(bits.to_be_bytes())
    }

    fn newest_first(numbers: &BTreeSet<u64>) -> Vec<PageId> {
        numbers.iter().rev().map(|number| id(*number)).collect()
    }

    /// The lists by name: their images and the names of their neighbours.
    type Written = BTreeMap<String, (Vec<PageId>, Option<String>, Option<String>)>;

    fn written(ids: &[PageId]) -> Written {
        let lists = lists(ids);
        let name = |at: usize| lists.get(at).map(|list| format!("{:?}", list.name));
        let each = lists.iter().enumerate().map(|(at, list)| {
            let newer = at.checked_sub(1).and_then(name);
            (format!("{:?}", list.name), (ids[list.images.clone()].to_vec(), newer, name(at + 1)))
        });
        each.collect()
    }

    /// Requests for the files of lists: three for each list that differs in its images or its older neighbour, one
    /// where only the link to the newer one differs, and one that deletes all that go.
    fn requests(before: &Written, after: &Written) -> usize {
        let puts = after.iter().map(|(name, (images, newer, older))| match before.get(name) {
            Some((was, was_newer, was_older)) if was == images && was_older == older => {
                usize::from(was_newer != newer)
            }
            _ => 3,
        });
        puts.sum::<usize>() + usize::from(before.keys().any(|name| !after.contains_key(name)))
    }

    #[test]
    fn every_image_is_on_one_list_in_order() {
        for count in [0_u64, 1, 23, 20, 25, 100, 101, 500, 5_000] {
            let ids = newest_first(&(0..count).collect());
            let lists = lists(&ids);
            assert_eq!(lists[0].name, ListName::Head);
            assert!(lists[0].images.len() <= MOST_IN_HEAD);
            assert!(lists[0].images.len() >= LEAST_IN_HEAD.min(ids.len()));
            let mut next = 0;
            for list in &lists {
                assert_eq!(list.images.start, next);
                next = list.images.end;
            }
            assert_eq!(next, ids.len());
            assert!(lists[1..].iter().all(|list| (1..=MOST_IN_LIST).contains(&list.images.len())));
            let names: BTreeSet<String> = lists.iter().map(|list| format!("{:?}", list.name)).collect();
            assert_eq!(names.len(), lists.len());
        }
    }

    /// With the copy, two thumbnails and the page of the image, that makes sixteen.
    #[test]
    fn one_image_more_or_less_costs_at_most_twelve_requests_for_lists() {
        let mut numbers: BTreeSet<u64> = (0..4_000).map(|number| number * 10).collect();
        let mut before = written(&newest_first(&numbers));
        let mut costs = Vec::new();
        for round in 0..600_u64 {
            let number =
                id(round).bits().iter().fold(0_u64, |sum, byte| (sum * 31 + u64::from(*byte)) % 40_000);
            if !numbers.remove(&number) {
                numbers.insert(number);
            }
            let after = written(&newest_first(&numbers));
            costs.push(requests(&before, &after));
            before = after;
        }
        // One leaf in three formats.
        costs.sort_unstable();
        assert!(costs[costs.len() / 2] <= 4, "{}", costs[costs.len() / 2]);
        assert!(costs[costs.len() - 1] <= 12, "{costs:?}");
    }
}
