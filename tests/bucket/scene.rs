//! What the tests of the bucket start from.

use bytes::Bytes;
use md5::{Digest, Md5};
use sha2::Sha256;
use vitrine_core::bucket::{Bucket, BucketConfig, BucketFields, ConfigProblem, Upload, UploadData};
use vitrine_core::model::{ImageFormat, ImageKind, ObjectKey, OwnerId, UnixMs};
use vitrine_tests::s3;

/// Resolves the shared server's configuration with some values changed.
pub(crate) fn config(changes: &[(&str, &str)]) -> Result<BucketConfig, ConfigProblem> {
    let env = s3::shared().env();
    let value = |name: &str| {
        let replaced = changes.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        replaced.or_else(|| env.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone()))
    };
    BucketConfig::resolve(&value, &BucketFields::default(), None)
}

/// Returns the shared server's bucket.
pub(crate) fn bucket() -> Bucket {
    Bucket::new(&config(&[]).unwrap())
}

/// Returns a key that nobody else uses.
pub(crate) fn fresh_key() -> ObjectKey {
    let owner = OwnerId::parse("ana").unwrap();
    ObjectKey::generate(&owner, ImageKind::Generated, ImageFormat::Png, UnixMs::now()).unwrap()
}

/// Returns bytes that no two tests share.
pub(crate) fn some_bytes(size: usize) -> Bytes {
    let mut bytes = vec![0_u8; size];
    getrandom::fill(&mut bytes).unwrap();
    Bytes::from(bytes)
}

/// Describes an upload of these bytes from memory.
pub(crate) fn upload<'a>(key: &'a ObjectKey, bytes: &Bytes) -> Upload<'a> {
    Upload {
        data: UploadData::Bytes(bytes.clone()),
        content_type: "image/png",
        key,
        cache_control: None,
        size_bytes: bytes.len() as u64,
        sha256: Sha256::digest(bytes).into(),
        md5: Md5::digest(bytes).into(),
        progress: None,
    }
}
