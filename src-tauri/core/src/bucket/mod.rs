//! The remote store: one S3-compatible bucket, its configuration, its errors in
//! plain words, and a check of all of it. The only module that speaks S3; must
//! not know the catalog, and does not decide when to transfer.

mod answer;
mod audit;

mod body;
mod client;
mod config;
mod copy;
pub mod doctor;
mod download;
mod errors;
mod feed_file;
mod library_mark;
mod listing;
mod patience;
pub(crate) mod profile_keys;
mod purge;
mod rate;
mod removal;
mod requests;
mod trial;
mod upload;

pub use audit::Presence;
pub use body::Progress;
pub use client::{Bucket, HeadDetail, ObjectHead, public_url};
pub use config::{
    BucketConfig, BucketFields, ConfigProblem, Jurisdiction, PUBLIC_URL, ZONE_ID, ZoneId, public_address,
};
pub use copy::{Copied, ObjectCopy};
pub use download::Download;
pub use errors::{BucketError, ErrorClass};
pub use feed_file::{FeedUpload, Occupant};
pub use library_mark::LibraryMark;
pub use listing::{ListPage, ListedObject, Listing};
pub use patience::Patience;
pub use purge::{PURGE_LIMIT, PurgeError, Purger};
pub use rate::RateLimit;
pub use removal::{DELETE_LIMIT, DeleteOutcome};
pub use requests::RequestCounter;
pub use trial::is_probe;
pub use upload::{DEFAULT_CACHE_CONTROL, Upload, UploadData, Uploaded, is_etag_of};
