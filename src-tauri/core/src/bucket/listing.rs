//! Lists the objects of a bucket page by page, and gives up on a listing that
//! does not end.

use super::answer::Guard;
use super::client::bare_etag;
use super::client::{Bucket, unsigned};
use super::errors::{BucketError, ErrorClass};
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::types::CommonPrefix;

/// The maximum number of objects and folders in one listing, five times what a
/// library is designed for.
const MOST_NAMES: u64 = 5_000_000;
/// How many pages may have fewer names than requested, beyond every second
/// page.
const SPARE_PAGES: u64 = 1_000;
/// How many pages without any name may follow each other.
const MOST_EMPTY_PAGES: u32 = 100;

/// One page of a listing, with at most 1,000 objects and folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListPage {
    /// Prefixes that end in a slash and have more below them; empty unless
    /// folders were requested.
    pub folders: Vec<String>,
    /// The objects of this page.
    pub objects: Vec<ListedObject>,
    /// The cursor of the next page; `None` at the end.
    pub next_cursor: Option<String>,
}

/// One object in a listing. Its key may be any text, even one that Vitrine did
/// not create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// The key, as the bucket has it.
    pub key: String,
    /// The size of the object, in bytes.
    pub size_bytes: u64,
    /// Its `ETag`, without quotes.
    pub etag: String,
}

/// A running listing. It stores only the last page's cursor.
#[derive(Debug)]
pub struct Listing {
    bucket: Bucket,
    prefix: String,
    delimiter: Option<&'static str>,
    limit: u32,
    cursor: Option<String>,
    ended: bool,
    advance: Advance,
}

impl Listing {
    /// Returns the next page; `None` after the last one.
    ///
    /// # Errors
    /// `Unsuitable` if the listing repeats itself, does not end, or contains
    /// names that were not requested.
    pub async fn next_page(&mut self) -> Result<Option<ListPage>, BucketError> {
        if self.ended {
            return Ok(None);
        }
        let page = self
            .bucket
            .page(&self.prefix, self.delimiter, self.cursor.as_deref(), i32::try_from(self.limit).ok())
            .await?;
        self.advance.check(&page, &self.prefix, self.cursor.as_deref(), self.limit)?;
        self.cursor.clone_from(&page.next_cursor);
        self.ended = page.next_cursor.is_none();
        Ok(Some(page))
    }
}

impl Bucket {
    /// Lists everything under a prefix, in pages of at most `limit` names.
    pub fn listing(&self, prefix: &str, limit: u32) -> Listing {
        self.listing_by(prefix, None, limit)
    }

    /// Lists the objects and folders directly under a prefix that ends in a
    /// slash.
    pub fn folder_listing(&self, prefix: &str, limit: u32) -> Listing {
        self.listing_by(prefix, Some("/"), limit)
    }

    fn listing_by(&self, prefix: &str, delimiter: Option<&'static str>, limit: u32) -> Listing {
        Listing {
            bucket: self.clone(),
            prefix: prefix.to_owned(),
            delimiter,
            limit,
            cursor: None,
            ended: false,
            advance: Advance::default(),
        }
    }

    /// Returns one page of the objects under a prefix.
    #[cfg(any(test, feature = "internals"))]
    pub async fn list(&self, prefix: &str, cursor: Option<&str>) -> Result<ListPage, BucketError> {
        self.page(prefix, None, cursor, None).await
    }

    pub(super) async fn page(
        &self,
        prefix: &str,
        delimiter: Option<&str>,
        cursor: Option<&str>,
        limit: Option<i32>,
    ) -> Result<ListPage, BucketError> {
        let request = self
            .client
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(prefix)
            .set_delimiter(delimiter.map(str::to_owned))
            .set_continuation_token(cursor.map(str::to_owned))
            .set_max_keys(limit)
            .customize()
            .interceptor(Guard::Listing);
        let answer = Box::pin(request.send()).await.map_err(|problem| BucketError::from_sdk(&problem))?;
        ListPage::of(&answer)
    }
}

impl ListPage {
    fn of(answer: &ListObjectsV2Output) -> Result<Self, BucketError> {
        let next = answer.next_continuation_token().filter(|token| !token.is_empty());
        let next_cursor = match (answer.is_truncated(), next) {
            (Some(false), _) => None,
            (Some(true), None) => {
                return Err(unsuitable("it says that there is more, but gives no token to continue"));
            }
            (_, next) => next.map(str::to_owned),
        };
        let objects = answer.contents().iter().filter_map(|object| {
            Some(ListedObject {
                key: object.key()?.to_owned(),
                size_bytes: unsigned(object.size()),
                etag: bare_etag(object.e_tag()),
            })
        });
        let folders = answer.common_prefixes().iter().filter_map(CommonPrefix::prefix);
        Ok(Self { folders: folders.map(str::to_owned).collect(), objects: objects.collect(), next_cursor })
    }

    fn first_name(&self) -> Option<&str> {
        self.objects.first().map(|object| object.key.as_str()).or(self.folders.first().map(String::as_str))
    }
}

fn unsuitable(why: &str) -> BucketError {
    let message = format!("The bucket's listing cannot be used: {why}.");
    BucketError::new(ErrorClass::Unsuitable, message)
}

/// Checks whether a listing makes progress. It remembers one earlier page, at
/// increasing distances, as in Brent's algorithm for finding cycles.
#[derive(Debug)]
struct Advance {
    pages: u64,
    names: u64,
    empty_in_a_row: u32,
    remembered: Option<(String, Option<String>)>,
    since_remembered: u64,
    /// After this many more pages, another page is remembered.
    stride: u64,
}

impl Default for Advance {
    fn default() -> Self {
        Self { pages: 0, names: 0, empty_in_a_row: 0, remembered: None, since_remembered: 0, stride: 1 }
    }
}

impl Advance {
    fn check(
        &mut self,
        page: &ListPage,
        prefix: &str,
        asked: Option<&str>,
        limit: u32,
    ) -> Result<(), BucketError> {
        let mut names = page.objects.iter().map(|object| &object.key).chain(&page.folders);
        if names.any(|name| !name.starts_with(prefix)) {
            return Err(unsuitable("it has names that were not requested"));
        }
        let count = page.objects.len() + page.folders.len();
        self.pages += 1;
        self.names += count as u64;
        self.empty_in_a_row = if count == 0 { self.empty_in_a_row + 1 } else { 0 };
        let Some(next) = page.next_cursor.as_deref() else { return Ok(()) };
        let first = page.first_name();
        let repeats = self
            .remembered
            .as_ref()
            .is_some_and(|(cursor, name)| cursor == next || (first.is_some() && name.as_deref() == first));
        if repeats || asked == Some(next) {
            return Err(unsuitable("it repeats itself"));
        }
        let most_pages = SPARE_PAGES + 2 * self.names / u64::from(limit.max(1));
        if self.empty_in_a_row > MOST_EMPTY_PAGES || self.pages > most_pages || self.names > MOST_NAMES {
            return Err(unsuitable("it does not end"));
        }
        self.since_remembered += 1;
        if self.since_remembered == self.stride {
            self.remembered = Some((next.to_owned(), first.map(str::to_owned)));
            self.since_remembered = 0;
            self.stride *= 2;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(keys: std::ops::Range<u64>, next: Option<String>) -> ListPage {
        let object = |number| ListedObject { key: format!("p/{number:09}"), size_bytes: 1, etag: "e".into() };
        ListPage { folders: Vec::new(), objects: keys.map(object).collect(), next_cursor: next }
    }

    /// Returns how many pages are read until the listing is given up, and the
    /// message.
    fn given_up_after(limit: u32, page_of: impl Fn(u64) -> ListPage) -> (u64, String) {
        let (mut advance, mut asked) = (Advance::default(), None);
        for number in 0.. {
            let page = page_of(number);
            if let Err(error) = advance.check(&page, "p/", asked.as_deref(), limit) {
                assert_eq!(error.class, ErrorClass::Unsuitable);
                return (number + 1, error.message);
            }
            asked = Some(page.next_cursor.expect("a listing that goes on"));
        }
        unreachable!()
    }

    #[test]
    fn a_listing_that_repeats_its_token_is_given_up_at_once() {
        let (pages, why) = given_up_after(10, |number| page(number * 10..number * 10 + 10, Some("t".into())));
        assert_eq!(pages, 2);
        assert!(why.contains("repeats"), "{why}");
    }

    #[test]
    fn a_cycle_of_any_length_is_recognised_by_its_tokens_or_keys() {
        for length in [2, 3, 7, 100, 999] {
            let by_token = |number: u64| {
                let keys = number * 10..number * 10 + 10;
                page(keys, Some(format!("t{}", number % length)))
            };
            let by_key = |number: u64| {
                let start = number % length * 10;
                page(start..start + 10, Some(format!("t{number}")))
            };
            for (pages, why) in [given_up_after(10, by_token), given_up_after(10, by_key)] {
                assert!(pages <= 4 * length, "{pages} for {length}");
                assert!(why.contains("repeats"), "{why}");
            }
        }
    }

    #[test]
    fn a_listing_of_empty_or_nearly_empty_pages_is_given_up() {
        let next = |number| Some(format!("t{number}"));
        assert_eq!(given_up_after(1000, |number| page(0..0, next(number))).0, 101);
        assert_eq!(given_up_after(1000, |number| page(number..number + 1, next(number))).0, 1003);
    }

    #[test]
    fn an_endless_listing_is_given_up_and_a_million_objects_are_not() {
        let full = |number: u64| page(number * 1000..number * 1000 + 1000, Some(format!("t{number}")));
        assert_eq!(given_up_after(1000, full).0, 5001);
        let mut advance = Advance::default();
        for number in 0..1_000 {
            advance.check(&full(number), "p/", Some(&format!("t{}", number + 5_000)), 1000).unwrap();
        }
        // A store that sends pages of half the size.
        let mut advance = Advance::default();
        for number in 0..2_000 {
            let half = page(number * 500..number * 500 + 500, Some(format!("t{number}")));
            advance.check(&half, "p/", None, 1000).unwrap();
        }
    }

    #[test]
    fn keys_outside_the_requested_prefix_are_an_error() {
        let error = Advance::default().check(&page(0..1, None), "q/", None, 10).unwrap_err();
        assert!(error.message.contains("not requested"), "{error}");
    }

    #[test]
    fn a_truncated_page_without_a_token_is_an_error_and_not_the_end() {
        let more = ListObjectsV2Output::builder().is_truncated(true).build();
        assert_eq!(ListPage::of(&more).unwrap_err().class, ErrorClass::Unsuitable);
        let end = ListObjectsV2Output::builder().is_truncated(false).next_continuation_token("t").build();
        assert_eq!(ListPage::of(&end).unwrap().next_cursor, None);
    }
}
