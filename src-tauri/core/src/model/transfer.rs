//! Transfers, as lists and status lines show them.

use super::{Bytes, ImageId, UnixMs};
use serde::{Deserialize, Serialize};

/// What a transfer does with its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Uploads the original.
    Put,
    /// Deletes the object.
    Delete,
}

impl Operation {
    /// Returns the name that the catalog stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// Returns the operation with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Put, Self::Delete].into_iter().find(|operation| operation.as_str() == name)
    }
}

/// The state of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum TransferState {
    /// Waiting for its turn or for its next attempt.
    Queued,
    /// Running now.
    Active,
    /// Does not continue by itself.
    Parked,
}

impl TransferState {
    /// Returns the name that the catalog stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Active => "active",
            Self::Parked => "parked",
        }
    }

    /// Returns the state with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Queued, Self::Active, Self::Parked].into_iter().find(|state| state.as_str() == name)
    }
}

/// The state of one image's upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum UploadState {
    /// Only on this machine, because no bucket is connected.
    Local,
    /// In the queue.
    Waiting,
    /// Running now.
    Uploading,
    /// The bucket was verified to hold exactly our bytes.
    Stored,
    /// Does not continue by itself.
    Parked,
}

/// The kinds of problem that a transfer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
pub enum TransferProblemCode {
    /// The network or the endpoint cannot be reached.
    Offline,
    /// The bucket refused the keys.
    Credentials,
    /// The store receives too many requests; the transfer waits longer before
    /// it retries.
    Throttled,
    /// The server failed; the transfer is retried.
    Server,
    /// The bucket refuses this object.
    Rejected,
    /// Another library publishes its feed at this address.
    OtherLibrary,
    /// An object that Vitrine did not publish is in the place of a feed file.
    OtherObject,
    /// The bucket does not exist.
    BucketMissing,
    /// The clock of this machine is wrong.
    ClockSkew,
    /// The original is not on this disk.
    OriginalMissing,
    /// A setting of the bucket is missing or wrong.
    Configuration,
    /// A person cancelled it.
    Cancelled,
    /// The endpoint is not an S3 store, or is one that Vitrine cannot rely on.
    UnsuitableStore,
    /// The catalog's row of the image is damaged.
    RowDamaged,
}

impl TransferProblemCode {
    const NAMES: [(Self, &'static str); 14] = [
        (Self::Offline, "Offline"),
        (Self::Credentials, "Credentials"),
        (Self::Throttled, "Throttled"),
        (Self::Server, "Server"),
        (Self::Rejected, "Rejected"),
        (Self::OtherLibrary, "OtherLibrary"),
        (Self::OtherObject, "OtherObject"),
        (Self::BucketMissing, "BucketMissing"),
        (Self::ClockSkew, "ClockSkew"),
        (Self::OriginalMissing, "OriginalMissing"),
        (Self::Configuration, "Configuration"),
        (Self::Cancelled, "Cancelled"),
        (Self::UnsuitableStore, "UnsuitableStore"),
        (Self::RowDamaged, "RowDamaged"),
    ];

    /// Returns the name that the catalog stores.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(code, _)| *code == self).map_or("Server", |(_, name)| name)
    }

    /// Returns the code with that name; `None` for any other text.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(code, _)| *code)
    }
}

/// Why a transfer does not continue, in plain words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct TransferProblem {
    /// The code for programs.
    pub code: TransferProblemCode,
    /// The text for people.
    pub message: String,
}

/// One entry of the transfer list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, specta::Type)]
pub struct Transfer {
    /// A later transfer has a larger id.
    #[specta(type = u32)]
    pub id: i64,
    /// What the transfer does.
    pub operation: Operation,
    /// The image that the object belongs to; `None` for pages and lists of a feed.
    pub image_id: Option<ImageId>,
    /// Whether the object is a file of a published feed, not an image's own object.
    pub is_feed_file: bool,
    /// The imported file's name, or the path of a feed's page or list.
    pub filename: String,
    /// The state of the transfer.
    pub state: TransferState,
    /// The number of attempts so far.
    pub attempts: u32,
    /// The size of the object.
    pub size_bytes: Bytes,
    /// Bytes handed to the network during this attempt.
    pub bytes_done: Bytes,
    /// Why the transfer waits or is parked; `None` if there is no problem.
    pub problem: Option<TransferProblem>,
    /// When the next attempt starts; `None` if none is scheduled.
    pub next_attempt_at: Option<UnixMs>,
}

/// What the transfer engine is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum TransferActivity {
    /// Nothing is left to do.
    #[default]
    Idle,
    /// Transfers are running.
    Running,
    /// The artist paused it.
    Paused,
    /// The network is unavailable; the engine probes it.
    Offline,
    /// The bucket does not accept the keys yet, because they are new; the
    /// engine asks again.
    WaitingForKeys,
    /// A person has to act; the summary's problem says how.
    NeedsAttention,
    /// No bucket is connected.
    NotConfigured,
    /// Another process transfers for this library.
    Elsewhere,
}

/// A summary of the transfer engine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, specta::Type)]
pub struct TransferSummary {
    /// What the engine is doing.
    pub activity: TransferActivity,
    /// Queued transfers.
    pub waiting: u32,
    /// Running transfers.
    pub active: u32,
    /// Parked transfers.
    pub parked: u32,
    /// Uploads of originals that are queued or running.
    pub originals: u32,
    /// Uploads of feed files that are queued or running. All other transfers are deletions.
    pub feed_files: u32,
    /// Transfers that finished since the queue was last empty.
    pub done: u32,
    /// All transfers since the queue was last empty, finished or not.
    pub total: u32,
    /// Bytes transferred since the queue was last empty.
    pub bytes_done: Bytes,
    /// Bytes of all transfers since the queue was last empty.
    pub bytes_total: Bytes,
    /// The rate over the last four seconds.
    pub bytes_per_second: Bytes,
    /// The problem that stops all transfers; `None` if there is none.
    pub problem: Option<TransferProblem>,
}
