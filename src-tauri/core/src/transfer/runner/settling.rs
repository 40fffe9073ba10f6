//! What follows from attempts and trials that ended: which transfers go back to the queue and when, and what
//! stops all of them. Applies the decisions of `plan`.

use super::{PushReport, Round, Runner, What};
use crate::bucket::ErrorClass;
use crate::catalog::{CatalogError, ClaimedObject, ClaimedTransfer, PutBack};
use crate::model::{ImageId, Operation, TransferActivity, TransferProblem, UnixMs};
use crate::transfer::attempt::{Ended, Finish, Trouble};
use crate::transfer::hold::Holds;
use crate::transfer::plan::{self, Decision};
use crate::transfer::teller::Teller;
use crate::transfer::trust;
use std::time::Duration;
use tokio::time::Instant;

/// A transfer that is not the cause of a failure keeps its place in the queue; the hold
/// makes it wait.
const AT_ITS_PLACE: Option<UnixMs> = Some(UnixMs(0));

impl Runner {
    pub(super) async fn settle(
        &self,
        Round { epoch, what }: Round,
        holds: &mut Holds,
        report: &mut PushReport,
        teller: &mut Teller<'_>,
    ) -> Result<(), CatalogError> {
        let ended = match what {
            What::Attempts(ended) => ended,
            What::Trial(place, result) => {
                holds.end_trial();
                return match result {
                    Ok(()) => trust::trust(&self.catalog, &place).await,
                    Err(problem) => {
                        tracing::warn!(?problem, "the trial of the store failed");
                        self.react_to_trial(&Trouble::Bucket(problem), holds);
                        Ok(())
                    }
                };
            }
        };
        let mut put_back = Vec::new();
        for Ended { claimed, result } in ended {
            match (result, claimed.operation) {
                (Ok(Finish::LeftAlone), _) => {
                    holds.worked(epoch);
                    self.controls.keys_work();
                    report.left_in_bucket += 1;
                }
                (Ok(Finish::Done), operation) => {
                    holds.worked(epoch);
                    self.controls.keys_work();
                    if (operation, claimed.image().is_some()) != (Operation::Put, true) {
                        self.controls.purge();
                    }
                    match (operation, claimed.image()) {
                        (Operation::Put, Some(_)) => {
                            self.controls.meter().original_is_stored(claimed.id);
                            report.stored += 1;
                        }
                        (Operation::Delete, Some(_)) => report.deleted += 1,
                        (Operation::Put, None) => report.published += 1,
                        (Operation::Delete, None) => report.withdrawn += 1,
                    }
                }
                // The next plan of the feed makes the file again.
                (Err(Trouble::FeedFileMissing), _) => self.catalog.drop_transfer(claimed.id).await?,
                (Err(trouble), _) => {
                    // Logged by the image's id, because the key is the link to an
                    // unlisted image.
                    tracing::warn!(
                        image = claimed.image().map_or("-", ImageId::as_str),
                        attempt = claimed.attempt,
                        ?trouble,
                        "a transfer failed"
                    );
                    put_back.push(self.react(&claimed, &trouble, holds));
                }
            }
            if let ClaimedObject::Image { id, .. } = claimed.object {
                teller.settled(id);
            }
        }
        if put_back.is_empty() {
            return Ok(());
        }
        self.catalog.put_back_transfers(put_back).await
    }

    /// Decides what to do after a failed trial of a store. It affects all transfers.
    fn react_to_trial(&self, trouble: &Trouble, holds: &mut Holds) {
        let problem = trouble.problem();
        let keys = self.controls.keys(&self.pace, Instant::now());
        match plan::decide(&self.pace, trouble.class(), keys, 1, chance()) {
            Decision::Retry(_) | Decision::BackOff => {
                holds.probe_later(problem, TransferActivity::Running, chance());
            }
            Decision::HoldAndProbe => holds.probe_later(problem, TransferActivity::Offline, chance()),
            Decision::HoldForNewKeys => {
                holds.probe_later(too_new(problem), TransferActivity::WaitingForKeys, chance());
            }
            Decision::Park | Decision::HoldAndAsk => holds.ask(problem),
        }
    }

    /// Decides what to do after a failure, for this transfer and for all.
    fn react(&self, claimed: &ClaimedTransfer, trouble: &Trouble, holds: &mut Holds) -> PutBack {
        let problem = trouble.problem();
        let now = self.clock.now();
        let later = |pause: Duration| now.plus_ms(i64::try_from(pause.as_millis()).unwrap_or(i64::MAX));
        let keys = self.controls.keys(&self.pace, Instant::now());
        let revision = match &claimed.object {
            ClaimedObject::FeedFile { file: Some(file), .. } => Some(file.revision),
            ClaimedObject::FeedFile { file: None, .. } | ClaimedObject::Image { .. } => None,
        };
        let put_back = |not_before, problem| PutBack { id: claimed.id, not_before, problem, revision };
        match plan::decide(&self.pace, trouble.class(), keys, claimed.attempt, chance()) {
            Decision::Park => {
                if claimed.operation == Operation::Put && claimed.image().is_some() {
                    self.controls.meter().original_is_parked(claimed.id);
                }
                put_back(None, Some(problem))
            }
            Decision::Retry(pause) => put_back(Some(later(pause)), Some(problem)),
            Decision::HoldAndProbe => {
                let problem =
                    if trouble.class() == ErrorClass::NotS3 { behind_a_page(problem) } else { problem };
                holds.probe_later(problem, TransferActivity::Offline, chance());
                put_back(AT_ITS_PLACE, None)
            }
            Decision::HoldForNewKeys => {
                holds.probe_later(too_new(problem), TransferActivity::WaitingForKeys, chance());
                put_back(AT_ITS_PLACE, None)
            }
            Decision::BackOff => {
                holds.probe_later(problem.clone(), TransferActivity::Running, chance());
                put_back(AT_ITS_PLACE, Some(problem))
            }
            Decision::HoldAndAsk => {
                holds.ask(problem.clone());
                put_back(AT_ITS_PLACE, Some(problem))
            }
        }
    }
}

/// Adds a hint for a store that passed its trial and is now unreachable behind a web
/// page.
fn behind_a_page(mut problem: TransferProblem) -> TransferProblem {
    problem.message.push_str(" The network may want you to sign in first.");
    problem
}

fn too_new(mut problem: TransferProblem) -> TransferProblem {
    problem.message.push_str(" New keys can take a minute to work.");
    problem
}

/// Returns a random number from 0 to 1 that spreads pauses, or the middle if there is
/// no randomness.
pub(super) fn chance() -> f64 {
    let mut byte = [128_u8];
    let _ = getrandom::fill(&mut byte);
    f64::from(byte[0]) / 255.0
}
