//! The words of an import: what is asked for, what came of it, what is told on
//! the way.

use super::limits::ReadLimits;
use super::memory::Memory;
use super::passed::Passed;
use super::walk::Met;
use crate::catalog::{Catalog, InTrash};
use crate::files::{Originals, Thumbnails};
use crate::model::{
    GalleryId, ImageId, ImageKind, ImportedFile, Outcome, OwnerId, Rejection, Restores, Steps, Visibility,
    Zone,
};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

/// What becomes of the files.
#[derive(Debug, Clone)]
pub struct ImportRequest {
    /// The importing profile.
    pub owner: OwnerId,
    /// History or references.
    pub kind: ImageKind,
    /// The gallery references join.
    pub gallery: Option<GalleryId>,
    /// What the artist chose for generated images in this import. Without a
    /// choice new images are unlisted, and those that are here keep what they
    /// have.
    pub visibility: Option<Visibility>,
    /// Which images come back from the trash.
    pub restores: Restores,
    /// Where the bucket's objects are publicly readable, if that is known.
    pub public_base: Option<String>,
    /// Whose days and hours those in files are that name no zone.
    pub zone: Zone,
    /// What is refused.
    pub limits: ReadLimits,
    /// How many files are worked on at once; by the number of processors if it is not said.
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

/// Where an import keeps things.
#[derive(Clone)]
pub struct Stores {
    /// Rows.
    pub catalog: Catalog,
    /// Originals.
    pub originals: Arc<Originals>,
    /// Thumbnails.
    pub thumbnails: Arc<Thumbnails>,
    /// Who hears of the steps of an import.
    pub steps: Steps,
    /// What decoding may take, of all imports and thumbnails together.
    pub memory: Memory,
}

/// What an import tells while it runs.
#[derive(Debug)]
pub enum ImportEvent<'a> {
    /// This many files are known to be there. It comes often, also while nothing
    /// is through.
    Found {
        /// Those that are known now.
        files: usize,
        /// No more will be found.
        is_all: bool,
    },
    /// One more file is through.
    File(&'a ImportedFile),
    /// Something that was met is no picture.
    PassedOver {
        /// What it was.
        what: Passed,
        /// It was among the files that were found.
        is_counted: bool,
    },
    /// These images are new in the catalog.
    Added(&'a [ImageId]),
    /// These images were here already and have another visibility now.
    Switched(&'a [ImageId]),
}
