//! The files of published feeds, as anybody can read them.

use crate::fixture::get;
use crate::process::must;
use std::collections::BTreeMap;
use vitrine_core::bucket::Bucket;
use vitrine_core::model::ObjectKey;

/// The bytes of files by their path.
pub type FeedFiles = BTreeMap<String, Vec<u8>>;

/// Returns every object whose key starts with `prefix`, by the rest of its key, as its public URL gives it.
///
/// # Panics
/// Panics if an object cannot be listed or read.
pub async fn objects_under(bucket: &Bucket, prefix: &str) -> FeedFiles {
    let (mut files, mut cursor) = (FeedFiles::new(), None);
    loop {
        let page = must(bucket.list(prefix, cursor.as_deref()).await, "listing the bucket");
        for object in page.objects {
            let key = must(ObjectKey::parse(&object.key), &object.key);
            let (status, bytes) = get(&bucket.public_url(&key)).await;
            assert_eq!(status, 200, "{}", object.key);
            files.insert(object.key[prefix.len()..].to_owned(), bytes);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return files;
        }
    }
}

/// Fails if a text is in any file or in its path, as it is or in UTF-16.
///
/// # Panics
/// Panics with the text and the path of the file.
pub fn assert_nowhere(files: &FeedFiles, secret: &str) {
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (path, bytes) in files {
        assert!(!path.contains(secret), "{secret} is in the name of {path}");
        for form in [secret.as_bytes(), &wide] {
            let found = memchr::memmem::find(bytes, form).is_some();
            assert!(!found, "{secret} is in {path}");
        }
    }
}
