//! The steps of the bucket check and their results, as plain types.

use serde::Serialize;

/// The steps of the bucket check, in the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckStepName {
    /// All required settings are there.
    Configuration,
    /// The endpoint responds.
    Endpoint,
    /// The store accepts the keys.
    Credentials,
    /// The bucket exists and the keys have access to it.
    Bucket,
    /// An object can be uploaded, and a second upload cannot overwrite it.
    Put,
    /// Anybody can read the object at its public URL, with its bytes unchanged.
    PublicRead,
    /// The object can be deleted.
    Delete,
    /// Cloudflare accepts purges of the public address. This step runs only if a zone is set.
    Purge,
}

impl CheckStepName {
    /// The steps that every check has, in the order in which they run.
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

/// The outcome of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The step found what Vitrine needs.
    Passed,
    /// Vitrine cannot work with this bucket until the problem is fixed.
    Failed,
    /// Vitrine can work with this bucket, but the person should read the
    /// message.
    Warned,
    /// The step did not run, because an earlier step failed.
    Skipped,
}

/// The result of one step. Its texts contain no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct CheckStep {
    /// The step that ran.
    pub step: CheckStepName,
    /// Its outcome.
    pub outcome: CheckOutcome,
    /// What the step found, in plain words.
    pub message: String,
    /// What the person can do about it; `None` when nothing needs to be done.
    pub advice: Option<String>,
}
