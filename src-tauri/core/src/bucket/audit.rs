//! Comparing what lives at a key with what should.

use super::client::{Bucket, HeadDetail};
use super::errors::BucketError;
use super::upload::is_same_content;
use crate::model::ObjectKey;

/// What lives at a key, compared with what should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// No object.
    Absent,
    /// An object of exactly these bytes.
    Same,
    /// An object of other bytes, or of which nothing vouches for them.
    Other {
        /// Its size.
        size_bytes: u64,
    },
}

impl Bucket {
    /// Says whether the object at a key is exactly these bytes, as far as the
    /// bucket can tell without sending them.
    pub async fn compare(
        &self,
        key: &ObjectKey,
        size_bytes: u64,
        sha256: &[u8; 32],
        md5: &[u8; 16],
    ) -> Result<Presence, BucketError> {
        let Some(found) = Box::pin(self.head_with(key, HeadDetail::WithChecksum)).await? else {
            return Ok(Presence::Absent);
        };
        let same = is_same_content(&found, size_bytes, sha256, md5);
        Ok(if same { Presence::Same } else { Presence::Other { size_bytes: found.size_bytes } })
    }
}
