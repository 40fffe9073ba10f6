//! The settings of a profile's feed.

use crate::error::Error;
use crate::import::{ReadLimits, SourceImage, decode_to_show, from_bytes, read};
use crate::library::{Library, LibraryEvent, Pixels};
use crate::model::{FeedSettings, FeedStatus, ImageFormat, OwnerId, Rejection, ThumbnailSize};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// The largest file that can become an avatar, in bytes.
const MAX_AVATAR: u64 = 20_000_000;

fn avatar_id(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..8])
}

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

    /// Saves the settings of the active profile's feed, and publishes what they change. If they switch the feed on, the
    /// bucket is tested first.
    ///
    /// # Errors
    /// `Invalid` names a setting that is not valid. `Config`, `Secrets` and `Bucket` say why nothing can be published
    /// before a person acts. Nothing is saved then.
    pub async fn save_feed_settings(&self, settings: FeedSettings) -> Result<FeedSettings, Error> {
        self.require_writable()?;
        let settings = settings.tidied();
        if let Some(problem) = settings.problem() {
            return Err(Error::Invalid(problem.to_owned()));
        }
        let owner = self.owner();
        let was_on = self.feed_settings_of(&owner).await.is_ok_and(|before| before.is_on);
        if settings.is_on && !was_on {
            self.require_store().await?;
        }
        let text = serde_json::to_string(&settings).map_err(|_| Error::Internal)?;
        self.catalog().set_feed_settings(&owner, text).await?;
        self.mark_sensitive_words().await?;
        self.feed_changed();
        Ok(settings)
    }

    /// Switches the active profile's feed on or off. Before it is switched on, the bucket is tested. Switched off,
    /// everything of it is removed from the bucket.
    ///
    /// # Errors
    /// `Config`, `Secrets` and `Bucket` say why nothing can be published before a person acts; `Invalid` that a setting
    /// is not valid or cannot be read. The feed stays off then. Nothing but the catalog prevents switching off.
    pub async fn set_feed_on(&self, on: bool) -> Result<FeedStatus, Error> {
        self.require_writable()?;
        let owner = self.owner();
        let usual = if on {
            let settings = self.feed_settings_of(&owner).await?;
            if let Some(problem) = settings.problem() {
                return Err(Error::Invalid(problem.to_owned()));
            }
            if !settings.is_on {
                self.require_store().await?;
            }
            FeedSettings { is_on: true, ..FeedSettings::default() }
        } else {
            FeedSettings::default()
        };
        let text = serde_json::to_string(&usual).map_err(|_| Error::Internal)?;
        if !on && self.feed_settings_of(&owner).await.is_err() {
            // Taking back must be possible whatever is damaged.
            self.catalog().set_feed_settings(&owner, text).await?;
        } else {
            // Another process may change the other settings meanwhile.
            self.catalog().switch_feed(&owner, on, text).await?;
        }
        self.feed_changed();
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
        self.keep_feed_avatar(move |limits| from_bytes("", picture, limits)).await
    }

    /// Makes the picture in a file the avatar of the active profile's feed.
    ///
    /// # Errors
    /// `Invalid` says why the file cannot be used: it is no picture, too large, or not a regular file.
    pub async fn set_feed_avatar_from(&self, file: PathBuf) -> Result<(), Error> {
        self.keep_feed_avatar(move |limits| read(&file, limits)).await
    }

    async fn keep_feed_avatar(
        &self,
        read: impl FnOnce(&ReadLimits) -> Result<SourceImage, Rejection> + Send + 'static,
    ) -> Result<(), Error> {
        self.require_writable()?;
        let memory = self.shared.stores.memory.clone();
        let avatar = tokio::task::spawn_blocking(move || {
            let limits = ReadLimits { max_bytes: MAX_AVATAR, ..ReadLimits::default() };
            decode_to_show(&read(&limits)?, &limits, ThumbnailSize::Small, &memory)
        });
        let avatar = avatar.await?.map_err(|rejection| Error::Invalid(rejection.sentence))?;
        self.catalog().set_feed_avatar(&self.owner(), Some(BASE64.encode(avatar.thumbnail))).await?;
        self.feed_changed();
        Ok(())
    }

    /// Returns a text that changes with the avatar of the active profile's feed; `None` if there is none.
    pub async fn feed_avatar_id(&self) -> Result<Option<String>, Error> {
        Ok(self.feed_avatar().await?.map(|bytes| avatar_id(&bytes)))
    }

    /// Returns the avatar with this id; `None` if there is none or it is another one.
    pub async fn feed_avatar_pixels(&self, id: &str) -> Result<Option<Pixels>, Error> {
        let bytes = self.feed_avatar().await?.filter(|bytes| avatar_id(bytes) == id);
        Ok(bytes.and_then(|bytes| {
            let content_type = ImageFormat::from_signature(&bytes)?.content_type();
            Some(Pixels { content_type, bytes })
        }))
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
