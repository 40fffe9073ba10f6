//! The types of an import: the request, the result, and the events on the way.

use super::limits::ReadLimits;
use super::memory::Memory;
use super::passed::Passed;
use super::walk::Met;
use crate::catalog::{Catalog, InTrash};
use crate::files::{Originals, Thumbnails};
use crate::model::{
    ImageId, ImportChoices, ImportTarget, ImportedFile, KillPoints, Outcome, OwnerId, Rejection, Restores,
    Zone,
};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// How an import treats its files.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The profile that imports.
    pub owner: OwnerId,
    /// Whether the images become generated images or references, and what they join.
    pub target: ImportTarget,
    /// What the artist chose for this import.
    pub choices: ImportChoices,
    /// The base of the bucket's public URLs; `None` until it is known.
    pub public_base: Option<String>,
    /// The time zone for dates in files that state none.
    pub zone: Zone,
    /// The limits above which a picture is refused.
    pub limits: ReadLimits,
    /// The number of files worked on at once; `None` for a number that depends on the
    /// processors.
    pub workers: Option<NonZeroUsize>,
}

impl Restores {
    pub(super) fn policy(self, met: Met) -> InTrash {
        match (self, met) {
            (Self::Everything, _) | (Self::Named, Met::Named) => InTrash::Restore,
            (Self::Nothing, _) | (Self::Named, Met::InFolder(_)) => InTrash::Leave,
        }
    }
}

impl ImportedFile {
    pub(super) fn refused(path: PathBuf, name: String, rejection: Rejection) -> Self {
        let rejection = Some(rejection);
        Self { path, name, outcome: Outcome::Rejected, id: None, switched_to: None, rejection }
    }
}

/// Where an import stores its results.
#[derive(Clone)]
pub struct Stores {
    /// The catalog, for rows.
    pub catalog: Catalog,
    /// The store for originals.
    pub originals: Arc<Originals>,
    /// The store for thumbnails.
    pub thumbnails: Arc<Thumbnails>,
    /// The listener for the kill points of an import.
    pub kill_points: KillPoints,
    /// The memory for decoding, shared by all imports and thumbnails.
    pub memory: Memory,
}

/// An event of a running import.
#[derive(Debug)]
pub enum ImportEvent<'a> {
    /// This many files are known. It is sent often, even while no file is finished.
    Found {
        /// The number of files known now.
        files: usize,
        /// True if no more files will be found.
        is_all: bool,
    },
    /// One more file has an outcome.
    File(&'a ImportedFile),
    /// Something that was found is not a picture.
    PassedOver {
        /// What was found instead.
        what: Passed,
        /// True if `Found` counted it.
        is_counted: bool,
    },
    /// These images are new in the catalog.
    Added(&'a [ImageId]),
    /// These images already existed, and their visibility changed.
    Switched(&'a [ImageId]),
    /// Stacks of existing images became one.
    JoinedStacks,
}
