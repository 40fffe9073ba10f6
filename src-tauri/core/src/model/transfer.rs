//! Transfers as lists and status lines show them.

use super::{Bytes, ImageId, UnixMs};
use serde::{Deserialize, Serialize};

/// What a transfer does to its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Upload the original.
    Put,
    /// Delete the object.
    Delete,
}

impl Operation {
    /// Returns the name kept in the catalog.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// Returns the operation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Put, Self::Delete].into_iter().find(|operation| operation.as_str() == name)
    }
}

/// Where a transfer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum TransferState {
    /// Waits for its turn or for its next attempt.
    Queued,
    /// Runs now.
    Active,
    /// Does not go on by itself.
    Parked,
}

impl TransferState {
    /// Returns the name kept in the catalog.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Active => "active",
            Self::Parked => "parked",
        }
    }

    /// Returns the state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Active, Self::Parked].into_iter().find(|state| state.as_str() == name)
    }
}

/// How far the upload of one image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Safe here; no bucket is known yet.
    Local,
    /// In the queue.
    Waiting,
    /// Runs now.
    Uploading,
    /// The bucket was verified to hold exactly our bytes.
    Stored,
    /// Does not go on by itself.
    Parked,
}

/// The kinds of trouble a transfer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub enum TransferProblemCode {
    /// Nothing can be reached.
    Offline,
    /// The bucket refused the key.
    Credentials,
    /// Too many requests; it backs off.
    Throttled,
    /// The server failed; it tries again.
    Server,
    /// The bucket will not take this one.
    Rejected,
    /// There is no such bucket.
    BucketMissing,
    /// The clock of this machine is wrong.
    ClockSkew,
    /// The original is not on this disk.
    OriginalMissing,
    /// A setting of the bucket is missing or wrong.
    Configuration,
    /// A person cancelled it.
    Cancelled,
    /// What answers is no S3 store, or one that Vitrine cannot rely on.
    UnsuitableStore,
    /// What the catalog says of it is damaged.
    RowDamaged,
}

impl TransferProblemCode {
    const NAMES: [(Self, &'static str); 12] = [
        (Self::Offline, "Offline"),
        (Self::Credentials, "Credentials"),
        (Self::Throttled, "Throttled"),
        (Self::Server, "Server"),
        (Self::Rejected, "Rejected"),
        (Self::BucketMissing, "BucketMissing"),
        (Self::ClockSkew, "ClockSkew"),
        (Self::OriginalMissing, "OriginalMissing"),
        (Self::Configuration, "Configuration"),
        (Self::Cancelled, "Cancelled"),
        (Self::UnsuitableStore, "UnsuitableStore"),
        (Self::RowDamaged, "RowDamaged"),
    ];

    /// Returns the name kept in the catalog.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(code, _)| *code == self).map_or("Server", |(_, name)| name)
    }

    /// Returns the code of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
    }
}

/// Why a transfer does not go on, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct TransferProblem {
    /// For programs.
    pub code: TransferProblemCode,
    /// For people.
    pub message: String,
}

/// One line of the transfer list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Transfer {
    /// Grows with time.
    #[specta(type = u32)]
    pub id: i64,
    /// What it does.
    pub operation: Operation,
    /// Whose object it is.
    pub image_id: ImageId,
    /// The imported file's name.
    pub filename: String,
    /// Where it stands.
    pub state: TransferState,
    /// How often it was tried.
    pub attempts: u32,
    /// Of the original.
    pub size_bytes: Bytes,
    /// Handed to the network in this attempt.
    pub bytes_done: Bytes,
    /// Why it waits or is parked.
    pub problem: Option<TransferProblem>,
    /// When it is tried again.
    pub next_attempt_at: Option<UnixMs>,
}

/// What the transfer engine does now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum TransferActivity {
    /// Nothing is left to do.
    #[default]
    Idle,
    /// Objects are on the way.
    Running,
    /// The artist paused it.
    Paused,
    /// The network is gone; it is probed.
    Offline,
    /// The bucket does not accept the keys, which are new; it is asked again.
    WaitingForKeys,
    /// It waits for a person: see the problem.
    NeedsAttention,
    /// No bucket is connected.
    NotConfigured,
    /// Another process on this library transfers.
    Elsewhere,
}

/// The transfer engine at a glance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, specta::Type)]
pub struct TransferSummary {
    /// What it does now.
    pub activity: TransferActivity,
    /// Queued transfers.
    pub waiting: u32,
    /// Running transfers.
    pub active: u32,
    /// Parked transfers.
    pub parked: u32,
    /// Finished since the queue was last empty.
    pub done: u32,
    /// Finished and unfinished since the queue was last empty.
    pub total: u32,
    /// Bytes of this burst that are through.
    pub bytes_done: Bytes,
    /// Bytes of this burst.
    pub bytes_total: Bytes,
    /// Over the last seconds.
    pub bytes_per_second: Bytes,
    /// What stops everything.
    pub problem: Option<TransferProblem>,
}
