//! Typed ids and object keys. A value of these types is valid by construction.

use super::{ImageFormat, ImageKind, UnixMs};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An id or key from outside that breaks the rules of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is not a valid {what}: {rule}")]
pub struct InvalidId {
    what: &'static str,
    given: String,
    rule: &'static str,
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(try_from = "String", into = "String")]
        #[specta(type = String)]
        pub struct $name(String);

        impl $name {
            /// Returns the id or key as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(given: String) -> Result<Self, InvalidId> {
                Self::parse(&given)
            }
        }
    };
}

text_id! {
    /// A local artist profile, `users.id`. The id is part of object keys, so it
    /// is plain: 1 to 32 of `a-z`, `0-9` and `-`, starting with a letter or
    /// digit.
    OwnerId
}
text_id! {
    /// A generated or reference image: a UUID, unique across both kinds.
    ImageId
}
text_id! {
    /// A gallery, which is a named set of references: a UUID.
    GalleryId
}
text_id! {
    /// A collection, which is a named set of generated images: a UUID.
    CollectionId
}
text_id! {
    /// The key of an object in the bucket. Plain ASCII that needs no
    /// percent-encoding and no Unicode normalisation.
    ObjectKey
}

impl OwnerId {
    /// Checks a profile id from outside.
    pub fn parse(given: &str) -> Result<Self, InvalidId> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let valid = (1..=32).contains(&given.len()) && given.bytes().all(plain) && !given.starts_with('-');
        valid.then(|| Self(given.to_owned())).ok_or_else(|| InvalidId {
            what: "profile id",
            given: given.chars().take(64).collect(),
            rule: "use 1 to 32 lower-case letters, digits and hyphens, starting with a letter or digit",
        })
    }

    /// Derives an id from a display name: "Ana María" becomes `ana-mar-a`.
    /// `None` if no ASCII letter or digit is in it.
    pub fn from_display_name(name: &str) -> Option<Self> {
        let mut id = String::new();
        for character in name.trim().to_lowercase().chars() {
            if character.is_ascii_alphanumeric() {
                id.push(character);
            } else if !id.is_empty() && !id.ends_with('-') {
                id.push('-');
            }
        }
        let cut: String = id.chars().take(32).collect();
        Self::parse(cut.trim_end_matches('-')).ok()
    }
}

fn parse_uuid(given: &str, what: &'static str) -> Result<String, InvalidId> {
    uuid::Uuid::try_parse(given).map(|id| id.hyphenated().to_string()).map_err(|_| InvalidId {
        what,
        given: given.chars().take(64).collect(),
        rule: "ids are UUIDs, as `vitrine list` prints them",
    })
}

impl ImageId {
    /// Returns a new id (UUID version 7). Ids that are made later sort later.
    pub fn generate() -> Self {
        Self(uuid::Uuid::now_v7().hyphenated().to_string())
    }

    /// Checks an image id from outside.
    pub fn parse(given: &str) -> Result<Self, InvalidId> {
        parse_uuid(given, "image id").map(Self)
    }
}

impl GalleryId {
    /// Returns a new id (UUID version 7).
    pub fn generate() -> Self {
        Self(uuid::Uuid::now_v7().hyphenated().to_string())
    }

    /// Checks a gallery id from outside.
    pub fn parse(given: &str) -> Result<Self, InvalidId> {
        parse_uuid(given, "gallery id").map(Self)
    }
}

impl CollectionId {
    /// Returns a new id (UUID version 7).
    pub fn generate() -> Self {
        Self(uuid::Uuid::now_v7().hyphenated().to_string())
    }

    /// Checks a collection id from outside.
    pub fn parse(given: &str) -> Result<Self, InvalidId> {
        parse_uuid(given, "collection id").map(Self)
    }
}

impl ObjectKey {
    /// Returns a new key `{kind}/{owner}/{unix_ms}-{random}.{ext}`. Only the 128
    /// random bits protect an unlisted image, so they come from the operating
    /// system.
    ///
    /// # Errors
    /// Fails only when the operating system has no randomness to give.
    pub fn generate(
        owner: &OwnerId,
        kind: ImageKind,
        format: ImageFormat,
        now: UnixMs,
    ) -> Result<Self, getrandom::Error> {
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random)?;
        Ok(Self(format!(
            "{}/{owner}/{}-{}.{}",
            kind.as_str(),
            now.0,
            hex::encode(random),
            format.extension()
        )))
    }

    /// Returns what a key with the form of [`Self::generate`] says about its
    /// image; `None` for any other key.
    pub fn origin(&self) -> Option<KeyOrigin> {
        let mut segments = self.0.split('/');
        let kind = ImageKind::from_name(segments.next()?)?;
        let owner = OwnerId::parse(segments.next()?).ok()?;
        let filename = segments.next()?.to_owned();
        if segments.next().is_some() {
            return None;
        }
        let moment = filename.split_once('-').and_then(|(moment, _)| moment.parse().ok());
        Some(KeyOrigin { kind, owner, filename, created_at: moment.map(UnixMs) })
    }

    /// Checks a key from outside: ASCII letters, digits and `/ - _ .`, no empty
    /// segments, no segments that start with a dot, at most 1,024 bytes (the
    /// limit of R2).
    pub fn parse(given: &str) -> Result<Self, InvalidId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
        let segments_are_whole =
            given.split('/').all(|segment| !segment.is_empty() && !segment.starts_with('.'));
        let valid = (1..=1024).contains(&given.len()) && given.bytes().all(plain) && segments_are_whole;
        valid.then(|| Self(given.to_owned())).ok_or_else(|| InvalidId {
            what: "object key",
            given: given.chars().take(64).collect(),
            rule: "keys are plain ASCII path segments of at most 1,024 bytes in all",
        })
    }
}

/// What a key says about its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyOrigin {
    /// Whether the image is generated or a reference.
    pub kind: ImageKind,
    /// The profile that imported the image.
    pub owner: OwnerId,
    /// The last segment of the key.
    pub filename: String,
    /// When the image was imported; `None` if the last segment does not start
    /// with a time.
    pub created_at: Option<UnixMs>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_kind_owner_time_and_128_random_bits() {
        let owner = OwnerId::parse("ana").unwrap();
        let now = UnixMs(1_763_906_520_000);
        let key = ObjectKey::generate(&owner, ImageKind::Generated, ImageFormat::Jpeg, now).unwrap();
        let rest = key.as_str().strip_prefix("generated/ana/1763906520000-").unwrap();
        let random = rest.strip_suffix(".jpg").unwrap();
        assert_eq!(random.len(), 32);
        assert!(random.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let again = ObjectKey::generate(&owner, ImageKind::Generated, ImageFormat::Jpeg, now).unwrap();
        assert_ne!(key, again);
    }

    #[test]
    fn a_key_reveals_the_owner_and_the_time_of_its_image() {
        let origin = ObjectKey::parse("reference/ana/1763906520000-ff.png").unwrap().origin().unwrap();
        assert_eq!((origin.kind, origin.owner.as_str()), (ImageKind::Reference, "ana"));
        assert_eq!(origin.created_at, Some(UnixMs(1_763_906_520_000)));
        let named = ObjectKey::parse("generated/ana/fox.png").unwrap().origin().unwrap();
        assert_eq!((named.filename.as_str(), named.created_at), ("fox.png", None));
        for foreign in ["other/ana/1-a.png", "generated/Ana/1-a.png", "generated/1-a.png", "generated/a/b/c"]
        {
            assert_eq!(ObjectKey::parse(foreign).unwrap().origin(), None, "{foreign}");
        }
    }

    #[test]
    fn a_profile_id_cannot_change_the_structure_of_a_key() {
        for bad in ["", "..", "a/b", "Ana", "-ana", "a b", "ä", &"a".repeat(33)] {
            assert!(OwnerId::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(OwnerId::from_display_name(" Ana María! ").unwrap().as_str(), "ana-mar-a");
        assert!(OwnerId::from_display_name("画家").is_none());
    }

    #[test]
    fn keys_from_outside_are_plain_paths() {
        for bad in ["", "/a", "a//b", "a/../b", "a b", "a/é", "a/", "a%20b", "a?b"] {
            assert!(ObjectKey::parse(bad).is_err(), "{bad}");
        }
        assert!(ObjectKey::parse("generated/ana/1-ff.png").is_ok());
    }
}
