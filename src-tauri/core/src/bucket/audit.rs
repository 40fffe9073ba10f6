//! Compares the object at a key with the expected image.

use super::client::{Bucket, HeadDetail};
use super::errors::BucketError;
use crate::model::ObjectKey;
use sha2::{Digest, Sha256};

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

    /// Compares the object at a key with these bytes by downloading it: for a bucket that has no SHA-256, if no
    /// MD5 is known.
    pub async fn compare_content(
        &self,
        key: &ObjectKey,
        size_bytes: u64,
        sha256: &[u8; 32],
    ) -> Result<Presence, BucketError> {
        let Some(mut download) = self.download_image(key).await? else { return Ok(Presence::Absent) };
        let other = Presence::Other { size_bytes: download.size_bytes };
        if download.size_bytes != size_bytes {
            return Ok(other);
        }
        let mut hash = Sha256::new();
        while let Some(piece) = download.next_piece().await? {
            hash.update(&piece);
        }
        Ok(if <[u8; 32]>::from(hash.finalize()) == *sha256 { Presence::Same } else { other })
    }
}
