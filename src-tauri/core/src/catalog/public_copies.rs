//! Table `public_copies`, and the rows of the images that a feed is made of.

use super::columns::checksum;
use super::feed_files::feed_problem;
use super::{Catalog, CatalogError, Packed};
use crate::model::{FeedProblem, ImageFormat, ImageId, OwnerId, Print, PublicDetails, UnixMs, Visibility};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// A public image, with everything that its page and its copy are made from.
#[derive(Debug, Clone)]
pub struct PublicRow {
    /// The image.
    pub id: ImageId,
    /// When the picture was made.
    pub created_at: UnixMs,
    /// The SHA-256 of the original.
    pub sha256: [u8; 32],
    /// The format of the original.
    pub format: ImageFormat,
    /// The size of the original in bytes.
    pub size_bytes: u64,
    /// The imported file's name.
    pub filename: String,
    /// The prompt; empty if there is none.
    pub prompt: String,
    /// The negative prompt; `None` if there is none.
    pub negative_prompt: Option<String>,
    /// The model.
    pub model: String,
    /// The seed; `None` if it is unknown.
    pub seed: Option<String>,
    /// The other parameters; `None` if there are none.
    pub params: Option<Packed>,
    /// Whether a tool is known that made the picture.
    pub has_tool: bool,
    /// Whether the picture is marked as sensitive.
    pub is_sensitive: bool,
    /// What the copy shows; `None` if the profile decides.
    pub details: Option<PublicDetails>,
    /// Whether the copy keeps place and camera; `None` if the profile decides.
    pub keep_camera: Option<bool>,
}

/// What is known about one copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyState {
    /// The image.
    pub image: ImageId,
    /// The terms that it was made for.
    pub terms: Print,
    /// Whether no copy can be published.
    pub has_problem: bool,
    /// Whether the bucket has the copy and its thumbnails.
    pub is_stored: bool,
    /// Whether an upload of it is parked.
    pub is_parked: bool,
}

/// A copy that was made, or the reason why none can be.
#[derive(Debug, Clone)]
pub struct NewCopy {
    /// The image.
    pub image: ImageId,
    /// The terms that it was made for.
    pub terms: Print,
    /// The copy and its thumbnails as JSON, or the reason in plain words.
    pub result: Result<String, String>,
}

const COLUMNS: &str = "i.id, i.created_at, i.sha256, i.content_type, i.size_bytes, i.filename, i.prompt,
     i.negative_prompt, i.model, i.seed,
     (SELECT p.params FROM generation_params p WHERE p.image_id = i.id), i.tool IS NOT NULL,
     coalesce(i.sensitive IN ('yes', 'words'), 0), i.public_details, i.public_camera";

/// Gives the objects of a copy to another copy that names them. A name in JSON has quotes around it.
const PASS_ON: &str = "
    UPDATE feed_files AS f SET terms = o.terms FROM public_copies o
    WHERE f.owner_id = (SELECT owner_id FROM public_copies WHERE image_id = ?1 AND terms = ?2)
    AND f.role = 'copy' AND f.image_id = ?1 AND f.terms = ?2
    AND o.image_id = ?1 AND o.terms <> ?2
    AND instr(o.files, '\"' || substr(f.r2_key, length('feed/' || f.owner_id || '/') + 1) || '\"') > 0";

/// Says of a copy `c` of the profile `?1` whether the bucket has its three files.
const IS_COMPLETE: &str = "(c.files IS NOT NULL AND
     (SELECT count(*) FROM feed_files f
      WHERE f.owner_id = ?1 AND f.role = 'copy' AND f.image_id = c.image_id
      AND f.terms = c.terms AND f.print IS NOT NULL AND f.unwanted = 0) = 3)";

const IS_PUBLIC: &str = "i.visibility = 'public' AND i.removed_at IS NULL";

fn public_row(row: &Row<'_>) -> Result<PublicRow, CatalogError> {
    Ok(PublicRow {
        id: row.get(0)?,
        created_at: row.get(1)?,
        sha256: checksum(row, 2)?,
        format: row.get(3)?,
        size_bytes: row.get::<_, i64>(4)?.unsigned_abs(),
        filename: row.get(5)?,
        prompt: row.get(6)?,
        negative_prompt: row.get(7)?,
        model: row.get(8)?,
        seed: row.get(9)?,
        params: row.get::<_, Option<Vec<u8>>>(10)?.map(Packed::from_column),
        has_tool: row.get(11)?,
        is_sensitive: row.get(12)?,
        details: row.get(13)?,
        keep_camera: row.get(14)?,
    })
}

fn one_public_image(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
) -> Result<Option<PublicRow>, CatalogError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM generated_images i WHERE i.id = ?1 AND i.owner_id = ?2 AND {IS_PUBLIC}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![id, owner])?;
    rows.next()?.map(public_row).transpose()
}

fn files_of_copy(
    connection: &Connection,
    image: &ImageId,
    terms: Print,
) -> Result<Option<String>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT files FROM public_copies WHERE image_id = ?1 AND terms = ?2")?;
    let mut rows = statement.query(params![image, terms])?;
    Ok(rows.next()?.map(|row| row.get(0)).transpose()?.flatten())
}

impl Catalog {
    /// Passes each public image of a profile to `map`, newest first, and collects the results. A damaged row is
    /// left out and counted: it is not published.
    pub async fn public_images<T: Send + 'static>(
        &self,
        owner: &OwnerId,
        mut map: impl FnMut(PublicRow) -> Option<T> + Send + 'static,
    ) -> Result<(Vec<T>, u32), CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM generated_images i INDEXED BY generated_images_by_visibility
                 WHERE {IS_PUBLIC} AND i.owner_id = ?1 ORDER BY i.created_at DESC, i.id DESC"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([&owner])?;
            let (mut found, mut damaged) = (Vec::new(), 0);
            while let Some(row) = rows.next()? {
                match public_row(row) {
                    Ok(row) => found.extend(map(row)),
                    Err(error) if error.is_of_one_row() => {
                        tracing::error!(%error, "a public image cannot be read");
                        damaged += 1;
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok((found, damaged))
        })
        .await
    }

    /// Returns one public image of a profile; `None` if it is not public any more.
    pub async fn public_image(
        &self,
        owner: &OwnerId,
        id: &ImageId,
    ) -> Result<Option<PublicRow>, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.read(move |connection| one_public_image(connection, &owner, &id)).await
    }

    /// Returns public images of a profile in the order of `ids`, all as they are at one moment; `None` for one that is
    /// not public any more.
    pub async fn public_images_of(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
    ) -> Result<Vec<Option<PublicRow>>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| ids.iter().map(|id| one_public_image(connection, &owner, id)).collect())
            .await
    }

    /// Returns public images of a profile in the order of `copies`, each with the files of its copy as JSON, all as they
    /// are at one moment; `None` for one that is not public any more, or has no such copy.
    pub async fn public_images_with_copies(
        &self,
        owner: &OwnerId,
        copies: Vec<(ImageId, Print)>,
    ) -> Result<Vec<Option<(PublicRow, String)>>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let one = |(id, terms): &(ImageId, Print)| {
                let row = one_public_image(connection, &owner, id)?;
                Ok(row.zip(files_of_copy(connection, id, *terms)?))
            };
            copies.iter().map(one).collect()
        })
        .await
    }

    /// Returns one image of a profile as a feed would need it, public or not; `None` if there is no such image.
    pub async fn image_for_feed(
        &self,
        owner: &OwnerId,
        id: &ImageId,
    ) -> Result<Option<PublicRow>, CatalogError> {
        let (owner, id) = (owner.clone(), id.clone());
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM generated_images i WHERE i.id = ?1 AND i.owner_id = ?2");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params![id, owner])?;
            rows.next()?.map(public_row).transpose()
        })
        .await
    }

    /// Returns the visibility of a generated image; `None` if it is in the trash or there is none.
    pub async fn visibility_of(&self, id: &ImageId) -> Result<Option<Visibility>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| {
            let sql = "SELECT visibility FROM generated_images WHERE id = ?1 AND removed_at IS NULL";
            Ok(connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?)
        })
        .await
    }

    /// Notes which copies of a profile the bucket has by now. A step of publishing does this before it plans, so that
    /// a copy stays stored while one of its files is uploaded again.
    pub async fn note_stored_copies(&self, owner: &OwnerId, now: UnixMs) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let sql = format!(
                "UPDATE public_copies AS c SET stored_at = ?2
                 WHERE c.owner_id = ?1 AND c.stored_at IS NULL AND {IS_COMPLETE}"
            );
            connection.prepare_cached(&sql)?.execute(params![owner, now])?;
            Ok(())
        })
        .await
    }

    /// Returns the state of every copy of a profile.
    pub async fn copy_states(&self, owner: &OwnerId) -> Result<Vec<CopyState>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            // Only a copy that is not stored is read beyond the index.
            let sql = format!(
                "SELECT c.image_id, c.terms, c.stored_at IS NULL AND c.files IS NULL,
                     c.stored_at IS NOT NULL OR {IS_COMPLETE},
                     EXISTS (SELECT 1 FROM transfers t
                             WHERE t.kind IS NULL AND t.owner_id = ?1 AND t.state = 'parked'
                             AND t.operation = 'put' AND t.image_id = c.image_id)
                 FROM public_copies c WHERE c.owner_id = ?1"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map([&owner], |row| {
                Ok(CopyState {
                    image: row.get(0)?,
                    terms: row.get(1)?,
                    has_problem: row.get(2)?,
                    is_stored: row.get(3)?,
                    is_parked: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Returns the files of a copy as JSON; `None` if there is no such copy.
    pub async fn copy_files(&self, image: &ImageId, terms: Print) -> Result<Option<String>, CatalogError> {
        let image = image.clone();
        self.read(move |connection| files_of_copy(connection, &image, terms)).await
    }

    /// Records copies that were made, and why others cannot be.
    pub async fn keep_copies(&self, owner: &OwnerId, copies: Vec<NewCopy>) -> Result<(), CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let mut statement = connection.prepare_cached(
                "INSERT INTO public_copies (image_id, terms, owner_id, problem, files) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (image_id, terms) DO UPDATE
                 SET problem = excluded.problem, files = excluded.files, stored_at = NULL",
            )?;
            for copy in copies {
                let (files, problem) = (copy.result.as_ref().ok(), copy.result.as_ref().err());
                statement.execute(params![copy.image, copy.terms, owner, problem, files])?;
            }
            Ok(())
        })
        .await
    }

    /// Forgets copies, and marks their objects as unwanted. An object that another copy of the image has too, such as
    /// a thumbnail of the same pixels, passes to that copy.
    pub async fn drop_copies(&self, copies: Vec<(ImageId, Print)>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for (image, terms) in copies {
                connection.prepare_cached(PASS_ON)?.execute(params![image, terms])?;
                connection
                    .prepare_cached(
                        "UPDATE feed_files SET unwanted = 1
                         WHERE owner_id = (SELECT owner_id FROM public_copies WHERE image_id = ?1 AND terms = ?2)
                         AND role = 'copy' AND image_id = ?1 AND terms = ?2",
                    )?
                    .execute(params![image, terms])?;
                connection
                    .prepare_cached("DELETE FROM public_copies WHERE image_id = ?1 AND terms = ?2")?
                    .execute(params![image, terms])?;
            }
            Ok(())
        })
        .await
    }

    /// Returns up to `limit` public images of a profile of which no copy can be made, newest first, and how many there
    /// are.
    pub async fn copy_problems(
        &self,
        owner: &OwnerId,
        limit: u32,
    ) -> Result<(Vec<FeedProblem>, u32), CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            const FROM: &str = "FROM public_copies c JOIN generated_images i ON i.id = c.image_id
                 WHERE c.owner_id = ?1 AND c.problem IS NOT NULL AND i.visibility = 'public'
                 AND i.removed_at IS NULL";
            let sql = format!(
                "SELECT c.image_id, i.filename, c.problem {FROM} ORDER BY i.created_at DESC LIMIT ?2"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![owner, limit], feed_problem)?;
            let problems = rows.collect::<Result<_, _>>()?;
            let count = connection
                .prepare_cached(&format!("SELECT count(*) {FROM}"))?
                .query_row([&owner], |row| row.get(0))?;
            Ok((problems, count))
        })
        .await
    }
}
