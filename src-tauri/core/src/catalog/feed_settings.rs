//! The settings of feeds: rows `feed.{owner}` of the table `settings`, and what single images say in their place. Rows
//! `feed-left.{owner}` name the objects that a feed left in the bucket, because they are somebody else's.

use super::owners::{check_changeable, for_each_image};
use super::{Catalog, CatalogError, feed_files, feed_outbox};
use crate::model::{
    CameraChoice, DetailsChoice, FeedLeft, ImageId, ImageKind, ObjectKey, OwnerId, PublicDetails, TermsEdit,
};
use rusqlite::{Connection, OptionalExtension, params};

fn name(owner: &OwnerId) -> String {
    format!("feed.{owner}")
}

/// The most objects that are named.
const MOST_LEFT: usize = 100;

fn avatar_name(owner: &OwnerId) -> String {
    format!("feed-avatar.{owner}")
}

fn left_name(owner: &OwnerId) -> String {
    format!("feed-left.{owner}")
}

fn left(connection: &Connection, owner: &OwnerId) -> Result<Vec<FeedLeft>, CatalogError> {
    let text = value(connection, &left_name(owner))?;
    // Nothing depends on a list that cannot be read.
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Notes that the object of a deletion was left in the bucket, and why.
pub(super) fn note_left(
    connection: &Connection,
    transfer: i64,
    key: &ObjectKey,
    reason: &str,
) -> Result<(), CatalogError> {
    let owner: Option<OwnerId> = connection
        .prepare_cached("SELECT owner_id FROM transfers WHERE id = ?1")?
        .query_row([transfer], |row| row.get(0))
        .optional()?;
    let Some(owner) = owner else { return Ok(()) };
    let mut left = left(connection, &owner)?;
    let filename = feed_files::name_of(key);
    left.retain(|known| known.filename != filename);
    if left.len() < MOST_LEFT {
        left.push(FeedLeft { filename, reason: reason.to_owned() });
    }
    set_value(connection, &left_name(&owner), Some(&serde_json::json!(left).to_string()))
}

pub(super) fn value(connection: &Connection, name: &str) -> Result<Option<String>, CatalogError> {
    Ok(connection
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

pub(super) fn set_value(
    connection: &Connection,
    name: &str,
    value: Option<&str>,
) -> Result<(), CatalogError> {
    match value {
        Some(value) => connection
            .prepare_cached(
                "INSERT INTO settings (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )?
            .execute((name, value))?,
        None => connection.prepare_cached("DELETE FROM settings WHERE name = ?1")?.execute([name])?,
    };
    Ok(())
}

/// Returns the settings of a profile's feed as JSON; `None` if they were never saved.
pub(super) fn saved(connection: &Connection, owner: &OwnerId) -> Result<Option<String>, CatalogError> {
    value(connection, &name(owner))
}

impl Catalog {
    /// Returns the settings of a profile's feed as JSON; `None` if they were never saved.
    pub async fn feed_settings(&self, owner: &OwnerId) -> Result<Option<String>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| saved(connection, &owner)).await
    }

    /// Saves the settings of a profile's feed. Uploads that wait were made with the old ones, so they are taken out
    /// of the outbox. What was left in the bucket earlier is no longer news.
    pub async fn set_feed_settings(&self, owner: &OwnerId, settings: String) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            feed_outbox::withdraw(connection, &owner)?;
            set_value(connection, &left_name(&owner), None)?;
            set_value(connection, &name(&owner), Some(&settings))
        })
        .await
    }

    /// Returns the objects that a profile's feed left in the bucket since its settings were last saved, at most 100.
    pub async fn feed_left(&self, owner: &OwnerId) -> Result<Vec<FeedLeft>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| left(connection, &owner)).await
    }

    /// Switches a profile's feed on or off, and leaves its other settings as they are. If they were never saved, `usual`
    /// is saved.
    pub async fn switch_feed(&self, owner: &OwnerId, on: bool, usual: String) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            feed_outbox::withdraw(connection, &owner)?;
            set_value(connection, &left_name(&owner), None)?;
            let changed = connection
                .prepare_cached(
                    "UPDATE settings SET value = json_set(value, '$.is_on', json(?2)) WHERE name = ?1",
                )?
                .execute(params![name(&owner), if on { "true" } else { "false" }])?;
            if changed == 0 { set_value(connection, &name(&owner), Some(&usual)) } else { Ok(()) }
        })
        .await
    }

    /// Returns the avatar of a profile's feed as text; `None` if there is none.
    pub async fn feed_avatar(&self, owner: &OwnerId) -> Result<Option<String>, CatalogError> {
        let name = avatar_name(owner);
        self.read(move |connection| value(connection, &name)).await
    }

    /// Saves the avatar of a profile's feed, or removes it.
    pub async fn set_feed_avatar(&self, owner: &OwnerId, avatar: Option<String>) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            feed_outbox::withdraw(connection, &owner)?;
            set_value(connection, &avatar_name(&owner), avatar.as_deref())
        })
        .await
    }

    /// Sets what the public copies of images show, in one transaction. Each image has its own outcome: what it said
    /// before.
    pub async fn set_public_terms(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        edit: TermsEdit,
    ) -> Result<Vec<(ImageId, Result<TermsEdit, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId| {
                if check_changeable(connection, &owner, id)? == ImageKind::Reference {
                    return Err(CatalogError::Invalid("a reference image is never published".into()));
                }
                let (details, camera): (Option<PublicDetails>, Option<bool>) = connection
                    .prepare_cached(
                        "SELECT public_details, public_camera FROM generated_images WHERE id = ?1",
                    )?
                    .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?
                    .ok_or(CatalogError::NotFound("image"))?;
                let before = TermsEdit::both(details, camera);
                let after = (
                    edit.details.map_or(details, DetailsChoice::own),
                    edit.camera.map_or(camera, CameraChoice::own),
                );
                connection
                    .prepare_cached(
                        "UPDATE generated_images SET public_details = ?2, public_camera = ?3 WHERE id = ?1",
                    )?
                    .execute(params![id, after.0, after.1])?;
                Ok(before)
            };
            for_each_image(ids, one)
        })
        .await
    }
}
