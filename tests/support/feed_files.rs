//! The files of published feeds, as anybody can read them.

use crate::fixture::get;
use crate::process::must;
use md5::Md5;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use vitrine_core::bucket::{Bucket, FeedUpload, LibraryMark, Upload, UploadData};
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

/// Describes the upload of a web page.
pub fn a_web_page<'a>(key: &'a ObjectKey, text: &'static str) -> Upload<'a> {
    Upload {
        size_bytes: text.len() as u64,
        sha256: Sha256::digest(text).into(),
        md5: Md5::digest(text).into(),
        data: UploadData::Bytes(text.into()),
        content_type: "text/html; charset=utf-8",
        key,
        cache_control: None,
        progress: None,
    }
}

/// Puts a web page at a key: as a file of this library's feed, or as an object that Vitrine did not publish. What is
/// there is deleted first.
///
/// # Panics
/// Panics if the bucket refuses it.
pub async fn put_page(bucket: &Bucket, key: &ObjectKey, text: &'static str, library: Option<&LibraryMark>) {
    must(bucket.delete_image(key).await, "deleting an object");
    let file = a_web_page(key, text);
    let put = match library {
        Some(library) => bucket.put_feed_file(FeedUpload { file, library, replaces: false }).await,
        None => bucket.upload_image(file).await,
    };
    must(put, "putting a page");
}
