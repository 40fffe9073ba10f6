//! Looking at what a bucket holds, to compare it with what it should hold.

use super::client::{Bucket, HeadDetail, ListPage};
use super::errors::BucketError;
use super::upload::is_same_content;
use crate::model::ObjectKey;
use aws_sdk_s3::types::CommonPrefix;

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

/// One page of what lies directly under a prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderPage {
    /// Prefixes that go on, each with the slash it ends in.
    pub folders: Vec<String>,
    /// Objects that do not, and where the next page starts.
    pub objects: ListPage,
}

impl Bucket {
    /// Returns one page of what lives under a prefix, of a chosen size.
    pub async fn list_some(
        &self,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ListPage, BucketError> {
        self.list_at_most(prefix, cursor, i32::try_from(limit).ok()).await
    }

    /// Returns one page of what lies directly under a prefix, which ends in a
    /// slash.
    pub async fn folders(
        &self,
        prefix: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<FolderPage, BucketError> {
        let answer = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .delimiter("/")
            .set_continuation_token(cursor.map(str::to_owned))
            .set_max_keys(i32::try_from(limit).ok());
        let page = Box::pin(answer.send()).await.map_err(|problem| BucketError::from_sdk(&problem))?;
        let folders = page.common_prefixes().iter().filter_map(CommonPrefix::prefix);
        Ok(FolderPage { folders: folders.map(str::to_owned).collect(), objects: ListPage::of(&page) })
    }

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
