//! What a verification found, as scripts and the window read it.

use crate::catalog::AuditRow;
use crate::model::ImageId;
use serde::Serialize;

/// Findings a report names at most; all are counted.
pub const MAX_LISTED: usize = 10_000;

/// What is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An image counts as stored, but the bucket has no object of it.
    MissingObject,
    /// The object at an image's key is not the image.
    DifferentObject,
    /// The object is there and right, but its image does not count as stored.
    UnconfirmedObject,
    /// The object of an image in the trash is still there.
    RemovedObject,
    /// An object that belongs to no image.
    UnknownObject,
    /// An original is not on this disk.
    MissingOriginal,
    /// An original on this disk is not what was imported.
    DamagedOriginal,
    /// A file that an interrupted import left.
    LeftoverTemporary,
    /// An original that no image is made of.
    UnknownOriginal,
    /// The catalog's file is damaged.
    DamagedCatalog,
    /// What the catalog says of an image cannot be read.
    DamagedRow,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The image, if it is of one.
    pub id: Option<ImageId>,
    /// Where the object lives, if it is of one.
    pub key: Option<String>,
    /// The image's or the file's name.
    pub filename: Option<String>,
    /// In plain words, and what was done about it.
    pub detail: String,
    /// Nothing is left to do about it.
    pub repaired: bool,
}

/// How many findings there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct FindingCounts {
    /// Images without their object.
    pub missing_object: u32,
    /// Keys with another object.
    pub different_object: u32,
    /// Objects whose image does not count as stored.
    pub unconfirmed_object: u32,
    /// Objects of images in the trash.
    pub removed_object: u32,
    /// Objects without an image.
    pub unknown_object: u32,
    /// Images without their original.
    pub missing_original: u32,
    /// Originals that are not what was imported.
    pub damaged_original: u32,
    /// Files that interrupted imports left.
    pub leftover_temporary: u32,
    /// Originals without an image.
    pub unknown_original: u32,
    /// Damages of the catalog's file.
    pub damaged_catalog: u32,
    /// Images that the catalog cannot tell of.
    pub damaged_row: u32,
}

/// What a verification found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct VerifyReport {
    /// Images looked at.
    pub checked: u32,
    /// Objects the bucket listed.
    pub objects: u32,
    /// There is a bucket, and it was compared.
    pub bucket_compared: bool,
    /// The findings by name, the first thousands of them.
    pub findings: Vec<Finding>,
    /// All of them by kind.
    pub counts: FindingCounts,
    /// All of them.
    pub found: u32,
    /// Those about which something is left to do.
    pub unrepaired: u32,
    /// It was stopped on request.
    pub cancelled: bool,
}

/// How far a verification is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
pub struct VerifyProgress {
    /// Images looked at.
    pub checked: u32,
    /// Images there are.
    pub total: u32,
    /// Findings so far.
    pub found: u32,
    /// More will come.
    pub running: bool,
}

impl FindingCounts {
    fn of(&mut self, kind: FindingKind) -> &mut u32 {
        match kind {
            FindingKind::MissingObject => &mut self.missing_object,
            FindingKind::DifferentObject => &mut self.different_object,
            FindingKind::UnconfirmedObject => &mut self.unconfirmed_object,
            FindingKind::RemovedObject => &mut self.removed_object,
            FindingKind::UnknownObject => &mut self.unknown_object,
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
    /// Says whether everything was looked at and nothing is left to do.
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

/// What became of a finding.
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
    fn all_findings_are_counted_and_a_bounded_number_is_listed() {
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
