//! The files of published feeds: which library published an object, and uploads that overwrite only
//! files of their own library.

use super::client::{Bucket, HeadDetail, ObjectHead};
use super::errors::{BucketError, ErrorClass};
use super::library_mark::LibraryMark;
use super::upload::{Condition, Upload, Uploaded};
use crate::model::ObjectKey;
use tokio::task::JoinSet;

/// How often one upload looks at the object at its key before it gives up for now.
const ROUNDS: usize = 3;
/// The maximum number of objects that are looked at concurrently.
const SIDE_BY_SIDE: usize = 8;

/// What is at the key of a feed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occupant {
    /// A feed file of this library.
    ThisLibrary(ObjectHead),
    /// A feed file of another library.
    OtherLibrary(ObjectHead),
    /// An object that Vitrine did not publish.
    Stranger,
}

/// One file of a feed to upload.
#[derive(Clone)]
pub struct FeedUpload<'a> {
    /// The file.
    pub file: Upload<'a>,
    /// The library that publishes it.
    pub library: &'a LibraryMark,
    /// Whether the bucket confirmed a version of it before. If not, the upload does not look at the
    /// key first, which saves a request.
    pub replaces: bool,
}

impl Bucket {
    /// Returns what is at the key of a feed file; `None` if there is no object.
    pub async fn occupant(
        &self,
        key: &ObjectKey,
        library: &LibraryMark,
        detail: HeadDetail,
    ) -> Result<Option<Occupant>, BucketError> {
        match self.head_with(key, detail).await {
            Ok(None) => Ok(None),
            Ok(Some(head)) => Ok(Some(match &head.feed_of {
                Some(mark) if mark == library => Occupant::ThisLibrary(head),
                Some(_) => Occupant::OtherLibrary(head),
                None => Occupant::Stranger,
            })),
            // This is a web page of somebody else in the bucket, or a page that hides the store. Only the
            // store can list the object.
            Err(problem) if problem.class == ErrorClass::NotS3 && self.lists(key).await? => {
                Ok(Some(Occupant::Stranger))
            }
            Err(problem) => Err(problem),
        }
    }

    async fn lists(&self, key: &ObjectKey) -> Result<bool, BucketError> {
        // The key is the first of those that begin with it.
        let page = self.listing(key.as_str(), 1).next_page().await?;
        Ok(page.is_some_and(|page| page.objects.iter().any(|object| object.key == key.as_str())))
    }

    /// Returns what is at each key of feed files, in the given order. After a failure that does not
    /// pass by itself, the rest fails in the same way without a request.
    pub async fn occupants(
        &self,
        keys: &[ObjectKey],
        library: &LibraryMark,
    ) -> Vec<Result<Option<Occupant>, BucketError>> {
        let mut found = Vec::with_capacity(keys.len());
        let mut stopped: Option<BucketError> = None;
        for few in keys.chunks(SIDE_BY_SIDE) {
            if let Some(problem) = &stopped {
                found.extend(few.iter().map(|_| Err(problem.clone())));
                continue;
            }
            let mut running = JoinSet::new();
            for (at, key) in few.iter().enumerate() {
                let (bucket, key, library) = (self.clone(), key.clone(), library.clone());
                running.spawn(async move { (at, bucket.occupant(&key, &library, HeadDetail::Plain).await) });
            }
            // A task that panicked has no result, and counts as failed.
            let mut results: Vec<_> = few.iter().map(|_| Err(not_told())).collect();
            while let Some(ended) = running.join_next().await {
                let Ok((at, result)) = ended else { continue };
                if let Err(problem) = &result
                    && problem.class != ErrorClass::Transient
                {
                    stopped = Some(problem.clone());
                }
                if let Some(place) = results.get_mut(at) {
                    *place = result;
                }
            }
            found.extend(results);
        }
        found
    }

    /// Uploads a file of a feed, and returns only when the bucket holds exactly these bytes. An object
    /// at the key is overwritten only if this library published it. It is safe to repeat after any
    /// failure, and after being dropped midway.
    ///
    /// A file that the bucket may have costs one request more, of class B: its object is looked at,
    /// and overwritten only if it is still the same object. If the store does not support `If-Match`,
    /// a change by others between these two requests is overwritten.
    ///
    /// # Errors
    /// `OtherLibrary` or `OtherObject` if something else is at the key, which is not changed;
    /// otherwise as [`Bucket::upload_image`].
    pub async fn put_feed_file(&self, upload: FeedUpload<'_>) -> Result<Uploaded, BucketError> {
        let FeedUpload { file, library, replaces } = upload;
        if !replaces {
            match self.send(&file, Condition::Absent, Some(library)).await {
                Err(problem) if problem.status() == Some(412) => {}
                sent => return sent,
            }
        }
        // The object for which the store refused the condition in the last round.
        let mut refused: Option<String> = None;
        for _ in 0..ROUNDS {
            let before = match self.occupant(file.key, library, HeadDetail::Plain).await? {
                None => None,
                Some(Occupant::ThisLibrary(head)) if is_this_file(&head, &file) => {
                    // An earlier attempt, whose answer was lost.
                    return Ok(self.uploaded(&file, head.etag));
                }
                Some(Occupant::ThisLibrary(head)) => Some(head.etag),
                Some(Occupant::OtherLibrary(_)) => return Err(of_other_library()),
                Some(Occupant::Stranger) => return Err(of_a_stranger()),
            };
            let condition = match &before {
                None => Condition::Absent,
                // Nothing has changed, so the store does not support the condition.
                Some(etag) if refused.as_ref() == Some(etag) => Condition::Any,
                Some(etag) => Condition::Unchanged(etag),
            };
            match self.send(&file, condition, Some(library)).await {
                Err(problem) if is_about_condition(&problem) => refused = before,
                sent => return sent,
            }
        }
        Err(BucketError::new(ErrorClass::Transient, "Another program changes this file at the same time."))
    }
}

/// Says whether an object already is the file, with the headers that it should have.
fn is_this_file(head: &ObjectHead, file: &Upload<'_>) -> bool {
    head.holds(file.size_bytes, &file.sha256, Some(&file.md5))
        && head.content_type.as_deref() == Some(file.content_type)
        && head.cache_control.as_deref() == file.cache_control
}

/// Says whether a store refused a request because of its condition. Some say that there is no
/// object to compare with, and some that they do not support the condition.
fn is_about_condition(problem: &BucketError) -> bool {
    matches!(problem.status(), Some(412)) || matches!(problem.code(), Some("NoSuchKey" | "NotImplemented"))
}

fn not_told() -> BucketError {
    BucketError::new(ErrorClass::Transient, "The bucket did not say what it has.")
}

fn of_other_library() -> BucketError {
    BucketError::new(
        ErrorClass::OtherLibrary,
        "Another library publishes its feed at this address, and was not changed. Take back that feed, or \
         publish with another profile or into another bucket.",
    )
}

fn of_a_stranger() -> BucketError {
    BucketError::new(
        ErrorClass::OtherObject,
        "An object that Vitrine did not publish is at this address, and was not changed. Delete it in the \
         bucket, then publish again.",
    )
}
