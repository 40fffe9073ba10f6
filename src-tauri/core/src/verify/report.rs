//! The result of a verification, as scripts and the window receive it.

use crate::catalog::AuditRow;
use crate::model::{Finding, FindingCounts, FindingKind, VerifyReport};

/// The maximum number of findings that a report lists. All are counted.
pub const MAX_LISTED: usize = 10_000;

impl FindingCounts {
    fn of(&mut self, kind: FindingKind) -> &mut u32 {
        match kind {
            FindingKind::MissingObject => &mut self.missing_object,
            FindingKind::DifferentObject => &mut self.different_object,
            FindingKind::UnconfirmedObject => &mut self.unconfirmed_object,
            FindingKind::RemovedObject => &mut self.removed_object,
            FindingKind::UnknownObject => &mut self.unknown_object,
            FindingKind::MissingFeedFile => &mut self.missing_feed_file,
            FindingKind::DifferentFeedFile => &mut self.different_feed_file,
            FindingKind::MissingOriginal => &mut self.missing_original,
            FindingKind::DamagedOriginal => &mut self.damaged_original,
            FindingKind::LeftoverTemporary => &mut self.leftover_temporary,
            FindingKind::UnknownOriginal => &mut self.unknown_original,
            FindingKind::DamagedCatalog => &mut self.damaged_catalog,
            FindingKind::DamagedRow => &mut self.damaged_row,
        }
    }
}

impl VerifyReport {
    /// Says whether everything was checked and nothing is left to do.
    pub fn is_clean(&self) -> bool {
        self.unrepaired == 0 && !self.cancelled
    }

    pub(super) fn add(&mut self, finding: Finding) {
        *self.counts.of(finding.kind) += 1;
        self.found += 1;
        self.unrepaired += u32::from(!finding.repaired);
        if self.findings.len() < MAX_LISTED {
            self.findings.push(finding);
        }
    }
}

/// The outcome of a finding.
pub(super) struct Outcome {
    pub(super) detail: String,
    pub(super) repaired: bool,
}

impl Outcome {
    pub(super) fn repaired(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), repaired: true }
    }

    pub(super) fn left(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), repaired: false }
    }
}

impl Finding {
    pub(super) fn of_image(kind: FindingKind, row: &AuditRow, outcome: Outcome) -> Self {
        Self {
            kind,
            id: Some(row.id.clone()),
            key: Some(row.key.to_string()),
            filename: Some(row.filename.clone()),
            detail: outcome.detail,
            repaired: outcome.repaired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_findings_are_counted_and_a_limited_number_is_listed() {
        let mut report = VerifyReport::default();
        assert!(report.is_clean());
        for number in 0..10_500_u32 {
            report.add(Finding {
                kind: FindingKind::UnknownObject,
                id: None,
                key: None,
                filename: None,
                detail: String::new(),
                repaired: number % 2 == 0,
            });
        }
        assert_eq!((report.findings.len(), report.found, report.unrepaired), (10_000, 10_500, 5_250));
        assert_eq!(report.counts.unknown_object, 10_500);
        assert!(!report.is_clean());
    }
}
