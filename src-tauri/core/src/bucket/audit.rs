//! Compares the object at a key with the expected image.

use super::client::{Bucket, HeadDetail};
use super::errors::BucketError;
use crate::model::ObjectKey;

/// The object at a key, compared with the expected bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// There is no object.
    Absent,
    /// The object has exactly these bytes.
    Same,
    /// The object has other bytes, or the bucket has no checksum that proves
    /// them.
    Other {
        /// The size of the object, in bytes.
        size_bytes: u64,
    },
}

impl Bucket {
    /// Compares the object at a key with these bytes, as far as the bucket can
    /// tell without sending the object.
    pub async fn compare(
        &self,
        key: &ObjectKey,
        size_bytes: u64,
        sha256: &[u8; 32],
        md5: Option<&[u8; 16]>,
    ) -> Result<Presence, BucketError> {
        let Some(found) = Box::pin(self.head_with(key, HeadDetail::WithChecksum)).await? else {
            return Ok(Presence::Absent);
        };
        let same = found.holds(size_bytes, sha256, md5);
        Ok(if same { Presence::Same } else { Presence::Other { size_bytes: found.size_bytes } })
    }
}
