//! The second step: decoding bytes into text, in the way in which each place in a file is really used.
//!
//! The catalog stores the bytes, so that a better reader can decode them again later.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::charset;

/// The place where a text was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A PNG text chunk, or `comf` in an animated PNG.
    PngText,
    /// A field of Exif.
    Exif,
    /// An XMP packet.
    Xmp,
    /// A field of IPTC-IIM.
    Iptc,
    /// A C2PA manifest store, converted to JSON.
    C2pa,
    /// A comment in a JPEG or GIF.
    Comment,
    /// The lowest bits of the pixels.
    Stealth,
    /// A file beside the picture.
    Sidecar,
}

/// How to decode the bytes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// UTF-8 if it is at least nearly valid, otherwise Latin-1.
    Plain,
    /// An Exif `UserComment` in a big-endian TIFF structure: eight bytes that name the character set, then
    /// the text.
    UserCommentBe,
    /// An Exif `UserComment` in a little-endian TIFF structure.
    UserCommentLe,
    /// UTF-16 in little-endian order, as Windows writes its own Exif fields.
    Utf16Le,
    /// UTF-8 that this program, or an earlier version of it, wrote.
    Text,
}

/// One text of a picture as it was found: its bytes, and what is known about their encoding.
#[derive(Clone, PartialEq, Eq)]
pub struct RawText {
    /// The place where it was found.
    pub source: Source,
    /// The name under which it was found, such as `parameters` or `UserComment`.
    pub key: String,
    /// How to decode its bytes.
    pub encoding: Encoding,
    /// Its bytes, unchanged.
    pub bytes: Vec<u8>,
}

/// A decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_field_names, reason = "a text has a text")]
pub struct Text<'a> {
    /// The place where it was found.
    pub source: Source,
    /// Its name: the one under which it was found, or the one it begins with.
    pub key: Cow<'a, str>,
    /// The text, without surrounding zeros.
    pub text: Cow<'a, str>,
}

impl RawText {
    /// Returns a text in UTF-8.
    #[cfg(any(test, feature = "internals"))]
    pub fn new(source: Source, key: &str, text: &str) -> Self {
        Self { source, key: key.to_owned(), encoding: Encoding::Plain, bytes: text.as_bytes().to_vec() }
    }

    /// Decodes the bytes.
    pub fn decode(&self) -> Text<'_> {
        let text = match self.encoding {
            Encoding::Plain => charset::plain(&self.bytes),
            Encoding::UserCommentBe => charset::user_comment(&self.bytes, true),
            Encoding::UserCommentLe => charset::user_comment(&self.bytes, false),
            Encoding::Utf16Le => Cow::Owned(charset::utf16(&self.bytes, false)),
            Encoding::Text => String::from_utf8_lossy(&self.bytes),
        };
        let text = without_zeros(text);
        let (key, text) = match self.source {
            Source::Exif => split_label(&self.key, text),
            _ => (Cow::Borrowed(self.key.as_str()), text),
        };
        Text { source: self.source, key, text }
    }

    /// Says whether it contains only zeros and white space.
    pub(crate) fn is_blank(&self) -> bool {
        self.bytes.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace())
    }
}

impl fmt::Debug for RawText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.decode();
        f.debug_tuple("RawText").field(&text.source).field(&text.key).field(&text.text).finish()
    }
}

fn without_zeros(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches('\0')),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches('\0').len());
            if text.starts_with('\0') {
                Cow::Owned(text.trim_start_matches('\0').to_owned())
            } else {
                Cow::Owned(text)
            }
        }
    }
}

/// Splits the name off a text. `ComfyUI` writes several texts into fields not meant for them, each with its
/// name first: `prompt:{...}`.
fn split_label<'a>(key: &'a str, text: Cow<'a, str>) -> (Cow<'a, str>, Cow<'a, str>) {
    let Some((label, rest)) = text.split_once(':') else { return (Cow::Borrowed(key), text) };
    let named = label.len() <= 64
        && !label.is_empty()
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let rest = rest.trim_start();
    if !named || !rest.starts_with(['{', '[']) {
        return (Cow::Borrowed(key), text);
    }
    let label = Cow::Owned(label.to_ascii_lowercase());
    let start = text.len() - rest.len();
    let rest = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(start..).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.drain(..start);
            Cow::Owned(text)
        }
    };
    (label, rest)
}

/// A text as the catalog stores it. If possible, it is stored as text together with the form that turns it
/// back into bytes, so that it stays legible and small. Texts of earlier versions have neither a form nor an
/// encoding.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    source: Source,
    key: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encoding: Option<Encoding>,
    #[serde(default, rename = "as", skip_serializing_if = "Form::is_utf8")]
    form: Form,
    text: Cow<'a, str>,
}

/// How to turn a stored text back into bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    #[default]
    Utf8,
    /// UTF-16 after the mark of a `UserComment`.
    UnicodeBe,
    UnicodeLe,
    Utf16Le,
    /// Each character is one byte.
    Latin1,
    Hex,
}

const UNICODE: &[u8] = b"UNICODE\0";

impl Form {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
    fn is_utf8(&self) -> bool {
        *self == Self::Utf8
    }

    fn write(bytes: &[u8], encoding: Encoding) -> (Self, Cow<'_, str>) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return (Self::Utf8, Cow::Borrowed(text));
        }
        if let Some((form, text)) = Self::utf16(bytes, encoding)
            && form.bytes(&text).as_deref() == Some(bytes)
        {
            return (form, Cow::Owned(text));
        }
        // Control characters, which JSON has to escape, would make it large.
        let is_text = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
        if bytes.iter().all(is_text) {
            return (Self::Latin1, Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()));
        }
        (Self::Hex, Cow::Owned(hex::encode(bytes)))
    }

    fn utf16(bytes: &[u8], encoding: Encoding) -> Option<(Self, String)> {
        if encoding == Encoding::Utf16Le {
            return Some((Self::Utf16Le, charset::utf16(bytes, false)));
        }
        let text = bytes.strip_prefix(UNICODE)?;
        let is_big = charset::is_big_endian(text).unwrap_or(encoding == Encoding::UserCommentBe);
        Some((if is_big { Self::UnicodeBe } else { Self::UnicodeLe }, charset::utf16(text, is_big)))
    }

    fn bytes(self, text: &str) -> Option<Vec<u8>> {
        let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order);
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::UnicodeBe => Some(UNICODE.iter().copied().chain(utf16(u16::to_be_bytes)).collect()),
            Self::UnicodeLe => Some(UNICODE.iter().copied().chain(utf16(u16::to_le_bytes)).collect()),
            Self::Utf16Le => Some(utf16(u16::to_le_bytes).collect()),
            Self::Latin1 => latin1(text),
            Self::Hex => hex::decode(text).ok(),
        }
    }
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

impl Serialize for RawText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (form, text) = Form::write(&self.bytes, self.encoding);
        let key = Cow::Borrowed(self.key.as_str());
        Stored { source: self.source, key, encoding: Some(self.encoding), form, text }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored { source, key, encoding, form, text } = Stored::deserialize(deserializer)?;
        let (encoding, bytes) = match encoding {
            Some(encoding) => (encoding, form.bytes(&text)),
            None => of_earlier_version(source, &text),
        };
        let bytes = bytes.ok_or_else(|| serde::de::Error::custom("a text that makes no bytes"))?;
        Ok(Self { source, key: key.into_owned(), encoding, bytes })
    }
}

/// Restores the bytes of a text from an earlier version. Earlier versions stored texts without their bytes,
/// and decoded a text that was not valid UTF-8 entirely as Latin-1. Such a text still contains all of its
/// bytes, so it can be decoded as it would be today.
fn of_earlier_version(source: Source, text: &str) -> (Encoding, Option<Vec<u8>>) {
    let bytes = latin1(text).filter(|bytes| source != Source::C2pa && std::str::from_utf8(bytes).is_err());
    match bytes {
        Some(bytes) => (Encoding::Plain, Some(bytes)),
        None => (Encoding::Text, Some(text.as_bytes().to_vec())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(encoding: Encoding, bytes: &[u8]) -> RawText {
        RawText { source: Source::Exif, key: "UserComment".into(), encoding, bytes: bytes.to_vec() }
    }

    #[test]
    fn label_before_json_names_the_text() {
        let label = |text: &str| {
            let raw = RawText::new(Source::Exif, "Model", text);
            let text = raw.decode();
            (text.key.into_owned(), text.text.into_owned())
        };
        assert_eq!(label("Prompt: {\"3\": 1}"), ("prompt".to_owned(), "{\"3\": 1}".to_owned()));
        assert_eq!(label("NIKON D50: good").0, "Model");
    }

    #[test]
    fn every_byte_of_a_text_survives_being_stored() {
        let utf16 =
            |order: fn(u16) -> [u8; 2]| "a 狐 🦊é\n\0".encode_utf16().flat_map(order).collect::<Vec<_>>();
        let texts = [
            ("a 狐\0".as_bytes().to_vec(), "utf8", "utf8"),
            ([UNICODE, &utf16(u16::to_be_bytes)].concat(), "unicode_be", "utf16_le"),
            ([UNICODE, &utf16(u16::to_le_bytes)].concat(), "unicode_le", "utf16_le"),
            (utf16(u16::to_le_bytes), "hex", "utf16_le"),
            (b"caf\xe9 \xff!".to_vec(), "latin1", "latin1"),
            ([UNICODE, b"\xd8\xd8\x00a"].concat(), "hex", "hex"),
            ((0..=255).collect(), "hex", "hex"),
        ];
        for (bytes, form, form_of_windows) in texts {
            let encodings =
                [Encoding::Plain, Encoding::UserCommentBe, Encoding::UserCommentLe, Encoding::Text];
            let of_windows = [(Encoding::Utf16Le, form_of_windows)];
            for (encoding, form) in encodings.map(|encoding| (encoding, form)).into_iter().chain(of_windows) {
                let text = raw(encoding, &bytes);
                let stored = serde_json::to_value(&text).unwrap();
                assert_eq!(
                    stored.get("as").and_then(|form| form.as_str()).unwrap_or("utf8"),
                    form,
                    "{bytes:x?}"
                );
                assert_eq!(serde_json::from_value::<RawText>(stored).unwrap(), text);
            }
        }
    }

    #[test]
    fn text_of_an_earlier_version_is_decoded_again_if_it_was_misread() {
        let read = |text: &str| {
            let stored = serde_json::json!({"source": "png_text", "key": "parameters", "text": text});
            let raw: RawText = serde_json::from_value(stored).unwrap();
            raw.decode().text.into_owned()
        };
        for text in ["a fox", "a 狐", "café", "Ã©"] {
            assert_eq!(read(text), text);
        }
        let misread: String =
            ["雪の中の狐".as_bytes(), b"\xff"].concat().iter().map(|byte| char::from(*byte)).collect();
        assert_eq!(read(&misread), "雪の中の狐\u{fffd}");
    }
}
