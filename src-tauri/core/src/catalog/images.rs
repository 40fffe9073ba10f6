//! What both image tables share: taking in, tiles, counts, the file behind an
//! image, and who owns what. The tables stay two, on purpose: references have
//! no visibility that could be set by mistake.

use super::rows::{self, Read};
use super::{
    Catalog, CatalogError, galleries, generated, generation, originals, references, search, transfers,
};
use crate::model::{
    Bytes, Counts, Cursor, GalleryId, GenerationField, Image, ImageDetail, ImageFormat, ImageId, ImageKind,
    Made, MadeFrom, Notice, ObjectKey, Operation, OwnerId, Page, PageRequest, Search, Tile, UnixMs,
    UploadState, View, Visibility, Zone,
};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};
use std::cmp::Reverse;
use std::io;

/// What is known of an image of either kind when it is taken in.
#[derive(Debug, Clone)]
pub struct NewImage {
    /// Fresh.
    pub id: ImageId,
    /// The importing profile.
    pub owner_id: OwnerId,
    /// Fresh; decided now so that a replayed upload is harmless.
    pub r2_key: ObjectKey,
    /// `None` while no bucket is known.
    pub url: Option<String>,
    /// The file's own name.
    pub filename: String,
    /// As sniffed.
    pub format: ImageFormat,
    /// Of the original.
    pub size_bytes: u64,
    /// Pixels, after EXIF orientation.
    pub width: u32,
    /// Pixels, after EXIF orientation.
    pub height: u32,
    /// When it was made.
    pub made: Made,
    /// The moment of the import.
    pub added_at: UnixMs,
    /// The modification time of the file, if it was one.
    pub modified_at: Option<UnixMs>,
    /// What is to be known of the file.
    pub notices: Vec<Notice>,
    /// Of the original.
    pub sha256: [u8; 32],
    /// Of the original.
    pub md5: [u8; 16],
}

/// What an import does with an image that is in the trash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InTrash {
    /// The artist asked for this very file, so the image is restored. Its
    /// visibility is that of a new image: an earlier `public` does not count.
    Restore,
    /// It was only met on the way, so it stays in the trash.
    Leave,
}

/// What became of an image that was to be taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InsertOutcome {
    /// It is a new row.
    New,
    /// The profile already shows these bytes.
    Duplicate,
    /// The profile had these bytes in the trash; they are back.
    Restored,
    /// The profile has these bytes in the trash, and they stay there.
    Trashed,
}

/// An image that was to be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inserted {
    /// The image that holds the bytes.
    pub id: ImageId,
    /// What became of it.
    pub outcome: InsertOutcome,
    /// The visibility that replaced another one the image had before.
    pub switched_to: Option<Visibility>,
}

impl Inserted {
    pub(super) fn new(id: &ImageId) -> Self {
        Self { id: id.clone(), outcome: InsertOutcome::New, switched_to: None }
    }
}

/// The original behind an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// Names the file.
    pub sha256: [u8; 32],
    /// Decides extension and media type.
    pub format: ImageFormat,
}

/// How the two tables differ.
pub(super) fn table(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Generated => "generated_images",
        ImageKind::Reference => "reference_images",
    }
}

/// Columns a tile needs from either table, from a row named `i`.
pub(super) fn tile_columns(kind: ImageKind) -> &'static str {
    match kind {
        ImageKind::Generated => {
            "i.id, i.filename, i.width, i.height, i.created_at, i.visibility, substr(i.prompt, 1, 240),
             i.stored_at IS NOT NULL, i.removed_at,
             (SELECT t.state FROM transfers t WHERE t.r2_key = i.r2_key AND t.operation = 'put' ORDER BY t.id DESC LIMIT 1)"
        }
        ImageKind::Reference => {
            "i.id, i.filename, i.width, i.height, i.created_at, NULL, '',
             i.stored_at IS NOT NULL, i.removed_at,
             (SELECT t.state FROM transfers t WHERE t.r2_key = i.r2_key AND t.operation = 'put' ORDER BY t.id DESC LIMIT 1)"
        }
    }
}

pub(super) fn upload_state(stored: bool, transfer: Option<&str>) -> UploadState {
    match (stored, transfer) {
        (true, _) => UploadState::Stored,
        (false, Some("active")) => UploadState::Uploading,
        (false, Some("parked")) => UploadState::Parked,
        (false, _) => UploadState::Waiting,
    }
}

pub(super) fn tile(kind: ImageKind, row: &Row<'_>) -> Result<Tile, CatalogError> {
    let transfer: Option<String> = row.get(9)?;
    let visibility: Option<String> = row.get(5)?;
    Ok(Tile {
        id: ImageId::parse(&row.get::<_, String>(0)?)?,
        kind,
        filename: row.get(1)?,
        width: row.get::<_, Option<u32>>(2)?.unwrap_or(1),
        height: row.get::<_, Option<u32>>(3)?.unwrap_or(1),
        created_at: UnixMs(row.get(4)?),
        visibility: visibility.as_deref().and_then(Visibility::from_name),
        prompt: row.get(6)?,
        upload: upload_state(row.get(7)?, transfer.as_deref()),
        removed_at: row.get::<_, Option<i64>>(8)?.map(UnixMs),
    })
}

pub(super) fn tiles(
    connection: &Connection,
    kind: ImageKind,
    sql: &str,
    values: Vec<Value>,
) -> Result<Read<Tile>, CatalogError> {
    #[cfg(test)]
    super::plans::note(sql);
    let mut statement = connection.prepare_cached(sql)?;
    Read::of(statement.query(params_from_iter(values))?, |row| tile(kind, row))
}

/// Which rows of an ordered list are read.
pub(super) struct Span {
    /// Behind this one.
    pub(super) after: Option<Cursor>,
    /// Negative for all.
    pub(super) limit: i64,
}

impl Span {
    /// One more than a page tells whether the list goes on.
    pub(super) fn of(request: &PageRequest) -> Result<Self, CatalogError> {
        Ok(Self { after: request.start()?, limit: i64::from(request.rows()) + 1 })
    }

    pub(super) const ALL: Self = Self { after: None, limit: -1 };
}

/// Everything of an ordered query but its columns.
pub(super) struct Listed {
    pub(super) kind: ImageKind,
    /// `FROM` and what follows; the image's row is named `i`.
    pub(super) clause: String,
    pub(super) values: Vec<Value>,
    /// The column that orders.
    pub(super) at: &'static str,
}

/// Returns `WHERE` and what follows. Its parameters come right after those of
/// `filter`.
pub(super) fn keyset(filter: &str, values: &mut Vec<Value>, columns: (&str, &str), span: &Span) -> String {
    let (at, id) = columns;
    let mut bind = |value: Value| {
        values.push(value);
        values.len()
    };
    let after = span.after.as_ref().map_or_else(String::new, |cursor| {
        let first = bind(Value::Integer(cursor.at.0));
        let second = bind(Value::Text(cursor.id.as_str().to_owned()));
        format!(" AND ({at}, {id}) < (?{first}, ?{second})")
    });
    let limit = bind(Value::Integer(span.limit));
    format!("WHERE {filter}{after} ORDER BY {at} DESC, {id} DESC LIMIT ?{limit}")
}

/// What is in the feed. The row itself is asked, too: an index may be damaged,
/// and nothing is public because of that.
pub(super) const PUBLIC: &str = "i.visibility = 'public' AND i.removed_at IS NULL
    AND (SELECT own.visibility FROM generated_images own WHERE own.rowid = i.rowid) = 'public'";

/// Returns the queries that list a view, newest first; the trash has one for
/// each kind.
pub(super) fn listed(
    connection: &Connection,
    owner: &OwnerId,
    view: &View,
    span: &Span,
    zone: &Zone,
) -> Result<Vec<Listed>, CatalogError> {
    let me = || Value::Text(owner.as_str().to_owned());
    let one = |kind: ImageKind, filter: &str, mut values: Vec<Value>, at: &'static str| {
        let clause = keyset(filter, &mut values, (at, "i.id"), span);
        Listed { kind, clause: format!("FROM {} i {clause}", table(kind)), values, at }
    };
    let here = "i.owner_id = ?1 AND i.removed_at IS NULL";
    let in_trash = "i.owner_id = ?1 AND i.removed_at IS NOT NULL";
    Ok(match view {
        View::History => vec![one(ImageKind::Generated, here, vec![me()], "i.created_at")],
        View::Feed => {
            vec![one(ImageKind::Generated, PUBLIC, vec![], "i.created_at")]
        }
        View::References { gallery: None } => {
            vec![one(ImageKind::Reference, here, vec![me()], "i.created_at")]
        }
        View::References { gallery: Some(gallery) } => {
            galleries::check_owner(connection, owner, gallery)?;
            let mut values = vec![Value::Text(gallery.as_str().to_owned())];
            let filter = "g.gallery_id = ?1 AND i.removed_at IS NULL";
            let clause = keyset(filter, &mut values, ("g.created_at", "g.image_id"), span);
            let from = "FROM gallery_images g CROSS JOIN reference_images i ON i.id = g.image_id";
            let clause = format!("{from} {clause}");
            vec![Listed { kind: ImageKind::Reference, clause, values, at: "g.created_at" }]
        }
        View::Search { query, within } => {
            vec![search::listed(owner, &Search::parse(query, zone), *within, span)]
        }
        View::Trash => vec![
            one(ImageKind::Generated, in_trash, vec![me()], "i.removed_at"),
            one(ImageKind::Reference, in_trash, vec![me()], "i.removed_at"),
        ],
    })
}

fn view_page(
    connection: &Connection,
    owner: &OwnerId,
    view: &View,
    request: &PageRequest,
    zone: &Zone,
) -> Result<Page<Tile>, CatalogError> {
    let is_trash = *view == View::Trash;
    let query = |request: &PageRequest| {
        let mut all = Read::default();
        for Listed { kind, clause, values, .. } in listed(connection, owner, view, &Span::of(request)?, zone)?
        {
            let sql = format!("SELECT {} {clause}", tile_columns(kind));
            let read = tiles(connection, kind, &sql, values)?;
            let before = all.rows.len();
            all.damaged.extend(read.damaged.into_iter().map(|(at, name)| (before + at, name)));
            all.rows.extend(read.rows);
        }
        if is_trash {
            // Both kinds; the damaged ones have no moment and come first, so that all are named.
            all.damaged.iter_mut().for_each(|(at, _)| *at = 0);
            all.rows.sort_by_key(|tile: &Option<Tile>| {
                tile.as_ref().map(|tile| Reverse((tile.removed_at, tile.id.clone())))
            });
            all.rows.truncate(request.rows() as usize + 1);
        }
        Ok(all)
    };
    let cursor = |tile: &Tile| {
        let at = if is_trash { tile.removed_at.unwrap_or(tile.created_at) } else { tile.created_at };
        Cursor { at, id: tile.id.clone() }
    };
    rows::page(request, query, cursor)
}

/// Finds whose image this is, of which kind, trashed or not.
pub(super) fn locate(
    connection: &Connection,
    id: &ImageId,
) -> Result<Option<(ImageKind, String)>, CatalogError> {
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        let sql = format!("SELECT owner_id FROM {} WHERE id = ?1", table(kind));
        let owner: Option<String> =
            connection.prepare_cached(&sql)?.query_row([id.as_str()], |row| row.get(0)).optional()?;
        if let Some(owner) = owner {
            return Ok(Some((kind, owner)));
        }
    }
    Ok(None)
}

/// Returns the kind of an image this profile may change.
pub(super) fn check_owner(
    connection: &Connection,
    owner: &OwnerId,
    id: &ImageId,
) -> Result<ImageKind, CatalogError> {
    match locate(connection, id)? {
        None => Err(CatalogError::NotFound("image")),
        Some((_, whose)) if whose != owner.as_str() => Err(CatalogError::NotAuthorized("image")),
        Some((kind, _)) => Ok(kind),
    }
}

/// Does the same to each of many images; each has its own outcome.
pub(super) fn each<T>(
    ids: Vec<ImageId>,
    one: impl Fn(&ImageId) -> Result<T, CatalogError>,
) -> Vec<(ImageId, Result<T, CatalogError>)> {
    let with_outcome = |id| {
        let outcome = one(&id);
        (id, outcome)
    };
    ids.into_iter().map(with_outcome).collect()
}

/// Looks for the same bytes of the same profile and kind. A hit in the trash is
/// restored if that is wanted. A `choice` is what the artist said of the
/// visibility in this import; without one, an image that is shown keeps what it
/// has.
pub(super) fn find_same(
    connection: &Connection,
    kind: ImageKind,
    new: &NewImage,
    in_trash: InTrash,
    choice: Option<Visibility>,
) -> Result<Option<Inserted>, CatalogError> {
    let sql = format!("SELECT id, removed_at FROM {} WHERE owner_id = ?1 AND sha256 = ?2", table(kind));
    let found: Option<(String, Option<i64>)> = connection
        .prepare_cached(&sql)?
        .query_row(params![new.owner_id.as_str(), new.sha256], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((id, removed_at)) = found else { return Ok(None) };
    let id = ImageId::parse(&id)?;
    let (outcome, wanted) = match (removed_at, in_trash) {
        (None, _) => (InsertOutcome::Duplicate, choice),
        (Some(_), InTrash::Restore) => {
            super::removal::restore_one(connection, kind, &id, new.added_at)?;
            (InsertOutcome::Restored, choice.or(Some(Visibility::Unlisted)))
        }
        // Restoring it later must not undo this choice, and nothing in the trash becomes public.
        (Some(_), InTrash::Leave) => {
            (InsertOutcome::Trashed, choice.filter(|choice| *choice == Visibility::Unlisted))
        }
    };
    let switched_to = match (kind, wanted) {
        (ImageKind::Generated, Some(wanted)) if generated::switch(connection, &id, wanted)? => Some(wanted),
        _ => None,
    };
    Ok(Some(Inserted { id, outcome, switched_to }))
}

/// Reads a 32 or 16 byte column.
pub(super) fn fixed<const N: usize>(row: &Row<'_>, column: usize) -> Result<[u8; N], CatalogError> {
    let bytes: Vec<u8> = row.get(column)?;
    bytes
        .try_into()
        .map_err(|_| CatalogError::Invalid("a checksum in the catalog has the wrong length".into()))
}

/// Reads a media type column.
pub(super) fn format(row: &Row<'_>, column: usize) -> Result<ImageFormat, CatalogError> {
    let content_type: String = row.get(column)?;
    ImageFormat::from_content_type(&content_type)
        .ok_or_else(|| CatalogError::Invalid(format!("the catalog has an image of type {content_type}")))
}

impl Catalog {
    /// Takes in generated images, each with the transfer that uploads it, in
    /// one transaction. `secure` is asked for each new row that its original is
    /// on disk: inside the transaction, so that no purge can come between.
    pub async fn create_generated(
        &self,
        rows: Vec<generated::NewGenerated>,
        secure: impl Fn(usize) -> io::Result<()> + Send + 'static,
    ) -> Result<Vec<Inserted>, CatalogError> {
        self.write(move |connection| {
            let mut outcomes = Vec::with_capacity(rows.len());
            for (index, row) in rows.iter().enumerate() {
                secure(index)?;
                originals::kept(connection, &row.image.sha256)?;
                let same =
                    find_same(connection, ImageKind::Generated, &row.image, row.in_trash, row.visibility)?;
                outcomes.push(match same {
                    Some(same) => same,
                    None => generated::insert(connection, row)?,
                });
            }
            Ok(outcomes)
        })
        .await
    }

    /// Takes in reference images, as [`Self::create_generated`] does, into a
    /// gallery if one is named. A duplicate joins the gallery too; one that
    /// stays in the trash is seen there once it is restored.
    pub async fn create_references(
        &self,
        rows: Vec<references::NewReference>,
        gallery: Option<GalleryId>,
        secure: impl Fn(usize) -> io::Result<()> + Send + 'static,
    ) -> Result<Vec<Inserted>, CatalogError> {
        self.write(move |connection| {
            let mut outcomes = Vec::with_capacity(rows.len());
            for (index, row) in rows.iter().enumerate() {
                secure(index)?;
                let owner = &row.image.owner_id;
                originals::kept(connection, &row.image.sha256)?;
                let same = find_same(connection, ImageKind::Reference, &row.image, row.in_trash, None)?;
                let outcome = match same {
                    Some(same) => same,
                    None => references::insert(connection, row)?,
                };
                if let Some(gallery) = &gallery {
                    galleries::check_owner(connection, owner, gallery)?;
                    galleries::add_one(connection, owner, gallery, &outcome.id)?;
                }
                outcomes.push(outcome);
            }
            Ok(outcomes)
        })
        .await
    }

    /// Returns the id under which a profile already shows these bytes.
    pub async fn find_by_content(
        &self,
        owner: &OwnerId,
        kind: ImageKind,
        sha256: [u8; 32],
    ) -> Result<Option<ImageId>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let sql = format!(
                "SELECT id FROM {} WHERE owner_id = ?1 AND sha256 = ?2 AND removed_at IS NULL",
                table(kind)
            );
            let id: Option<String> = connection
                .prepare_cached(&sql)?
                .query_row(params![owner.as_str(), sha256], |row| row.get(0))
                .optional()?;
            Ok(id.map(|id| ImageId::parse(&id)).transpose()?)
        })
        .await
    }

    /// Returns one page of what a grid shows. Days of a search are those of a
    /// zone.
    pub async fn tiles(
        &self,
        owner: &OwnerId,
        view: &View,
        request: &PageRequest,
        zone: Zone,
    ) -> Result<Page<Tile>, CatalogError> {
        let (owner, view, request) = (owner.clone(), view.clone(), request.clone());
        self.read(move |connection| view_page(connection, &owner, &view, &request, &zone)).await
    }

    /// Returns the tiles of these images that this profile may see, in no
    /// particular order.
    pub async fn tiles_of(&self, owner: &OwnerId, ids: Vec<ImageId>) -> Result<Vec<Tile>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut found = Vec::with_capacity(ids.len());
            for id in &ids {
                let seen = [
                    (
                        ImageKind::Generated,
                        "(i.owner_id = ?2 OR (i.visibility = 'public' AND i.removed_at IS NULL))",
                    ),
                    (ImageKind::Reference, "i.owner_id = ?2"),
                ];
                for (kind, filter) in seen {
                    let sql = format!(
                        "SELECT {} FROM {} i WHERE i.id = ?1 AND {filter}",
                        tile_columns(kind),
                        table(kind)
                    );
                    let values = vec![Value::Text(id.as_str().into()), Value::Text(owner.as_str().into())];
                    found.extend(tiles(connection, kind, &sql, values)?.rows.into_iter().flatten());
                }
            }
            Ok(found)
        })
        .await
    }

    /// Returns an image of either kind, trashed or not.
    pub async fn image(&self, id: &ImageId) -> Result<Image, CatalogError> {
        let id = id.clone();
        self.read(move |connection| {
            let of_this = |error: CatalogError| error.of_row(id.as_str());
            if let Some(image) = generated::find(connection, &id).map_err(of_this)? {
                return Ok(Image::Generated(image));
            }
            let reference = references::find(connection, &id).map_err(of_this)?;
            reference.map(Image::Reference).ok_or(CatalogError::NotFound("image"))
        })
        .await
    }

    /// Returns the URLs of these images, of those that have one, in their order.
    pub async fn links(&self, ids: Vec<ImageId>) -> Result<Vec<(ImageId, String)>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT url FROM generated_images WHERE id = ?1 UNION ALL
                 SELECT url FROM reference_images WHERE id = ?1",
            )?;
            let mut links = Vec::with_capacity(ids.len());
            for id in ids {
                let url: Option<Option<String>> =
                    statement.query_row([id.as_str()], |row| row.get(0)).optional()?;
                if let Some(url) = url.flatten() {
                    links.push((id, url));
                }
            }
            Ok(links)
        })
        .await
    }

    /// Returns everything known of one image.
    pub async fn detail(&self, id: &ImageId) -> Result<ImageDetail, CatalogError> {
        let image = self.image(id).await?;
        let id = id.clone();
        let galleries = galleries::of_image(self, &id).await?;
        self.read(move |connection| {
            let kind = match &image {
                Image::Generated(_) => ImageKind::Generated,
                Image::Reference(_) => ImageKind::Reference,
            };
            let sql = format!("SELECT r2_key, removed_at FROM {} WHERE id = ?1", table(kind));
            let (key, removed_at): (String, Option<i64>) = connection
                .prepare_cached(&sql)?
                .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let transfer = transfers::newest(connection, &key, Operation::Put)?;
            let upload =
                upload_state(image.is_stored(), transfer.as_ref().map(|transfer| transfer.state.as_str()));
            let problem = transfer.and_then(|transfer| transfer.problem);
            let edited = generation::edited(connection, &id)?;
            Ok(detail(image, upload, problem, removed_at.map(UnixMs), galleries, edited))
        })
        .await
    }

    /// Returns the original behind an image this profile may see.
    pub async fn image_file(&self, id: &ImageId) -> Result<Option<ImageFile>, CatalogError> {
        let id = id.clone();
        self.read(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let sql = format!("SELECT sha256, content_type FROM {} WHERE id = ?1", table(kind));
                let mut statement = connection.prepare_cached(&sql)?;
                let mut rows = statement.query([id.as_str()])?;
                if let Some(row) = rows.next()? {
                    return Ok(Some(ImageFile { sha256: fixed(row, 0)?, format: format(row, 1)? }));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Returns how many images each view shows.
    pub async fn counts(&self, owner: &OwnerId) -> Result<Counts, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let count = |sql: &str, mine: bool| -> Result<u32, CatalogError> {
                let mut statement = connection.prepare_cached(sql)?;
                let values: &[&dyn rusqlite::ToSql] = if mine { &[&owner.as_str()] } else { &[] };
                Ok(statement.query_row(values, |row| row.get(0))?)
            };
            let trash = "SELECT (SELECT count(*) FROM generated_images WHERE owner_id = ?1 AND removed_at IS NOT NULL)
                              + (SELECT count(*) FROM reference_images WHERE owner_id = ?1 AND removed_at IS NOT NULL)";
            Ok(Counts {
                history: count(
                    "SELECT count(*) FROM generated_images WHERE owner_id = ?1 AND removed_at IS NULL",
                    true,
                )?,
                feed: count(
                    "SELECT count(*) FROM generated_images WHERE visibility = 'public' AND removed_at IS NULL",
                    false,
                )?,
                trash: count(trash, true)?,
                references: count(
                    "SELECT count(*) FROM reference_images WHERE owner_id = ?1 AND removed_at IS NULL",
                    true,
                )?,
            })
        })
        .await
    }

    /// Writes the URL of every image anew after the public address changed.
    /// Keys are plain ASCII, so base and key joined are the URL.
    pub async fn rebase_urls(&self, base: Option<String>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for kind in [ImageKind::Generated, ImageKind::Reference] {
                let sql = format!("UPDATE {} SET url = ?1 || '/' || r2_key", table(kind));
                connection.execute(&sql, [&base])?;
            }
            Ok(())
        })
        .await
    }
}

fn detail(
    image: Image,
    upload: UploadState,
    upload_problem: Option<crate::model::TransferProblem>,
    removed_at: Option<UnixMs>,
    galleries: Vec<GalleryId>,
    edited: Vec<GenerationField>,
) -> ImageDetail {
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    match image {
        Image::Generated(image) => ImageDetail {
            id: image.id,
            kind: ImageKind::Generated,
            owner_id: image.owner_id,
            visibility: Some(image.visibility),
            r2_key: image.r2_key,
            url: image.url,
            filename: image.filename,
            content_type: image.content_type,
            size_bytes: image.size_bytes,
            width: image.width.unwrap_or(1),
            height: image.height.unwrap_or(1),
            prompt: image.prompt,
            negative_prompt: image.negative_prompt,
            model: image.model,
            seed: image.seed,
            generation_params: image.generation_params.into_iter().map(|(k, v)| (k, text(v))).collect(),
            edited,
            created_at: image.created_at,
            created_from: image.created_from,
            added_at: image.added_at,
            notices: image.notices,
            sha256: image.sha256,
            stored: image.stored,
            upload,
            upload_problem,
            removed_at,
            galleries,
        },
        Image::Reference(image) => ImageDetail {
            id: image.id,
            kind: ImageKind::Reference,
            owner_id: image.owner_id,
            visibility: None,
            r2_key: image.r2_key,
            url: image.url,
            filename: image.filename,
            content_type: image.content_type,
            size_bytes: image.size_bytes,
            width: image.width.unwrap_or(1),
            height: image.height.unwrap_or(1),
            prompt: String::new(),
            negative_prompt: None,
            model: String::new(),
            seed: None,
            generation_params: std::collections::BTreeMap::default(),
            edited,
            created_at: image.created_at,
            created_from: image.created_from,
            added_at: image.added_at,
            notices: image.notices,
            sha256: image.sha256,
            stored: image.stored,
            upload,
            upload_problem,
            removed_at,
            galleries,
        },
    }
}

/// The columns both tables share, in the order [`common`] reads them.
pub(super) const COMMON: &str =
    "i.id, i.owner_id, i.r2_key, i.url, i.filename, i.content_type, i.size_bytes, i.width, i.height,
     i.created_at, lower(hex(i.sha256)), i.stored_at IS NOT NULL, i.created_from, i.added_at, i.notices";

/// Rows that an earlier version wrote into the journal do not say when they were
/// added, because that was when they were made.
pub(super) fn fill_added(connection: &Connection) -> Result<(), CatalogError> {
    for kind in [ImageKind::Generated, ImageKind::Reference] {
        let sql = format!("UPDATE {} SET added_at = created_at WHERE added_at = 0", table(kind));
        connection.execute(&sql, [])?;
    }
    Ok(())
}

/// How many columns [`COMMON`] has.
pub(super) const COMMON_COLUMNS: usize = 15;

pub(super) fn made_from(name: &str) -> Result<MadeFrom, CatalogError> {
    MadeFrom::from_name(name)
        .ok_or_else(|| CatalogError::Invalid(format!("the catalog has an image made from {name}")))
}

/// Reads the [`COMMON`] columns.
pub(super) fn common(row: &Row<'_>) -> Result<crate::model::ReferenceImage, CatalogError> {
    Ok(crate::model::ReferenceImage {
        id: ImageId::parse(&row.get::<_, String>(0)?)?,
        owner_id: OwnerId::parse(&row.get::<_, String>(1)?)?,
        r2_key: ObjectKey::parse(&row.get::<_, String>(2)?)?,
        url: row.get(3)?,
        filename: row.get(4)?,
        content_type: format(row, 5)?.content_type().to_owned(),
        size_bytes: Bytes(row.get::<_, i64>(6)?.unsigned_abs()),
        width: row.get(7)?,
        height: row.get(8)?,
        created_at: UnixMs(row.get(9)?),
        created_from: made_from(&row.get::<_, String>(12)?)?,
        added_at: UnixMs(row.get(13)?),
        notices: Notice::from_names(&row.get::<_, String>(14)?),
        sha256: row.get(10)?,
        stored: row.get(11)?,
    })
}

/// SQLite integers are signed; files are far smaller than their range.
pub(super) fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
