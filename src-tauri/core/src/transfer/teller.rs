//! Tells whoever shows the transfers how they are: numbers not more often than
//! anybody can look, states at once.

use super::report::ProgressFile;
use super::runner::Runner;
use crate::catalog::CatalogError;
use crate::model::{ImageId, TransferActivity, TransferProblem, TransferSummary, UnixMs};
use std::time::{Duration, Instant};

/// Progress is told at most this often.
pub(super) const TELL_EVERY: Duration = Duration::from_millis(100);

/// What the transfers do, and why they do nothing.
type State = Option<(TransferActivity, Option<TransferProblem>)>;

/// Tells the audience of a runner.
pub(super) struct Teller<'a> {
    runner: &'a Runner,
    told: Option<Instant>,
    settled: Vec<ImageId>,
    /// Something was held back because it came too soon.
    behind: bool,
    last: Option<TransferSummary>,
    last_state: State,
    file: ProgressFile,
}

impl<'a> Teller<'a> {
    pub(super) fn new(runner: &'a Runner) -> Self {
        let file = ProgressFile::beside(&runner.lock_path);
        Self { runner, told: None, settled: Vec::new(), behind: false, last: None, last_state: None, file }
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
        let is_news = self.runner.controls.noted() != self.last_state;
        if !is_news && self.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            self.behind = true;
            return Ok(());
        }
        self.tell_now().await
    }

    pub(super) async fn tell_now(&mut self) -> Result<(), CatalogError> {
        self.told = Some(Instant::now());
        self.behind = false;
        if let Err(error) = self.file.write(&self.runner.controls.reading(), UnixMs::now()) {
            tracing::debug!(%error, "progress could not be told to other processes");
        }
        self.last_state = self.runner.controls.noted();
        let summary = self.runner.controls.summary(&self.runner.catalog).await?;
        if self.last.as_ref() != Some(&summary) {
            self.runner.audience.summary(&summary);
            self.last = Some(summary);
        }
        if !self.settled.is_empty() {
            self.runner.audience.settled(std::mem::take(&mut self.settled));
        }
        Ok(())
    }
}
