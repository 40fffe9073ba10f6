//! Pixels for the window:
//! `vitrine://localhost/{small|thumbnail|large|original}/{id}`, and
//! `vitrine://localhost/avatar/{id}` for the avatar of the feed. It serves raster
//! bytes by id, nothing else, and not on the window's thread.

use crate::opened::OpenedLibrary;
use tauri::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use tauri::http::{Method, Request, Response, StatusCode};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};
use vitrine_core::Library;
use vitrine_core::library::{Pixels, Variant};
use vitrine_core::model::{ImageId, ThumbnailSize};

pub(crate) const SCHEME: &str = "vitrine";

/// Answers one request of the window.
#[expect(clippy::needless_pass_by_value, reason = "the signature is Tauri's")]
pub(crate) fn respond<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().clone();
    tauri::async_runtime::spawn(async move {
        let wanted = wanted(request.method(), request.uri().path());
        let pixels = match wanted {
            Some(wanted) => match app.state::<OpenedLibrary>().get().await {
                Ok(library) => found(&library, wanted).await,
                Err(_) => None,
            },
            None => None,
        };
        responder.respond(response(pixels));
    });
}

/// What a URL names.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Image(Variant, ImageId),
    /// The avatar with this id.
    Avatar(String),
}

async fn found(library: &Library, wanted: Wanted) -> Option<Pixels> {
    match wanted {
        Wanted::Image(variant, id) => library.pixels(&id, variant).await.ok(),
        Wanted::Avatar(id) => library.feed_avatar_pixels(&id).await.ok()?,
    }
}

/// Parses a path. Tauri's helper that builds these URLs encodes the slash, so both
/// forms are accepted.
fn wanted(method: &Method, path: &str) -> Option<Wanted> {
    if method != Method::GET {
        return None;
    }
    let path = path.strip_prefix('/')?;
    let (variant, id) = path.split_once('/').or_else(|| path.split_once("%2F"))?;
    let variant = match variant {
        "small" => Variant::Thumbnail(ThumbnailSize::Small),
        "thumbnail" => Variant::Thumbnail(ThumbnailSize::Medium),
        "large" => Variant::Thumbnail(ThumbnailSize::Large),
        "original" => Variant::Original,
        "avatar" if id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            return Some(Wanted::Avatar(id.to_owned()));
        }
        _ => return None,
    };
    Some(Wanted::Image(variant, ImageId::parse(id).ok()?))
}

/// Builds the response. A page of a custom scheme counts as local, so the response
/// must never be able to act as a page: a fixed raster type, no sniffing, a sandbox.
fn response(pixels: Option<Pixels>) -> Response<Vec<u8>> {
    let sealed = Response::builder()
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    let response = match pixels {
        Some(pixels) => sealed
            .header(CONTENT_TYPE, pixels.content_type)
            .header(CACHE_CONTROL, "private, max-age=31536000, immutable")
            .body(pixels.bytes),
        None => sealed
            .status(StatusCode::NOT_FOUND)
            .header(CONTENT_TYPE, "image/png")
            .header(CACHE_CONTROL, "no-store")
            .body(Vec::new()),
    };
    response.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019a0000-0000-7000-8000-000000000000";

    #[test]
    fn pixels_are_named_by_variant_and_id_only() {
        let id = ImageId::parse(ID).unwrap();
        for path in [format!("/thumbnail/{ID}"), format!("/thumbnail%2F{ID}")] {
            assert_eq!(
                wanted(&Method::GET, &path),
                Some(Wanted::Image(Variant::Thumbnail(ThumbnailSize::Medium), id.clone())),
                "{path}"
            );
        }
        for bad in [
            "/",
            "/thumbnail",
            "/thumbnail/../catalog.db",
            "/thumbnail/%2e%2e",
            "/avatar/../x",
            "/etc/passwd",
            "/html/x",
        ] {
            assert_eq!(wanted(&Method::GET, bad), None, "{bad}");
        }
        assert_eq!(wanted(&Method::POST, &format!("/original/{ID}")), None);
    }

    #[test]
    fn an_answer_can_never_be_used_as_a_page() {
        let pixels = Pixels { content_type: "image/png", bytes: vec![1] };
        for answer in [response(Some(pixels)), response(None)] {
            let headers = answer.headers();
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[CONTENT_SECURITY_POLICY], "default-src 'none'; sandbox");
            assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with("image/"));
        }
    }
}
