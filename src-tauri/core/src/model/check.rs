//! Steps of the check of a bucket.

use serde::Serialize;

/// The steps, in the order they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckStepName {
    /// Everything needed is configured.
    Configuration,
    /// The endpoint answers.
    Endpoint,
    /// The keys are accepted.
    Credentials,
    /// The bucket exists and the keys reach it.
    Bucket,
    /// An object can be put, and cannot be overwritten.
    Put,
    /// Anybody can read it at its public URL, unaltered.
    PublicRead,
    /// It can be deleted.
    Delete,
}

impl CheckStepName {
    /// All steps, in order.
    pub const ALL: [Self; 7] = [
        Self::Configuration,
        Self::Endpoint,
        Self::Credentials,
        Self::Bucket,
        Self::Put,
        Self::PublicRead,
        Self::Delete,
    ];
}

/// How a step went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// As it should be.
    Passed,
    /// It will not work like this.
    Failed,
    /// It works, and something should be known.
    Warned,
    /// Not tried, because an earlier step failed.
    Skipped,
}

/// One step's result. Its texts hold no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct CheckStep {
    /// Which step.
    pub step: CheckStepName,
    /// How it went.
    pub outcome: CheckOutcome,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
}
