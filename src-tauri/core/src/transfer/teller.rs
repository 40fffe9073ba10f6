//! Tells the audience about the transfers: numbers no more often than anybody
//! can read them, changes of the state at once.

use super::audience::Audience;
use super::controls::Controls;
use super::report::ProgressFile;
use crate::catalog::{Catalog, CatalogError};
use crate::model::{ImageId, TransferActivity, TransferProblem, TransferSummary, UnixMs};
use std::time::{Duration, Instant};

/// The minimum time between two progress reports.
pub(super) const TELL_EVERY: Duration = Duration::from_millis(100);

/// What the engine is doing, and the problem that stops it.
type State = Option<(TransferActivity, Option<TransferProblem>)>;

/// Reports to the audience of a runner.
pub(super) struct Teller<'a> {
    catalog: &'a Catalog,
    controls: &'a Controls,
    audience: &'a dyn Audience,
    told: Option<Instant>,
    settled: Vec<ImageId>,
    /// True if a report was held back because it came too soon.
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

    /// Notes that an image is stored, that its object is deleted, or that the
    /// attempt failed.
    pub(super) fn settled(&mut self, image: ImageId) {
        self.settled.push(image);
    }

    /// Says whether there is something left to report.
    pub(super) fn is_behind(&self) -> bool {
        self.behind
    }

    /// Reports the numbers, unless they were reported a moment ago. A change of
    /// the state is always reported, however short it lasts.
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
            tracing::debug!(%error, "could not share the progress with other processes");
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
