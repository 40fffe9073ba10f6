//! What is done about each finding. Nothing is overwritten or deleted unless
//! another whole copy certainly exists, or a person asked for exactly that.

use super::check::Check;
use super::report::Outcome;
use crate::Error;
use crate::bucket::{Bucket, ErrorClass, ListedObject, Presence};
use crate::catalog::AuditRow;
use crate::files::Condition;
use crate::import::{self, ImportRequest, from_bytes};
use crate::model::{
    Depth, FindingKind, ImageId, ImportChoices, ImportTarget, KeyOrigin, ObjectKey, UnixMs, UnknownObjects,
};
use crate::transfer::{FetchError, fetch_original};

impl Check<'_> {
    pub(super) async fn repair_object(
        &mut self,
        row: &AuditRow,
        difference: FindingKind,
        presence: Presence,
    ) -> Result<Outcome, Error> {
        match difference {
            FindingKind::DifferentObject => Ok(different(row, presence)),
            FindingKind::RemovedObject => self.delete_again(row).await,
            FindingKind::MissingObject => self.upload_missing(row).await,
            _ => {
                let what = "The bucket has the object, but its upload was never confirmed.";
                if !self.options.repair {
                    return Ok(Outcome::left(what));
                }
                self.upload_again(row, format!("{what} It will be confirmed.")).await
            }
        }
    }

    async fn upload_missing(&mut self, row: &AuditRow) -> Result<Outcome, Error> {
        let what = "The object is missing in the bucket.";
        if !self.options.repair {
            return Ok(Outcome::left(what));
        }
        let whole = self.condition(row, Depth::Hash).await? == Condition::Whole;
        let said = match (whole, row.removed) {
            (_, true) => format!("{what} The image is in the trash, so nothing is missing."),
            (true, false) => format!("{what} It will be uploaded again."),
            (false, false) => format!("{what} The original on this disk is damaged or missing too."),
        };
        let outcome = self.upload_again(row, said).await?;
        Ok(Outcome { repaired: outcome.repaired && (whole || row.removed), ..outcome })
    }

    async fn upload_again(&mut self, row: &AuditRow, said: String) -> Result<Outcome, Error> {
        if self.context.stores.catalog.upload_again(row.kind, &row.key, UnixMs::now()).await? {
            self.changed.push(row.id.clone());
            return Ok(Outcome::repaired(said));
        }
        Ok(Outcome::left("It changed meanwhile; verify again."))
    }

    async fn delete_again(&mut self, row: &AuditRow) -> Result<Outcome, Error> {
        let what = "The image is in the trash, but its object is still in the bucket.";
        if !self.options.repair {
            return Ok(Outcome::left(what));
        }
        if self.context.stores.catalog.delete_again(row.kind, &row.key, UnixMs::now()).await? {
            return Ok(Outcome::repaired(format!("{what} It will be deleted.")));
        }
        Ok(Outcome::left("It changed meanwhile; verify again."))
    }

    /// Downloads an original from the bucket. A damaged one keeps its place
    /// until a whole one is durable.
    pub(super) async fn repair_original(
        &mut self,
        row: &AuditRow,
        condition: Condition,
    ) -> Result<Outcome, Error> {
        let what = match condition {
            Condition::Unreadable(kind) => {
                return Ok(Outcome::left(format!("The original cannot be read: {kind}.")));
            }
            Condition::Missing => "The original is not on this disk.",
            Condition::Whole | Condition::Damaged => "The original on this disk is not the imported file.",
        };
        let copies = self.context.stores.catalog.stored_copies(row.sha256).await?;
        let Some(bucket) = self.context.bucket.as_ref().filter(|_| !copies.is_empty()) else {
            return Ok(Outcome::left(format!("{what} There is no other known copy.")));
        };
        if !self.options.repair {
            return Ok(Outcome::left(what));
        }
        let mut why = String::new();
        for key in copies {
            match self.fetch(bucket, row, &key).await? {
                Ok(()) => {
                    self.changed.push(row.id.clone());
                    return Ok(Outcome::repaired(format!("{what} It was restored from the bucket.")));
                }
                Err(reason) => why = reason,
            }
        }
        Ok(Outcome::left(format!("{what} It could not be restored: {why}.")))
    }

    /// Downloads an original. Returns the reason if that fails, unless the
    /// failure ends the whole verification.
    async fn fetch(
        &self,
        bucket: &Bucket,
        row: &AuditRow,
        key: &ObjectKey,
    ) -> Result<Result<(), String>, Error> {
        let (catalog, originals) = (&self.context.stores.catalog, &self.context.stores.originals);
        let fetched =
            fetch_original(bucket, catalog, originals, key, &row.sha256, row.format, row.size_bytes);
        tokio::select! {
            () = self.cancel.cancelled() => Err(Error::Cancelled),
            fetched = Box::pin(fetched) => match fetched {
                Ok(()) => Ok(Ok(())),
                Err(FetchError::Bucket(error)) if error.class != ErrorClass::Rejected => Err(error.into()),
                Err(error) => Ok(Err(error.to_string())),
            },
        }
    }

    pub(super) async fn repair_unknown(
        &mut self,
        key: &ObjectKey,
        object: &ListedObject,
    ) -> Result<(Option<ImageId>, Outcome), Error> {
        let Some(bucket) = &self.context.bucket else { return Err(Error::Internal) };
        match self.options.unknown {
            UnknownObjects::Report => Ok((None, Outcome::left("No image has this object."))),
            UnknownObjects::Delete => {
                self.unless_cancelled(bucket.delete_image(key)).await?;
                Ok((None, Outcome::repaired("No image had this object. It was deleted.")))
            }
            UnknownObjects::Adopt => match self.adopt(bucket, key, object).await? {
                Ok(id) => {
                    self.changed.push(id.clone());
                    Ok((Some(id), Outcome::repaired("No image had this object. It is an image now.")))
                }
                Err(reason) => Ok((
                    None,
                    Outcome::left(format!("No image has this object, and it cannot be imported: {reason}")),
                )),
            },
        }
    }

    /// Imports an object as an image with its existing key. The image's transfer
    /// finds the object there and confirms it. Returns the reason if it cannot
    /// be imported.
    async fn adopt(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        object: &ListedObject,
    ) -> Result<Result<ImageId, String>, Error> {
        let Some(origin) = key.origin() else {
            return Ok(Err("its name does not contain a profile.".into()));
        };
        if object.size_bytes > self.context.limits.max_bytes {
            return Ok(Err("it is over the import limit.".into()));
        }
        let Some(bytes) = self.unless_cancelled(download(bucket, key, object.size_bytes)).await? else {
            return Ok(Err("it changed meanwhile.".into()));
        };
        let (filename, limits) = (origin.filename.clone(), self.context.limits);
        let read = tokio::task::spawn_blocking(move || from_bytes(&filename, bytes, &limits)).await?;
        let source = match read {
            Ok(source) => source,
            Err(rejection) => return Ok(Err(rejection.sentence)),
        };
        let catalog = &self.context.stores.catalog;
        let known = catalog.image_of_content(&origin.owner, origin.kind, source.sha256).await?;
        if known.is_some() {
            return Ok(Err("the profile has the same picture under another address.".into()));
        }
        catalog.ensure_profile(&origin.owner, None, UnixMs::now()).await?;
        let request = self.adoption(&origin);
        let (stores, key) = (self.context.stores.clone(), key.clone());
        let adopted =
            tokio::task::spawn_blocking(move || import::adopt(&stores, source, &key, &request)).await?;
        Ok(adopted.map_err(|rejection| rejection.sentence))
    }

    fn adoption(&self, origin: &KeyOrigin) -> ImportRequest {
        ImportRequest {
            owner: origin.owner.clone(),
            target: ImportTarget::of(origin.kind),
            choices: ImportChoices::UNASKED,
            public_base: self.context.public_base.clone(),
            zone: self.context.zone.clone(),
            limits: self.context.limits,
            workers: None,
        }
    }
}

fn different(row: &AuditRow, presence: Presence) -> Outcome {
    Outcome::left(match presence {
        Presence::Other { size_bytes } if size_bytes != row.size_bytes => {
            format!("The object has {size_bytes} bytes, the image {}. It was not changed.", row.size_bytes)
        }
        _ => "The content of the object differs from the image. It was not changed.".to_owned(),
    })
}

/// Returns an object if it has exactly this size; `None` if it is missing or has
/// changed.
async fn download(bucket: &Bucket, key: &ObjectKey, size_bytes: u64) -> Result<Option<Vec<u8>>, Error> {
    let Some(mut download) = Box::pin(bucket.download_image(key)).await? else { return Ok(None) };
    let mut bytes = Vec::new();
    while let Some(piece) = download.next_piece().await? {
        bytes.extend_from_slice(&piece);
        if bytes.len() as u64 > size_bytes {
            return Ok(None);
        }
    }
    Ok((bytes.len() as u64 == size_bytes).then_some(bytes))
}
