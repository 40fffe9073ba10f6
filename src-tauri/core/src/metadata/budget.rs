//! Limits what reading one file may cost in total, whatever the file claims, inflates to or links together.
//!
//! A step is about a nanosecond of work. Looking at a byte is one step; whatever takes longer says how many
//! it takes. Steps are counted and not timed, so that the same file ends at the same place on every computer.

use std::cell::Cell;
use std::fmt;

use super::limits::{MAX_ALL_BYTES, MAX_FILE_VALUES};

/// Steps that every file may take, however small it is.
const FIRST_STEPS: u64 = 10_000_000;
/// Steps for each byte of a file, and for each byte that its texts inflate to.
const STEPS_PER_BYTE: u64 = 25;
/// The maximum number of steps for any file.
const MAX_STEPS: u64 = 400_000_000;
/// Steps between two checks of whether the reading was cancelled.
const STEPS_PER_LOOK: u64 = 1_000_000;

/// Steps for building a JSON value and reading it.
const STEPS_PER_VALUE: usize = 100;
/// Steps for setting up the tables of a decompressor before the first byte.
const START_OF_INFLATING: usize = 20_000;

/// Why a reading stopped before the end of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It would have cost more than one file may.
    Exhausted,
    /// The caller cancelled it.
    Cancelled,
}

/// The remaining allowance of one file. Once its steps are used up, no reader finds anything more.
pub struct Budget<'c> {
    spent: Cell<u64>,
    allowed: Cell<u64>,
    next_look: Cell<u64>,
    inflatable: Cell<usize>,
    values: Cell<usize>,
    cut: Cell<Option<Cut>>,
    /// Why finding the texts stopped early; `None` if it did not.
    cut_before: Cell<Option<Cut>>,
    is_over: Cell<bool>,
    is_limited: bool,
    is_cancelled: &'c dyn Fn() -> bool,
}

impl<'c> Budget<'c> {
    /// Returns the allowance for a file, or for texts, with this many bytes. It calls `is_cancelled` from
    /// time to time.
    pub fn of(bytes: usize, is_cancelled: &'c dyn Fn() -> bool) -> Self {
        Self {
            spent: Cell::new(0),
            allowed: Cell::new(allowance(bytes)),
            next_look: Cell::new(STEPS_PER_LOOK),
            inflatable: Cell::new(MAX_ALL_BYTES),
            values: Cell::new(MAX_FILE_VALUES),
            cut: Cell::new(None),
            cut_before: Cell::new(None),
            is_over: Cell::new(false),
            is_limited: true,
            is_cancelled,
        }
    }

    /// Returns a budget that never ends and only counts steps, to measure how they grow with a file.
    #[cfg(any(test, feature = "internals"))]
    pub fn counting(is_cancelled: &'c dyn Fn() -> bool) -> Self {
        Self { is_limited: false, ..Self::of(0, is_cancelled) }
    }

    /// Returns the number of steps taken so far.
    pub fn spent(&self) -> u64 {
        self.spent.get()
    }

    /// Returns the number of steps that may still be taken.
    pub(crate) fn left(&self) -> u64 {
        if self.is_limited { self.allowed.get().saturating_sub(self.spent.get()) } else { u64::MAX }
    }

    /// Returns why the reading stopped early; `None` if it did not.
    pub fn cut(&self) -> Option<Cut> {
        self.cut.get().or(self.cut_before.get())
    }

    /// Switches from finding texts to interpreting them. Interpreting has its own allowance, so that the
    /// result is the same whether the texts were just found or were stored for years.
    pub(crate) fn turn_to_texts(&self, bytes: usize) {
        self.allowed.set(self.spent.get().saturating_add(allowance(bytes)));
        self.values.set(MAX_FILE_VALUES);
        if self.cut.get() != Some(Cut::Cancelled) {
            self.is_over.set(false);
            self.cut_before.set(self.cut());
            self.cut.set(None);
        }
    }

    /// Says whether a part of the texts was not interpreted. Texts that were not found in the file do not
    /// count here.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.get().is_some()
    }

    /// Takes this many steps. Returns whether the reader may continue.
    pub(crate) fn spend(&self, steps: usize) -> bool {
        let spent = self.spent.get().saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        self.spent.set(spent);
        if spent >= self.next_look.get() {
            self.next_look.set(spent.saturating_add(STEPS_PER_LOOK));
            if (self.is_cancelled)() {
                self.cut.set(Some(Cut::Cancelled));
                self.is_over.set(true);
            }
        }
        if self.is_limited && spent > self.allowed.get() {
            self.give_up();
            self.is_over.set(true);
        }
        !self.is_over.get()
    }

    /// Returns how many bytes one more piece may inflate to, of `most` bytes that there is room for. `None`
    /// if trying is pointless.
    pub(crate) fn inflatable(&self, most: usize) -> Option<usize> {
        if !self.spend(START_OF_INFLATING) {
            return None;
        }
        let limit = self.inflatable.get().min(most);
        if limit == 0 {
            self.give_up();
            return None;
        }
        Some(limit)
    }

    /// Counts the bytes that a piece has inflated to, whether or not they are kept.
    pub(crate) fn inflated(&self, bytes: usize) {
        self.inflatable.set(self.inflatable.get().saturating_sub(bytes));
        let more = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(STEPS_PER_BYTE);
        self.allowed.set(self.allowed.get().saturating_add(more).min(MAX_STEPS));
        self.spend(bytes.saturating_mul(4));
    }

    /// Takes this many JSON values, all or none. Returns whether it took them.
    pub(crate) fn take_values(&self, count: usize) -> bool {
        let Some(left) = self.values.get().checked_sub(count) else {
            self.give_up();
            return false;
        };
        self.values.set(left);
        self.spend(count.saturating_mul(STEPS_PER_VALUE))
    }

    /// Notes that something is left out.
    pub(crate) fn give_up(&self) {
        if self.cut.get().is_none() {
            self.cut.set(Some(Cut::Exhausted));
        }
    }
}

fn allowance(bytes: usize) -> u64 {
    let for_bytes = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(STEPS_PER_BYTE);
    for_bytes.saturating_add(FIRST_STEPS).min(MAX_STEPS)
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("spent", &self.spent).field("cut", &self.cut).finish_non_exhaustive()
    }
}

/// Never cancels. For readings without a cancel function.
pub fn never() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_when_its_steps_are_spent_and_stays_ended() {
        let budget = Budget::of(10, &never);
        assert!(budget.spend(10_000_250));
        assert_eq!(budget.cut(), None);
        assert!(!budget.spend(1));
        assert!(!budget.spend(0));
        assert_eq!(budget.cut(), Some(Cut::Exhausted));
    }

    #[test]
    fn a_file_gets_twenty_five_steps_a_byte_up_to_four_hundred_million() {
        assert!(Budget::of(1_000_000, &never).spend(35_000_000));
        assert!(!Budget::of(1_000_000, &never).spend(35_000_001));
        assert!(!Budget::of(usize::MAX, &never).spend(400_000_001));
    }

    #[test]
    fn cancelling_ends_reading_within_a_millisecond_of_steps() {
        let cancelled = Cell::new(false);
        let ask = || cancelled.get();
        let budget = Budget::of(0, &ask);
        assert!(budget.spend(1000));
        cancelled.set(true);
        assert!((0..1000).any(|_| !budget.spend(1001)));
        assert_eq!(budget.cut(), Some(Cut::Cancelled));
    }

    #[test]
    fn the_pieces_of_a_file_inflate_to_sixteen_megabytes_in_total() {
        let budget = Budget::of(0, &never);
        for _ in 0..2 {
            assert_eq!(budget.inflatable(8 << 20), Some(8 << 20));
            budget.inflated(8 << 20);
        }
        assert_eq!(budget.inflatable(8 << 20), None);
        assert_eq!(budget.cut(), Some(Cut::Exhausted));
        assert!(budget.spend(0), "what is not deflated can still be read");
    }
}
