//! The measurements, as a table for people and as `target/bench.json` for programs.

use serde_json::{Value, json};
use std::fmt;
use std::io::Write as _;
use vitrine_tests::process::{must, target_dir};

/// One of our numbers, beside what it is compared with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    /// The number of another program that does the same work, or a part of it.
    pub(crate) anchor: Option<f64>,
    /// The number of the bare work, which nothing on this machine can be better than.
    pub(crate) limit: Option<f64>,
    pub(crate) goal: Goal,
}

/// What the number should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// At least this many times the anchor.
    AtLeastTimes(f64),
    /// At most this many times the anchor.
    AtMostTimes(f64),
    /// Below this, in its own unit.
    Below(f64),
    /// None: the number explains another one.
    None,
}

const COLUMNS: [&str; 8] = ["work", "Vitrine", "anchor", "ratio", "limit", "to limit", "goal", "met"];

impl Measured {
    /// Returns a number that is compared only with its goal.
    pub(crate) fn alone(name: &'static str, unit: &'static str, ours: f64, goal: Goal) -> Self {
        Self { name, unit, ours, anchor: None, limit: None, goal }
    }

    /// Returns ours as a multiple of the anchor.
    fn ratio(&self) -> Option<f64> {
        self.anchor.map(|anchor| self.ours / anchor)
    }

    /// Returns ours as a multiple of the limit.
    fn ratio_to_limit(&self) -> Option<f64> {
        self.limit.map(|limit| self.ours / limit)
    }

    /// Says whether the goal is met; `None` if there is none.
    fn is_met(&self) -> Option<bool> {
        match (self.goal, self.ratio()) {
            (Goal::AtLeastTimes(least), Some(ratio)) => Some(ratio >= least),
            (Goal::AtMostTimes(most), Some(ratio)) => Some(ratio <= most),
            (Goal::Below(most), _) => Some(self.ours < most),
            (Goal::AtLeastTimes(_) | Goal::AtMostTimes(_), None) => Some(false),
            (Goal::None, _) => None,
        }
    }

    fn is_missed(&self) -> bool {
        self.is_met() == Some(false)
    }

    fn row(&self) -> [String; COLUMNS.len()] {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        let met = match self.is_met() {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        [
            format!("{} ({})", self.name, self.unit),
            number(Some(self.ours)),
            number(self.anchor),
            number(self.ratio()),
            number(self.limit),
            number(self.ratio_to_limit()),
            self.goal.to_string(),
            met.to_owned(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "work": self.name,
            "unit": self.unit,
            "vitrine": self.ours,
            "anchor": self.anchor,
            "ratio": self.ratio(),
            "limit": self.limit,
            "ratio_to_limit": self.ratio_to_limit(),
            "goal": self.goal.to_string(),
            "met": self.is_met(),
        })
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeastTimes(least) => write!(f, ">= {least} x"),
            Self::AtMostTimes(most) => write!(f, "<= {most} x"),
            Self::Below(most) => write!(f, "< {most}"),
            Self::None => write!(f, "-"),
        }
    }
}

/// Returns the middle value, or the lower of the two for an even number of values.
///
/// # Panics
/// Panics if there are no values.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 1, 2)
}

/// Returns the smallest value that `part` of `whole` values do not exceed.
///
/// # Panics
/// Panics if there are no values.
pub(crate) fn quantile(values: &[f64], part: usize, whole: usize) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * part).div_ceil(whole).max(1);
    sorted[rank - 1]
}

/// Prints the table, the missed goals, and what could not be measured.
pub(crate) fn print(measured: &[Measured], unmeasured: &[&str]) {
    let head = COLUMNS.map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(measured.iter().map(Measured::row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(width);
    let mut out = std::io::stdout().lock();
    let mut line = |text: &str| must(writeln!(out, "{text}"), "printing the results");
    line("");
    for row in &rows {
        let cells = row.iter().zip(widths).skip(1).map(|(cell, width)| format!("  {cell:>width$}"));
        line(&format!("{:<width$}{}", row[0], cells.collect::<String>(), width = widths[0]));
    }
    line("");
    for missed in measured.iter().filter(|one| one.is_missed()) {
        line(&format!("Missed: {}, goal {}", missed.name, missed.goal));
    }
    for name in unmeasured {
        line(&format!("Not measured: {name} (why is said above)"));
    }
    if unmeasured.is_empty() && !measured.iter().any(Measured::is_missed) {
        line("All goals are met.");
    }
}

/// Writes `bench.json` into the target folder.
pub(crate) fn write(measured: &[Measured]) {
    let rows: Vec<Value> = measured.iter().map(Measured::json).collect();
    let text = must(serde_json::to_string_pretty(&rows), "writing the results as JSON");
    must(std::fs::write(target_dir().join("bench.json"), text + "\n"), "writing bench.json");
}

/// Prints progress for a person.
pub(crate) fn say(what: &str) {
    // If the other end is closed, nobody wants to know.
    let _ = writeln!(std::io::stderr().lock(), "{what}");
}
