//! The settings of a profile's feed.

use crate::error::Error;
use crate::import::{ReadLimits, decode_to_show, from_bytes};
use crate::library::{Library, LibraryEvent, Pixels};
use crate::model::{FeedSettings, FeedStatus, ImageFormat, OwnerId, ThumbnailSize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::PathBuf;

/// The largest file that can become an avatar, in bytes.
const MAX_AVATAR: u64 = 20_000_000;

impl Library {
    /// Returns the settings of the active profile's feed.
    pub async fn feed_settings(&self) -> Result<FeedSettings, Error> {
        self.feed_settings_of(&self.owner()).await
    }

    pub(super) async fn feed_settings_of(&self, owner: &OwnerId) -> Result<FeedSettings, Error> {
        match self.catalog().feed_settings(owner).await? {
            None => Ok(FeedSettings::default()),
            // With the usual settings, what was hidden would be published.
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                tracing::error!(%error, "the settings of a feed cannot be read");
                Error::Invalid("the settings of the feed cannot be read; save them again".into())
            }),
        }
    }

    /// Saves the settings of the active profile's feed, and publishes what they change.
    pub async fn save_feed_settings(&self, mut settings: FeedSettings) -> Result<FeedSettings, Error> {
        self.require_writable()?;
        for link in &mut settings.links {
            link.url = link.url.trim().to_owned();
            link.label = link.label.trim().to_owned();
        }
        settings.title = settings.title.trim().to_owned();
        settings.sensitive_words = settings
            .sensitive_words
            .iter()
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        if let Some(problem) = settings.problem() {
            return Err(Error::Invalid(problem.to_owned()));
        }
        let owner = self.owner();
        let text = serde_json::to_string(&settings).map_err(|_| Error::Internal)?;
        self.catalog().set_feed_settings(&owner, text).await?;
        self.mark_sensitive_words().await?;
        self.feed_changed();
        Ok(settings)
    }

    /// Switches the active profile's feed on or off. Switched off, everything of it is removed from the bucket.
    pub async fn set_feed_on(&self, on: bool) -> Result<FeedStatus, Error> {
        let settings = match self.feed_settings().await {
            Ok(settings) => settings,
            // Taking back must be possible whatever is damaged.
            Err(_) if !on => FeedSettings::default(),
            Err(error) => return Err(error),
        };
        self.save_feed_settings(FeedSettings { is_on: on, ..settings }).await?;
        self.feed_status().await
    }

    /// Returns the avatar of the active profile's feed; `None` if there is none.
    pub async fn feed_avatar(&self) -> Result<Option<Vec<u8>>, Error> {
        self.feed_avatar_of(&self.owner()).await
    }

    pub(super) async fn feed_avatar_of(&self, owner: &OwnerId) -> Result<Option<Vec<u8>>, Error> {
        let text = self.catalog().feed_avatar(owner).await?;
        Ok(text
            .and_then(|text| BASE64.decode(text).ok())
            .filter(|bytes| ImageFormat::from_signature(bytes).is_some()))
    }

    /// Makes a picture the avatar of the active profile's feed. It is scaled down, and carries no metadata.
    pub async fn set_feed_avatar(&self, picture: Vec<u8>) -> Result<(), Error> {
        self.require_writable()?;
        let memory = self.shared.stores.memory.clone();
        let avatar = tokio::task::spawn_blocking(move || {
            let limits = ReadLimits { max_bytes: MAX_AVATAR, ..ReadLimits::default() };
            let source = from_bytes("", picture, &limits)?;
            decode_to_show(&source, &limits, ThumbnailSize::Small, &memory)
        });
        let avatar = avatar.await?.map_err(|rejection| Error::Invalid(rejection.sentence))?;
        self.catalog().set_feed_avatar(&self.owner(), Some(BASE64.encode(avatar.thumbnail))).await?;
        self.feed_changed();
        Ok(())
    }

    /// Makes the picture in a file the avatar of the active profile's feed.
    pub async fn set_feed_avatar_from(&self, file: PathBuf) -> Result<(), Error> {
        let read = move || {
            let size = std::fs::metadata(&file)?.len();
            // A larger one is refused by its first bytes.
            let mut picture = Vec::new();
            std::fs::File::open(&file)?.take(size.min(MAX_AVATAR + 1)).read_to_end(&mut picture)?;
            Ok(picture)
        };
        let picture: std::io::Result<Vec<u8>> = tokio::task::spawn_blocking(read).await?;
        let picture =
            picture.map_err(|error| Error::Invalid(format!("the picture cannot be read: {error}")))?;
        self.set_feed_avatar(picture).await
    }

    /// Returns a text that changes with the avatar of the active profile's feed; `None` if there is none.
    pub async fn feed_avatar_id(&self) -> Result<Option<String>, Error> {
        Ok(self.feed_avatar().await?.map(|bytes| hex::encode(&Sha256::digest(&bytes)[..8])))
    }

    /// Returns the avatar with this id; `None` if there is none or it is another one.
    pub async fn feed_avatar_pixels(&self, id: &str) -> Result<Option<Pixels>, Error> {
        if self.feed_avatar_id().await?.as_deref() != Some(id) {
            return Ok(None);
        }
        let bytes = self.feed_avatar().await?.unwrap_or_default();
        let format = ImageFormat::from_signature(&bytes);
        Ok(format.map(|format| Pixels { content_type: format.content_type(), bytes }))
    }

    /// Removes the avatar of the active profile's feed.
    pub async fn remove_feed_avatar(&self) -> Result<(), Error> {
        self.require_writable()?;
        self.catalog().set_feed_avatar(&self.owner(), None).await?;
        self.feed_changed();
        Ok(())
    }

    /// Wakes the publisher, and tells whoever shows the feed.
    pub(in crate::library) fn feed_changed(&self) {
        self.shared.publishing.wake.notify_one();
        self.tell(LibraryEvent::Feed);
    }
}
