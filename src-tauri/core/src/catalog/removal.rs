//! Removing, restoring and permanent deletion: what happens to the row, and which transfers
//! follow. Both happen in one transaction, so neither ever happens without the other.

use super::columns::checksum;
use super::owners::{check_owner, for_each_image};
use super::rows::Read;
use super::shared_columns::table;
use super::similar::check_unneeded;
use super::{Catalog, CatalogError, outbox};
use crate::model::{ImageFormat, ImageId, ImageKind, Operation, OwnerId, Removal, UnixMs, UnneededDuplicate};
use rusqlite::{Connection, params};
use std::collections::HashMap;
use std::io;
use std::sync::Arc;

/// The original of an image that was deleted permanently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original {
    /// The SHA-256, which names the file.
    pub sha256: [u8; 32],
    /// The format, which decides the extension.
    pub format: ImageFormat,
}

fn remove_one(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    removal: Removal,
    now: UnixMs,
) -> Result<Option<Original>, CatalogError> {
    let table = table(kind);
    let (key, stored, removed_at, original) = {
        let sql = format!(
            "SELECT r2_key, stored_at IS NOT NULL, removed_at, sha256, content_type
             FROM {table} WHERE id = ?1"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query([id])?;
        let row = rows.next()?.ok_or(CatalogError::NotFound("image"))?;
        let original = Original { sha256: checksum(row, 3)?, format: row.get::<_, ImageFormat>(4)? };
        (row.get::<_, String>(0)?, row.get::<_, bool>(1)?, row.get::<_, Option<i64>>(2)?, original)
    };
    if let Removal::FromTrash(before) = removal
        && removed_at.is_none_or(|removed_at| removed_at >= before.0)
    {
        // The image was restored, or removed again, since the trash was listed.
        return Err(CatalogError::NotFound("image in the trash"));
    }
    if removed_at.is_none() {
        // An upload that was never tried left nothing behind. One that was tried may have
        // left an object, even if its answer never came.
        let maybe_there = outbox::cancel_idle(connection, &key, Operation::Put)? || stored;
        if maybe_there && !outbox::pending(connection, &key, Operation::Delete)? {
            outbox::queue(connection, Operation::Delete, kind, id, now)?;
        }
    }
    match removal {
        Removal::ToTrash => {
            let sql = format!("UPDATE {table} SET removed_at = ?2 WHERE id = ?1 AND removed_at IS NULL");
            connection.prepare_cached(&sql)?.execute(params![id, now])?;
            Ok(None)
        }
        Removal::Permanent | Removal::FromTrash(_) => {
            // A deletion that was parked to keep the original available has no reason to stay
            // parked.
            outbox::unpark_deletions(connection, &key)?;
            let sql = format!("DELETE FROM {table} WHERE id = ?1");
            connection.prepare_cached(&sql)?.execute([id])?;
            // This is recorded in the same transaction, so that a kill does not leave the
            // file behind forever.
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO unwanted_originals (sha256, content_type) VALUES (?1, ?2)",
                )?
                .execute(params![original.sha256, original.format.content_type()])?;
            Ok(Some(original))
        }
    }
}

/// Takes an image out of the trash and queues its upload if necessary.
pub(super) fn restore_one(
    connection: &Connection,
    kind: ImageKind,
    id: &ImageId,
    now: UnixMs,
) -> Result<(), CatalogError> {
    let table = table(kind);
    let (key, stored): (String, bool) = connection
        .prepare_cached(&format!("SELECT r2_key, stored_at IS NOT NULL FROM {table} WHERE id = ?1"))?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = format!("UPDATE {table} SET removed_at = NULL WHERE id = ?1 AND removed_at IS NOT NULL");
    if connection.prepare_cached(&sql)?.execute([id])? == 0 {
        return Ok(());
    }
    // A deletion is queued only if an object may exist.
    let may_be_there = outbox::pending(connection, &key, Operation::Delete)?;
    let may_go = outbox::cancel_idle(connection, &key, Operation::Delete)?
        || outbox::pending(connection, &key, Operation::Delete)?;
    let comes = outbox::pending(connection, &key, Operation::Put)?;
    if may_go || (!stored && !comes) {
        outbox::queue(connection, Operation::Put, kind, id, now)?;
        if may_be_there {
            // Otherwise the next removal would assume that this upload left nothing behind.
            outbox::mark_tried(connection, &key, Operation::Put)?;
        }
    }
    Ok(())
}

impl Catalog {
    /// Removes images, in one transaction. Each image has its own outcome. For images that
    /// were deleted permanently, the outcome contains the original, which is to be passed to
    /// [`Self::purge_unreferenced`].
    pub async fn remove(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        removal: Removal,
        now: UnixMs,
    ) -> Result<Vec<(ImageId, Result<Option<Original>, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId| {
                let kind = check_owner(connection, &owner, id)?;
                remove_one(connection, kind, id, removal, now)
            };
            for_each_image(ids, one)
        })
        .await
    }

    /// Moves images to the trash of which others are kept that look the same, in one transaction. Each image has its
    /// own outcome: it stays if the other one, which `unneeded` names, is gone or lacks something of it.
    pub async fn remove_duplicates(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        unneeded: Arc<HashMap<ImageId, UnneededDuplicate>>,
        now: UnixMs,
    ) -> Result<Vec<(ImageId, Result<Option<Original>, CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId| {
                let kind = check_owner(connection, &owner, id)?;
                let unneeded = unneeded.get(id).ok_or(CatalogError::NotFound("image"))?;
                check_unneeded(connection, &owner, unneeded)?;
                remove_one(connection, kind, id, Removal::ToTrash, now)
            };
            for_each_image(ids, one)
        })
        .await
    }

    /// Takes images out of the trash, in one transaction. Each image has its own outcome.
    pub async fn restore(
        &self,
        owner: &OwnerId,
        ids: Vec<ImageId>,
        now: UnixMs,
    ) -> Result<Vec<(ImageId, Result<(), CatalogError>)>, CatalogError> {
        let owner = owner.clone();
        self.write(move |connection| {
            let one = |id: &ImageId| {
                let kind = check_owner(connection, &owner, id)?;
                restore_one(connection, kind, id, now)
            };
            for_each_image(ids, one)
        })
        .await
    }

    /// Returns a profile's images in the trash. With `before`, only those that were removed
    /// before that moment.
    pub async fn trashed(
        &self,
        owner: &OwnerId,
        before: Option<UnixMs>,
    ) -> Result<Vec<ImageId>, CatalogError> {
        let owner = owner.clone();
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM images WHERE owner_id = ?1 AND removed_at IS NOT NULL AND removed_at < ?2",
            )?;
            let before = before.map_or(i64::MAX, |before| before.0);
            let rows = statement.query(params![owner, before])?;
            let read = Read::of(rows, |row| Ok(row.get::<_, ImageId>(0)?))?;
            Ok(read.rows.into_iter().flatten().collect())
        })
        .await
    }

    /// Returns originals whose images were deleted permanently and whose files may still
    /// exist.
    pub async fn unwanted_originals(&self) -> Result<Vec<Original>, CatalogError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT sha256, content_type FROM unwanted_originals")?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(Original { sha256: checksum(row, 0)?, format: row.get::<_, ImageFormat>(1)? });
            }
            Ok(found)
        })
        .await
    }

    /// Calls `purge` for each original that no image uses. Images in the trash count too.
    /// Holds the write lock meanwhile, so that no process can import the same bytes
    /// between the check and the purge.
    pub async fn purge_unreferenced(
        &self,
        originals: Vec<Original>,
        purge: impl Fn(&Original) -> io::Result<()> + Send + 'static,
    ) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for original in &originals {
                let used: bool = connection
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM generated_images WHERE sha256 = ?1)
                             OR EXISTS (SELECT 1 FROM reference_images WHERE sha256 = ?1)",
                    )?
                    .query_row([original.sha256], |row| row.get(0))?;
                if !used {
                    purge(original)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Deletes the records of unwanted originals whose files are gone.
    pub async fn forget_unwanted(&self, originals: Vec<Original>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            for original in &originals {
                connection
                    .prepare_cached("DELETE FROM unwanted_originals WHERE sha256 = ?1")?
                    .execute([original.sha256])?;
            }
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GenerationRow, InTrash, NewImage, NewReference};
    use super::*;
    use crate::model::{ImageFormat, Made, MadeFrom, ObjectKey, Transfer};

    const NOW: UnixMs = UnixMs(1_800_000_000_000);

    async fn an_image(folder: &std::path::Path) -> (Catalog, OwnerId, ImageId) {
        let catalog = Catalog::open(&folder.join("catalog.db")).unwrap();
        let owner = OwnerId::parse("ana").unwrap();
        catalog.ensure_profile(&owner, None, NOW).await.unwrap();
        let id = ImageId::generate();
        let image = NewImage {
            id: id.clone(),
            owner_id: owner.clone(),
            r2_key: ObjectKey::generate(&owner, ImageKind::Reference, ImageFormat::Png, NOW).unwrap(),
            url: None,
            filename: "fox.png".into(),
            format: ImageFormat::Png,
            size_bytes: 3,
            width: 1,
            height: 1,
            fingerprint: None,
            made: Made { at: NOW, from: MadeFrom::Import },
            added_at: NOW,
            modified_at: None,
            notices: Vec::new(),
            sha256: [1; 32],
        };
        let reference =
            NewReference { image, generation: GenerationRow::default(), in_trash: InTrash::Leave };
        catalog.create_references(vec![reference], None, |_| Ok(())).await.unwrap();
        (catalog, owner, id)
    }

    async fn queue(catalog: &Catalog) -> Vec<Transfer> {
        catalog.transfers(10).await.unwrap()
    }

    /// Found by the kill test: the second removal forgot the object that a killed upload had
    /// left in the bucket.
    #[tokio::test]
    async fn an_object_that_a_killed_transfer_may_have_left_is_always_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, owner, id) = an_image(folder.path()).await;
        assert_eq!(catalog.claim_transfers(NOW, NOW, 1, 1).await.unwrap().len(), 1);
        // The program is killed here, and the next one continues.
        catalog.release_interrupted().await.unwrap();
        for _ in 0..3 {
            catalog.remove(&owner, vec![id.clone()], Removal::ToTrash, NOW).await.unwrap();
            let operations: Vec<_> =
                queue(&catalog).await.iter().map(|transfer| transfer.operation).collect();
            assert_eq!(operations, [Operation::Delete]);
            catalog.restore(&owner, vec![id.clone()], NOW).await.unwrap();
            assert_eq!(queue(&catalog).await[0].operation, Operation::Put);
        }
        catalog.remove(&owner, vec![id.clone()], Removal::ToTrash, NOW).await.unwrap();
        assert_eq!(catalog.claim_transfers(NOW, NOW, 1, 1).await.unwrap()[0].operation, Operation::Delete);
        catalog.release_interrupted().await.unwrap();
        // The same in the other direction: the program is killed before the deletion.
        catalog.restore(&owner, vec![id.clone()], NOW).await.unwrap();
        catalog.remove(&owner, vec![id], Removal::Permanent, NOW).await.unwrap();
        assert_eq!(queue(&catalog).await[0].operation, Operation::Delete);
    }

    #[tokio::test]
    async fn an_upload_that_was_never_tried_leaves_nothing_to_delete() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, owner, id) = an_image(folder.path()).await;
        catalog.remove(&owner, vec![id.clone()], Removal::ToTrash, NOW).await.unwrap();
        catalog.restore(&owner, vec![id.clone()], NOW).await.unwrap();
        catalog.remove(&owner, vec![id], Removal::Permanent, NOW).await.unwrap();
        assert!(queue(&catalog).await.is_empty());
    }

    #[tokio::test]
    async fn a_parked_transfer_is_replaced_by_the_one_that_is_wanted_now() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, owner, id) = an_image(folder.path()).await;
        let put = catalog.claim_transfers(NOW, NOW, 1, 1).await.unwrap().remove(0);
        catalog.remove(&owner, vec![id.clone()], Removal::ToTrash, NOW).await.unwrap();
        let park = |id| vec![crate::catalog::PutBack { id, not_before: None, problem: None, revision: None }];
        catalog.put_back_transfers(park(put.id)).await.unwrap();
        let delete = catalog.claim_transfers(NOW, NOW, 1, 1).await.unwrap().remove(0);
        assert_eq!((delete.operation, queue(&catalog).await.len()), (Operation::Delete, 1));

        catalog.restore(&owner, vec![id], NOW).await.unwrap();
        catalog.put_back_transfers(park(delete.id)).await.unwrap();
        let again = catalog.claim_transfers(NOW, NOW, 1, 1).await.unwrap().remove(0);
        assert_eq!((again.operation, again.attempt), (Operation::Put, 2), "it asks before it sends");
    }

    #[tokio::test]
    async fn emptying_the_trash_keeps_what_was_restored_since_the_check() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, owner, id) = an_image(folder.path()).await;
        catalog.remove(&owner, vec![id.clone()], Removal::ToTrash, NOW).await.unwrap();
        let trashed = catalog.trashed(&owner, None).await.unwrap();
        catalog.restore(&owner, vec![id.clone()], NOW).await.unwrap();
        let ever = Removal::FromTrash(UnixMs(i64::MAX));
        let outcome = catalog.remove(&owner, trashed, ever, NOW).await.unwrap().remove(0).1;
        assert!(matches!(outcome, Err(CatalogError::NotFound(_))));
        assert!(catalog.image(&id).await.is_ok());
        catalog.remove(&owner, vec![id.clone()], Removal::ToTrash, NOW).await.unwrap();
        catalog.remove(&owner, vec![id.clone()], ever, NOW).await.unwrap().remove(0).1.unwrap();
        assert!(catalog.image(&id).await.is_err());
    }
}
