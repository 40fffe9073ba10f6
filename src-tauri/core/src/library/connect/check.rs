//! The check of a bucket, and what follows from its result.

use crate::bucket::BucketConfig;
use crate::bucket::doctor;
use crate::error::Error;
use crate::library::{Library, LibraryEvent};
use crate::model::{CheckOutcome, CheckStep, CheckStepName};
use crate::transfer;

impl Library {
    /// Tests the bucket step by step, and calls `tell` as each step ends.
    pub async fn check_bucket(
        &self,
        mut tell: impl FnMut(&CheckStep) + Send,
    ) -> Result<Vec<CheckStep>, Error> {
        let config = match self.config().await {
            Ok(config) => Ok(config),
            Err(Error::Config(problem)) => Err(problem),
            Err(error) => return Err(error),
        };
        let mut report = |step: &CheckStep| {
            self.tell(LibraryEvent::Check(step.clone()));
            tell(step);
        };
        let place = config.as_ref().ok().map(BucketConfig::place);
        let mut steps = doctor::check(config, self.shared.controls.requests(), &mut report).await;
        if let Some(step) = self.check_purge().await? {
            report(&step);
            steps.push(step);
        }
        self.write_requests().await;
        if let Some(place) = place {
            self.note_trial(&place, &steps).await?;
        }
        let is_in_the_way =
            |step: &CheckStep| step.outcome == CheckOutcome::Failed && step.step != CheckStepName::Purge;
        if !steps.iter().any(is_in_the_way) {
            // Transfers that were held back because of the bucket can continue.
            self.shared.controls.try_again();
        }
        Ok(steps)
    }

    /// Records whether the store can be trusted with images, if the check got that
    /// far.
    async fn note_trial(&self, place: &str, steps: &[CheckStep]) -> Result<(), Error> {
        let put = steps.iter().find(|step| step.step == CheckStepName::Put);
        match put.map(|step| step.outcome) {
            Some(CheckOutcome::Passed | CheckOutcome::Warned) => {
                transfer::trust(self.catalog(), place).await?;
            }
            Some(CheckOutcome::Failed) => transfer::distrust(self.catalog(), place).await?,
            Some(CheckOutcome::Skipped) | None => {}
        }
        Ok(())
    }
}
