//! The measurements, as a table for people and as `target/bench.json` for programs.

use serde_json::{Value, json};
use std::fmt;
use std::io::Write as _;
use vitrine_tests::process::{must, target_dir};

/// One of our numbers, together with another program's number if there is one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) ours: f64,
    pub(crate) theirs: Option<f64>,
    pub(crate) goal: Goal,
}

/// What the number should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Goal {
    /// At least this many times theirs.
    AtLeastTimes(f64),
    /// At most this many times theirs.
    AtMostTimes(f64),
    /// Below this, in its own unit.
    Below(f64),
}

impl Measured {
    /// Returns ours as a multiple of theirs.
    fn ratio(&self) -> Option<f64> {
        self.theirs.map(|theirs| self.ours / theirs)
    }

    fn is_met(&self) -> bool {
        match (self.goal, self.ratio()) {
            (Goal::AtLeastTimes(least), Some(ratio)) => ratio >= least,
            (Goal::AtMostTimes(most), Some(ratio)) => ratio <= most,
            (Goal::Below(limit), _) => self.ours < limit,
            (_, None) => false,
        }
    }

    fn row(&self) -> [String; 6] {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"));
        [
            format!("{} ({})", self.name, self.unit),
            number(Some(self.ours)),
            number(self.theirs),
            number(self.ratio()),
            self.goal.to_string(),
            if self.is_met() { "yes" } else { "NO" }.to_owned(),
        ]
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "unit": self.unit,
            "ours": self.ours,
            "theirs": self.theirs,
            "ratio": self.ratio(),
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
            Self::Below(limit) => write!(f, "< {limit}"),
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
    let head = ["", "ours", "theirs", "ratio", "goal", "met"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(measured.iter().map(Measured::row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut out = std::io::stdout().lock();
    let mut line = |text: &str| must(writeln!(out, "{text}"), "printing the results");
    line("");
    for row in &rows {
        let cells = row.iter().zip(widths).skip(1).map(|(cell, width)| format!("  {cell:>width$}"));
        line(&format!("{:<width$}{}", row[0], cells.collect::<String>(), width = widths[0]));
    }
    line("");
    for missed in measured.iter().filter(|one| !one.is_met()) {
        line(&format!("Missed: {}, goal {}", missed.name, missed.goal));
    }
    for name in unmeasured {
        line(&format!("Not measured: {name} (why is said above)"));
    }
    if unmeasured.is_empty() && measured.iter().all(Measured::is_met) {
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
