//! Originals that belong to no image, because a row was lost, an import was
//! killed, or an image was removed.

use super::check::Check;
use super::report::Outcome;
use crate::Error;
use crate::catalog::{Fate, Original};
use crate::import::{self, ImportEvent, ImportRequest, ReadLimits};
use crate::model::{Finding, FindingKind, ImageFormat, ImageId, ImportChoices, ImportTarget, Source, UnixMs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// An original younger than this may be about to become an image, so it is not
/// deleted.
const YOUNG: Duration = Duration::from_mins(10);

impl Check<'_> {
    pub(super) async fn look_for_unknown_originals(&mut self) -> Result<(), Error> {
        for shard in 0..=u8::MAX {
            if self.cancel.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let originals = Arc::clone(&self.context.stores.originals);
            let files = tokio::task::spawn_blocking(move || originals.in_shard(shard)).await?;
            let files = files.map_err(Error::Folder)?;
            let catalog = &self.context.stores.catalog;
            let unknown = catalog.unknown_originals(files.iter().map(|(hash, _)| *hash).collect()).await?;
            if unknown.is_empty() {
                continue;
            }
            let told = if self.options.repair {
                let backups = self.context.backups.iter().map(|backup| backup.path.clone()).collect();
                catalog.revive(unknown, backups, UnixMs::now()).await?
            } else {
                catalog.fates(unknown).await?
            };
            for (hash, fate) in told {
                let Some((_, path)) = files.iter().find(|(known, _)| *known == hash) else { continue };
                let (id, outcome) = self.repair_unknown_original(hash, path, fate).await?;
                self.changed.extend(id.clone());
                self.add(Finding {
                    kind: FindingKind::UnknownOriginal,
                    id,
                    key: None,
                    filename: path.file_name().map(|name| name.to_string_lossy().into_owned()),
                    detail: outcome.detail,
                    repaired: outcome.repaired,
                });
            }
        }
        Ok(())
    }

    async fn repair_unknown_original(
        &self,
        hash: [u8; 32],
        path: &Path,
        fate: Fate,
    ) -> Result<(Option<ImageId>, Outcome), Error> {
        let what = "No image uses this original.";
        let outcome = match (fate, self.options.repair) {
            (Fate::Untold, false) => Outcome::left(what),
            (Fate::Revived, false) => Outcome::left(format!("{what} The journal contains its details.")),
            (Fate::Deleted, false) => Outcome::left(format!("{what} Its image was deleted permanently.")),
            (Fate::Revived, true) => {
                Outcome::repaired(format!("{what} Its image was restored with its details."))
            }
            (Fate::Deleted, true) => self.delete_original(hash, path, what).await?,
            (Fate::Untold, true) => return self.import_original(hash, path, what).await,
        };
        Ok((None, outcome))
    }

    async fn delete_original(&self, sha256: [u8; 32], path: &Path, what: &str) -> Result<Outcome, Error> {
        let what = format!("{what} Its image was deleted permanently.");
        let extension = path.extension().and_then(|extension| extension.to_str());
        let format = extension.and_then(ImageFormat::from_extension);
        let written = std::fs::metadata(path).and_then(|file| file.modified());
        let is_young = written
            .map_or(true, |written| SystemTime::now().duration_since(written).is_ok_and(|age| age < YOUNG));
        let Some(format) = format.filter(|_| !is_young) else {
            return Ok(Outcome::left(format!("{what} The file is new, so it is left alone for now.")));
        };
        let originals = Arc::clone(&self.context.stores.originals);
        let purge = move |original: &Original| originals.remove(&original.sha256, original.format);
        self.context.stores.catalog.purge_unreferenced(vec![Original { sha256, format }], purge).await?;
        Ok(Outcome::repaired(format!("{what} The file was deleted, too.")))
    }

    /// Imports an original about which nothing else is known.
    async fn import_original(
        &self,
        hash: [u8; 32],
        path: &Path,
        what: &str,
    ) -> Result<(Option<ImageId>, Outcome), Error> {
        let filename = self.context.stores.catalog.quarantined_name(hash).await?;
        let request = ImportRequest {
            owner: self.context.owner.clone(),
            target: ImportTarget::HISTORY,
            choices: ImportChoices::UNASKED,
            public_base: self.context.public_base.clone(),
            zone: self.context.zone.clone(),
            limits: ReadLimits { max_bytes: u64::MAX, ..self.context.limits },
            workers: None,
        };
        let (stores, path, cancel) = (self.context.stores.clone(), path.to_owned(), self.cancel.clone());
        let imported = tokio::task::spawn_blocking(move || {
            let mut imported = None;
            let source = source(path, filename)?;
            import::run(&stores, vec![source], &request, &cancel, &mut |event| {
                if let ImportEvent::File(file) = event {
                    imported = Some((file.id.clone(), file.rejection.clone()));
                }
            });
            Ok::<_, std::io::Error>(imported)
        })
        .await?;
        Ok(match imported {
            Ok(Some((Some(id), _))) => {
                let said = format!("{what} It is now an unlisted image in your history.");
                (Some(id), Outcome::repaired(said))
            }
            Ok(Some((None, Some(rejection)))) => {
                (None, Outcome::left(format!("{what} It cannot be imported: {}", rejection.sentence)))
            }
            Ok(_) => return Err(Error::Cancelled),
            Err(error) => (None, Outcome::left(format!("{what} It cannot be read: {error}."))),
        })
    }
}

/// Returns the source for an import of an original, under the name that its
/// image had, if that is known.
fn source(path: PathBuf, filename: Option<String>) -> std::io::Result<Source> {
    Ok(match filename {
        Some(filename) => Source::Bytes { filename, bytes: std::fs::read(&path)? },
        None => Source::Path(path),
    })
}
