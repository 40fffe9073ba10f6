//! Recognises answers that do not come from a store: from a website, the login
//! page of a network, or a proxy. These answer 200 to anything, and the SDK
//! does not read the body where S3 sends none.

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use aws_sdk_s3::primitives::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The largest answer that is read into memory, in bytes. A page of a listing
/// has at most a thousand keys of 1,024 bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The endpoint answered, but it is not an S3 store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the server that answered is not an S3 server")]
pub(super) struct NotAStore;

/// Checks the answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// The answer is read into memory, so it must be short.
    Short,
    /// The answer is a status without a body.
    Empty,
    /// The answer is a page of a listing. The SDK does not check whether it is
    /// complete.
    Listing,
    /// The answer is an object, which is streamed and may have any size.
    Object,
}

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        if *self == Self::Object && response.status().is_success() {
            return if has_html_type(response) { Err(NotAStore.into()) } else { Ok(()) };
        }
        let inner = std::mem::replace(response.body_mut(), SdkBody::taken());
        *response.body_mut() = SdkBody::from_body_1_x(ShortBody { inner, left: LARGEST });
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() {
            return Ok(());
        }
        let is_foreign = match self {
            Self::Short => is_web_page(response),
            Self::Listing => !response.body().bytes().is_some_and(ends_a_listing),
            Self::Empty => {
                is_web_page(response) || response.body().bytes().is_some_and(|body| !body.is_empty())
            }
            Self::Object => false,
        };
        if is_foreign { Err(NotAStore.into()) } else { Ok(()) }
    }
}

/// Says whether a document ends as a listing does.
fn ends_a_listing(body: &[u8]) -> bool {
    const ROOT: &[u8] = b"ListBucketResult";
    let end = body.trim_ascii_end().strip_suffix(b">").unwrap_or_default();
    end.strip_suffix(b"/").unwrap_or(end).trim_ascii_end().ends_with(ROOT)
}

/// Says whether an answer that was read into memory is a web page. Some stores
/// call the empty answer to a PUT `text/html`, but send its `ETag`.
pub(super) fn is_web_page(response: &HttpResponse) -> bool {
    let body = response.body().bytes().unwrap_or_default().trim_ascii();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.is_empty() {
        // This may also be the head of a page, since a HEAD receives nothing
        // else.
        let may_be_page = matches!(response.status().as_u16(), 200 | 400 | 405..=407 | 410 | 451 | 501);
        return may_be_page && has_html_type(response) && response.headers().get("etag").is_none();
    }
    let begins = |word: &[u8]| body.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    begins(b"<!doctype html") || begins(b"<html") || has_html_type(response)
}

fn has_html_type(response: &HttpResponse) -> bool {
    response.headers().get("content-type").is_some_and(is_html)
}

/// Says whether a media type is that of a web page.
pub(super) fn is_html(content_type: &str) -> bool {
    let content_type = content_type.trim_start();
    ["text/html", "application/xhtml"]
        .iter()
        .any(|html| content_type.get(..html.len()).is_some_and(|start| start.eq_ignore_ascii_case(html)))
}

/// A body that fails when it is too long.
struct ShortBody {
    inner: SdkBody,
    left: u64,
}

impl Body for ShortBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            match self.left.checked_sub(length) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Some(Err(NotAStore.into()))),
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        Body::is_end_stream(&self.inner)
    }

    fn size_hint(&self) -> SizeHint {
        Body::size_hint(&self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> HttpResponse {
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        response
    }

    #[test]
    fn web_pages_are_recognised_by_their_text_or_their_type() {
        let html = ("content-type", "text/html; charset=utf-8");
        for page in [
            answer(200, &[html], "<!doctype html><title>Welcome</title>"),
            answer(200, &[], "\n <HTML><body>"),
            answer(200, &[("content-type", "text/plain")], "\u{feff}<!DOCTYPE HTML>"),
            answer(200, &[html], "Sign in"),
            answer(200, &[html], ""),
            answer(403, &[html, ("etag", "\"1\"")], "blocked"),
            answer(405, &[html], ""),
        ] {
            assert!(is_web_page(&page), "{page:?}");
        }
    }

    #[test]
    fn a_truncated_listing_does_not_count_as_complete() {
        for whole in
            ["<ListBucketResult></ListBucketResult>", "<a:ListBucketResult>\n</a:ListBucketResult >\n"]
        {
            assert!(ends_a_listing(whole.as_bytes()), "{whole}");
        }
        for cut in
            ["", "<ListBucketResult><Contents>", "<ListBucketResult></ListBucketResult", "<html></html>"]
        {
            assert!(!ends_a_listing(cut.as_bytes()), "{cut}");
        }
    }

    #[test]
    fn answers_of_stores_are_not_web_pages_whatever_type_they_claim() {
        let html = ("content-type", "text/html; charset=utf-8");
        for store in [
            answer(200, &[html, ("etag", "\"900150983cd24fb0d6963f7d28e17f72\"")], ""),
            answer(204, &[html], ""),
            answer(200, &[("content-type", "application/xml")], "<?xml version=\"1.0\"?><DeleteResult/>"),
            answer(200, &[], ""),
            answer(404, &[html], ""),
        ] {
            assert!(!is_web_page(&store), "{store:?}");
        }
    }
}
