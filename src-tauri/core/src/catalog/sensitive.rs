//! Which generated images are sensitive: the artist's choice, and the words that the artist listed.
//! The list is part of the settings of the profile's feed.

use super::owners::{Outcomes, check_owner, for_each_image};
use super::{Catalog, CatalogError, feed_settings};
use crate::model::{Change, ImageId, ImageKind, OwnerId, SensitiveMark, SensitiveWords};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;

/// Whether an image is sensitive, in SQL. The row is named `i`.
pub(super) const IS_SENSITIVE: &str = "coalesce(i.sensitive IN ('yes', 'words'), 0)";
/// The version of the comparison of words. If it changes, all prompts are compared again.
const VERSION: u32 = 1;
/// The number of images that are compared, and at most changed, at a time.
const AT_ONCE: u32 = 2_000;

/// The part of a feed's settings that is needed here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Listed {
    sensitive_words: Vec<String>,
}

impl Listed {
    fn words(&self) -> SensitiveWords {
        SensitiveWords::new(self.sensitive_words.iter().map(String::as_str))
    }

    /// Identifies the list and the way in which it is compared.
    fn print(&self) -> Result<String, CatalogError> {
        serde_json::to_string(&(VERSION, &self.sensitive_words))
            .map_err(|error| CatalogError::Invalid(error.to_string()))
    }
}

fn listed(connection: &Connection, owner: &OwnerId) -> Result<Option<Listed>, CatalogError> {
    let Some(settings) = feed_settings::saved(connection, owner)? else { return Ok(Some(Listed::default())) };
    let listed = serde_json::from_str(&settings);
    if let Err(error) = &listed {
        tracing::error!(%error, "the list of sensitive words cannot be read");
    }
    Ok(listed.ok())
}

/// Returns the mark that a prompt gives to a new image of a profile.
pub(super) fn mark_of_new(
    connection: &Connection,
    owner: &OwnerId,
    prompt: &str,
) -> Result<Option<SensitiveMark>, CatalogError> {
    if prompt.is_empty() {
        return Ok(None);
    }
    let is_listed = listed(connection, owner)?.is_some_and(|listed| listed.words().are_in(prompt));
    Ok(is_listed.then_some(SensitiveMark::Words))
}

/// What decides whether an image is sensitive.
struct Row {
    owner: OwnerId,
    prompt: String,
    mark: Option<SensitiveMark>,
}

fn row(connection: &Connection, id: &ImageId) -> Result<Option<Row>, CatalogError> {
    let sql = "SELECT owner_id, prompt, sensitive FROM generated_images WHERE id = ?1";
    let read =
        |row: &rusqlite::Row<'_>| Ok(Row { owner: row.get(0)?, prompt: row.get(1)?, mark: row.get(2)? });
    Ok(connection.prepare_cached(sql)?.query_row([id], read).optional()?)
}

fn set(connection: &Connection, id: &ImageId, mark: Option<SensitiveMark>) -> Result<bool, CatalogError> {
    let sql = "UPDATE generated_images SET sensitive = ?2 WHERE id = ?1 AND sensitive IS NOT ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![id, mark])? > 0)
}

/// Marks an image if its prompt contains a listed word, or removes such a mark. The artist's own choice stays.
/// Returns whether the mark changed. If the list cannot be read, nothing changes.
pub(super) fn mark_by_words(connection: &Connection, id: &ImageId) -> Result<bool, CatalogError> {
    let Some(Row { owner, prompt, mark: None | Some(SensitiveMark::Words) }) = row(connection, id)? else {
        return Ok(false);
    };
    let Some(listed) = listed(connection, &owner)? else { return Ok(false) };
    set(connection, id, listed.words().are_in(&prompt).then_some(SensitiveMark::Words))
}

/// Sets the artist's choice. An image that nothing else marks gets no mark when it is switched off, so that
/// words that are listed later apply to it.
fn choose(connection: &Connection, id: &ImageId, is_sensitive: Change<bool>) -> Result<(), CatalogError> {
    let Some(Row { owner, prompt, mark }) = row(connection, id)? else {
        return Err(CatalogError::NotFound("image"));
    };
    if !is_sensitive.replaces(&mark.is_some_and(SensitiveMark::is_sensitive)) {
        return Err(CatalogError::Changed);
    }
    let mark = if is_sensitive.to {
        Some(SensitiveMark::Yes)
    } else {
        let is_listed = listed(connection, &owner)?.is_none_or(|listed| listed.words().are_in(&prompt));
        (is_listed || mark == Some(SensitiveMark::No)).then_some(SensitiveMark::No)
    };
    set(connection, id, mark)?;
    Ok(())
}

/// Images that were compared with the list.
struct Compared {
    /// Those whose mark is out of date.
    outdated: Vec<ImageId>,
    /// The last row; `None` if there are no more.
    last: Option<i64>,
}

/// Compares the prompts of a profile's images after the row `after`. A row that cannot be read is left to
/// the verification.
fn compare(
    connection: &Connection,
    owner: &OwnerId,
    words: &SensitiveWords,
    after: i64,
) -> Result<Compared, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT i.rowid, i.owner_id = ?2 AND (i.sensitive IS NULL OR i.sensitive = 'words'),
             i.sensitive IS NOT NULL, i.id, i.prompt
         FROM generated_images i WHERE i.rowid > ?1 ORDER BY i.rowid LIMIT ?3",
    )?;
    let mut rows = statement.query(params![after, owner, AT_ONCE])?;
    let (mut outdated, mut last) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        last = Some(row.get(0)?);
        let Ok(prompt) = row.get_ref(4)?.as_str() else { continue };
        if !row.get::<_, bool>(1)? || words.are_in(prompt) == row.get::<_, bool>(2)? {
            continue;
        }
        if let Ok(id) = row.get(3) {
            outdated.push(id);
        }
    }
    Ok(Compared { outdated, last })
}

impl Catalog {
    /// Sets whether images are sensitive, in one transaction, also in the trash, whose pictures are shown as well.
    /// Each image has its own outcome.
    pub async fn set_sensitive(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        is_sensitive: Change<bool>,
    ) -> Result<Outcomes<()>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId| {
                if check_owner(connection, &owner, id)? == ImageKind::Reference {
                    return Err(CatalogError::Invalid("a reference image cannot be sensitive".into()));
                }
                choose(connection, id, is_sensitive)
            };
            for_each_image(ids, one)
        })
        .await
    }

    /// Applies a profile's saved list of words to its images, also to those in the trash. Compares nothing if
    /// the same list was applied completely before. Returns how many marks changed.
    ///
    /// The images are changed in parts, so that other writes do not wait for long. Whatever is imported or
    /// edited meanwhile is marked by its own transaction.
    pub async fn mark_sensitive_words(&self, owner: &OwnerId) -> Result<usize, CatalogError> {
        let mut changed = 0;
        // A list that is saved meanwhile is applied as well.
        loop {
            let mine = owner.clone();
            let found = self.read(move |connection| {
                let Some(listed) = listed(connection, &mine)? else { return Ok(None) };
                let print = listed.print()?;
                let applied = feed_settings::value(connection, &applied_name(&mine))?;
                let is_applied = match applied {
                    Some(applied) => applied == print,
                    None => listed.sensitive_words.is_empty(),
                };
                Ok(if is_applied { None } else { Some((listed.words(), print)) })
            });
            let Some((words, print)) = found.await? else { return Ok(changed) };
            changed += self.compare_all(owner, words).await?;
            let mine = owner.clone();
            self.write(move |connection| {
                feed_settings::set_value(connection, &applied_name(&mine), Some(&print))
            })
            .await?;
        }
    }

    async fn compare_all(&self, owner: &OwnerId, words: SensitiveWords) -> Result<usize, CatalogError> {
        let (mut changed, mut after) = (0, 0);
        loop {
            let (mine, words) = (owner.clone(), words.clone());
            let Compared { outdated, last } =
                self.read(move |connection| compare(connection, &mine, &words, after)).await?;
            if !outdated.is_empty() {
                let mark = move |connection: &Connection| {
                    let mut changed = 0;
                    for id in &outdated {
                        changed += usize::from(mark_by_words(connection, id)?);
                    }
                    Ok(changed)
                };
                changed += self.write(mark).await?;
            }
            let Some(last) = last else { return Ok(changed) };
            after = last;
        }
    }
}

fn applied_name(owner: &OwnerId) -> String {
    format!("sensitive-words.{owner}")
}
