//! Tells whoever shows the transfers how they are: numbers not more often than
//! anybody can look, states at once.

use super::audience::Audience;
use super::controls::Controls;
use super::report::ProgressFile;
use crate::catalog::{Catalog, CatalogError};
use crate::model::{ImageId, TransferActivity, TransferProblem, TransferSummary, UnixMs};
use std::time::{Duration, Instant};

/// Progress is told at most this often.
pub(super) const TELL_EVERY: Duration = Duration::from_millis(100);

/// What the transfers do, and why they do nothing.
type State = Option<(TransferActivity, Option<TransferProblem>)>;

/// Tells the audience of a runner.
pub(super) struct Teller<'a> {
    catalog: &'a Catalog,
    controls: &'a Controls,
    audience: &'a dyn Audience,
    told: Option<Instant>,
    settled: Vec<ImageId>,
    /// Something was held back because it came too soon.
    behind: bool,
    last: Option<TransferSummary>,
    last_state: State,
    file: ProgressFile,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        catalog: &'a Catalog,
        controls: &'a Controls,
        audience: &'a dyn Audience,
        file: ProgressFile,
    ) -> Self {
        Self {
            catalog,
            controls,
            audience,
            told: None,
            settled: Vec::new(),
            behind: false,
            last: None,
            last_state: None,
            file,
        }
    }

    /// This image is stored, or its object is gone, or neither came about.
    pub(super) fn settled(&mut self, image: ImageId) {
        self.settled.push(image);
    }

    /// Says whether something is left to tell.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Tells the numbers unless they were told a moment ago. Another state is
    /// told in any case, however short it is.
    pub(super) async fn tell(&mut self) -> Result<(), CatalogError> {
        let is_news = self.controls.noted() != self.last_state;
        if !is_news && self.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            self.behind = true;
            return Ok(());
        }
        self.tell_now().await
    }

    pub(super) async fn tell_now(&mut self) -> Result<(), CatalogError> {
        self.told = Some(Instant::now());
        self.behind = false;
        if let Err(error) = self.file.write(&self.controls.reading(), UnixMs::now()) {
            tracing::debug!(%error, "progress could not be told to other processes");
        }
        self.last_state = self.controls.noted();
        let summary = self.controls.summary(self.catalog).await?;
        if self.last.as_ref() != Some(&summary) {
            self.audience.summary(&summary);
            self.last = Some(summary);
        }
        if !self.settled.is_empty() {
            self.audience.settled(std::mem::take(&mut self.settled));
        }
        Ok(())
    }
}
