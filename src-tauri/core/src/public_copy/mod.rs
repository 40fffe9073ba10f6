//! Makes the public copy of a picture: the bytes that are published in place of an original, without what the
//! artist hides. Bytes in, bytes out; the original is never changed.
//!
//! A copy is built from an allow-list. A format's module (`png`, `jpeg`, `webp`, `gif`) walks through the
//! whole file and keeps the parts that make the picture, its colours, its orientation and its animation.
//! Everything else stays behind, and fresh metadata is written from the artist's [`Terms`]. No text of the
//! original is ever copied. A file that the walk does not understand up to its last byte is refused.
//!
//! Every copy is checked before it is returned: it is walked again, and anything in it besides the picture and
//! the fresh metadata is a refusal.
//!
//! Pure. May use the readers of `metadata`, and the limits and the memory of `import`. Must not know files,
//! the catalog or the network.

mod exif;
mod fresh;
mod gif;
mod hidden;
mod jpeg;
mod png;
mod profile;
mod texts;
mod walked;
mod webp;
mod xmp;

pub use walked::Means;

use crate::metadata::{self, Budget};
use crate::model::{Bytes, Carried, CopyRefusal, ImageFormat};
use exif::Exif;
use fresh::Fresh;
use hidden::Carriers;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use walked::Walked;

/// The version of this module. Copies that an earlier version made are worth making again.
pub const STRIPPER: u32 = 2;

/// What a copy carries, as the artist decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a decision of its own")]
pub struct Terms<'a> {
    /// The prompt to write into the copy. `None` writes none.
    pub description: Option<&'a str>,
    /// The parameters to write into the copy, in the form of AUTOMATIC1111. `None` writes none. A GIF cannot
    /// carry them.
    pub parameters: Option<&'a str>,
    /// Keeps the place and the camera of the EXIF data.
    pub keep_camera: bool,
    /// Writes the declaration of IPTC that a model made the picture.
    pub declare_ai: bool,
    /// Keeps Content Credentials. They are valid only for the unchanged file, so this publishes the original
    /// itself, and only if nothing in it would have to go. Otherwise they are removed.
    pub keep_credentials: bool,
    /// The artist shows prompt and parameters, so the file may carry them in any form.
    pub everything_may_stay: bool,
    /// The artist agrees that a text hidden in the pixels is removed, which changes them slightly.
    pub clear_hidden: bool,
}

/// A finished copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicCopy {
    /// The bytes to publish.
    pub bytes: Vec<u8>,
    /// The format, which is that of the original.
    pub format: ImageFormat,
    /// What the original carries and the copy does not.
    pub removed: Vec<Carried>,
    /// What the copy carries.
    pub kept: Vec<Carried>,
    /// True if a hidden text was removed from the pixels. In every other case they are those of the original.
    pub pixels_changed: bool,
}

/// Makes the public copy of an original. The same original and terms always give the same bytes, and so does a
/// copy with the terms it was made for.
pub fn derive(
    original: &[u8],
    format: ImageFormat,
    terms: &Terms,
    means: &Means,
) -> Result<PublicCopy, CopyRefusal> {
    unless_it_panics(|| {
        let seen = Seen::of(original, format, means)?;
        if terms.keep_credentials && seen.walked.has_credentials && may_stay_whole(&seen.carried, terms) {
            return Ok(PublicCopy {
                bytes: original.to_vec(),
                format,
                removed: Vec::new(),
                kept: seen.carried.into_iter().collect(),
                pixels_changed: false,
            });
        }
        seen.copy(terms, means)
    })
}

/// Returns what a file carries.
#[cfg_attr(not(any(test, feature = "internals")), expect(dead_code, reason = "tests read it"))]
pub fn inventory(original: &[u8], format: ImageFormat, means: &Means) -> Result<Vec<Carried>, CopyRefusal> {
    unless_it_panics(|| Ok(Seen::of(original, format, means)?.carried.into_iter().collect()))
}

/// Turns a decoder's panic into a refusal. Nothing of the unwound state is used again.
fn unless_it_panics<T>(work: impl FnOnce() -> Result<T, CopyRefusal>) -> Result<T, CopyRefusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(CopyRefusal::Damaged))
}

/// Says whether everything in a file may be published as it is.
fn may_stay_whole(carried: &BTreeSet<Carried>, terms: &Terms) -> bool {
    carried.iter().all(|carried| match carried {
        Carried::Prompt | Carried::Workflow | Carried::HiddenText | Carried::Credentials { .. } => {
            terms.everything_may_stay
        }
        Carried::Place | Carried::Camera => terms.keep_camera,
        Carried::Profile | Carried::Declaration => true,
        Carried::Comment
        | Carried::Thumbnail
        | Carried::MorePictures
        | Carried::OtherMetadata
        | Carried::BytesAfterEnd { .. } => false,
    })
}

/// A file and everything that was found in it.
struct Seen<'a> {
    format: ImageFormat,
    walked: Walked<'a>,
    exif: Option<Exif>,
    hidden: Option<Carriers>,
    carried: BTreeSet<Carried>,
}

impl<'a> Seen<'a> {
    fn of(original: &'a [u8], format: ImageFormat, means: &Means) -> Result<Self, CopyRefusal> {
        if original.len() as u64 > means.limits.max_bytes {
            return Err(CopyRefusal::TooLarge);
        }
        let mut walked = walk(original, format, means)?;
        let hidden = hidden::find(&walked, format, means)?;
        let exif = walked.exif.map(Exif::of);
        let is_cancelled = || means.cancel.is_cancelled();
        let found = metadata::find(original, &Budget::of(original.len(), &is_cancelled));
        means.unless_cancelled()?;
        let mut carried = std::mem::take(&mut walked.carried);
        carried.extend(texts::carried(&found));
        carried.extend(exif.iter().flat_map(|exif| exif.carried.iter().cloned()));
        if walked.has_credentials {
            carried.insert(Carried::Credentials { issuer: texts::issuer(&found) });
        }
        if hidden.is_some() {
            carried.insert(Carried::HiddenText);
        }
        if walked.after_end > 0 {
            carried.insert(Carried::BytesAfterEnd { bytes: Bytes(walked.after_end) });
        }
        Ok(Self { format, walked, exif, hidden, carried })
    }

    fn copy(self, terms: &Terms, means: &Means) -> Result<PublicCopy, CopyRefusal> {
        let fresh = Fresh::of(terms, self.format, self.exif.as_ref())?;
        let parts = parts(&fresh, self.format)?;
        let to_clear = self.hidden.filter(|_| !terms.everything_may_stay);
        let bytes = match to_clear {
            None => write(&self.walked, self.format, &parts)?,
            Some(_) if self.walked.is_animated => return Err(CopyRefusal::HiddenTextStays),
            Some(_) if !terms.clear_hidden => return Err(CopyRefusal::HiddenText),
            Some(carriers) => {
                let cleared = hidden::cleared(&self.walked, self.format, carriers, means)?;
                let walked = walk(&cleared, self.format, means)?;
                if hidden::find(&walked, self.format, means)?.is_some() {
                    return Err(CopyRefusal::Unverified);
                }
                write(&walked, self.format, &parts)?
            }
        };
        check(&bytes, self.format, &parts, means)?;
        let hides = self.hidden.is_some() && to_clear.is_none();
        let kept = self.kept(terms, &fresh, hides);
        let removed = self.carried.into_iter().filter(|carried| !kept.contains(carried)).collect();
        let (format, pixels_changed) = (self.format, to_clear.is_some());
        Ok(PublicCopy { bytes, format, removed, kept: kept.into_iter().collect(), pixels_changed })
    }

    /// Returns what the copy carries.
    fn kept(&self, terms: &Terms, fresh: &Fresh, hides: bool) -> BTreeSet<Carried> {
        let exif = self.exif.as_ref().filter(|_| terms.keep_camera && self.format != ImageFormat::Gif);
        [
            (fresh.has_prompt, Carried::Prompt),
            (terms.declare_ai, Carried::Declaration),
            (self.carried.contains(&Carried::Profile), Carried::Profile),
            (exif.is_some_and(Exif::keeps_camera), Carried::Camera),
            (exif.is_some_and(Exif::keeps_place), Carried::Place),
            (hides, Carried::HiddenText),
        ]
        .into_iter()
        .filter_map(|(is_kept, carried)| is_kept.then_some(carried))
        .collect()
    }
}

/// Checks that a copy has nothing besides its picture and the fresh parts, and that another copy of it would
/// be the same.
fn check(bytes: &[u8], format: ImageFormat, parts: &[Vec<u8>], means: &Means) -> Result<(), CopyRefusal> {
    let walked = walk(bytes, format, means).map_err(|refusal| match refusal {
        CopyRefusal::Cancelled => refusal,
        _ => CopyRefusal::Unverified,
    })?;
    let mut fresh = parts.iter().map(|part| unpadded(part, format));
    let is_as_promised = walked.dropped.len() == parts.len()
        && walked.dropped.iter().all(|part| fresh.next() == Some(*part))
        && walked.after_end == 0
        && !walked.has_credentials
        && write(&walked, format, parts)? == bytes;
    if is_as_promised { Ok(()) } else { Err(CopyRefusal::Unverified) }
}

/// Returns a part without the padding that is no part of a chunk of WebP.
fn unpadded(part: &[u8], format: ImageFormat) -> &[u8] {
    if format == ImageFormat::WebP { webp::unpadded(part) } else { part }
}

fn walk<'a>(bytes: &'a [u8], format: ImageFormat, means: &Means) -> Result<Walked<'a>, CopyRefusal> {
    match format {
        ImageFormat::Png => png::walk(bytes, means),
        ImageFormat::Jpeg => jpeg::walk(bytes, means),
        ImageFormat::WebP => webp::walk(bytes, means),
        ImageFormat::Gif => gif::walk(bytes, means),
    }
}

fn parts(fresh: &Fresh, format: ImageFormat) -> Result<Vec<Vec<u8>>, CopyRefusal> {
    match format {
        ImageFormat::Png => png::parts(fresh),
        ImageFormat::Jpeg => jpeg::parts(fresh),
        ImageFormat::WebP => webp::parts(fresh),
        ImageFormat::Gif => Ok(gif::parts(fresh)),
    }
}

fn write(walked: &Walked, format: ImageFormat, parts: &[Vec<u8>]) -> Result<Vec<u8>, CopyRefusal> {
    match format {
        ImageFormat::Png | ImageFormat::Jpeg => Ok(walked.joined(&[], parts)),
        ImageFormat::WebP => webp::write(walked, parts),
        ImageFormat::Gif => Ok(gif::write(walked, parts)),
    }
}

#[cfg(test)]
mod tests;
