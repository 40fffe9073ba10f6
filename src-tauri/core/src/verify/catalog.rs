//! Verifies the catalog itself: whether its file is sound, and whether every
//! image in it can be read.

use super::check::Check;
use super::report::Outcome;
use crate::Error;
use crate::catalog::{DamagedRow, Repaired, check_file};
use crate::model::{Finding, FindingKind, UnixMs};

impl Check<'_> {
    pub(super) async fn look_through_catalog(&mut self) -> Result<(), Error> {
        let cancel = self.cancel.clone();
        let catalog = self.context.stores.catalog.clone();
        let looked = catalog.find_damage(move || !cancel.is_cancelled());
        let (file, rows) = self.unless_cancelled(looked).await?;
        let first = file.first().map(|first| format!("The catalog's file is damaged: {first}."));
        if !self.options.repair {
            if let Some(what) = first {
                let outcome = Outcome::left(format!("{what} `vitrine verify --repair` tries to repair it."));
                self.add(finding(FindingKind::DamagedCatalog, None, outcome));
            }
            for row in rows {
                let detail = format!("The catalog entry of this image is unreadable: {}.", row.what);
                self.add(finding(FindingKind::DamagedRow, Some(row.name), Outcome::left(detail)));
            }
            return Ok(());
        }
        if first.is_some() {
            // A row cannot be changed while an index disagrees with it.
            catalog.build_indexes().await?;
        }
        if !rows.is_empty() {
            self.repair_rows(rows).await?;
        }
        if let Some(what) = first {
            let outcome = if catalog.last_problems().await?.is_empty() {
                Outcome::repaired(format!("{what} It was repaired."))
            } else {
                Outcome::left(format!(
                    "{what} Close Vitrine and run `vitrine recover --from-backup`; nothing is lost."
                ))
            };
            self.add(finding(FindingKind::DamagedCatalog, None, outcome));
        }
        Ok(())
    }

    async fn repair_rows(&mut self, rows: Vec<DamagedRow>) -> Result<(), Error> {
        let backups = self.context.backups.clone();
        let sound = move || {
            let paths = backups.into_iter().map(|backup| backup.path);
            paths.filter(|path| check_file(path).is_ok()).collect()
        };
        let backups = tokio::task::spawn_blocking(sound).await?;
        let catalog = &self.context.stores.catalog;
        for (row, how) in catalog.repair_rows(rows, backups, UnixMs::now()).await? {
            let DamagedRow { name, what, .. } = row;
            let what = format!("The catalog entry of this image was unreadable: {what}.");
            let done = match how {
                Repaired::FromJournal => "It was repaired from the journal.",
                Repaired::FromBackup => {
                    "It was repaired from a backup; the image is unlisted, because a later change of its \
                     visibility may be lost."
                }
                Repaired::Quarantined => "It was removed from the catalog; the picture is imported again.",
            };
            let outcome = Outcome::repaired(format!("{what} {done}"));
            self.add(finding(FindingKind::DamagedRow, Some(name), outcome));
        }
        Ok(())
    }
}

fn finding(kind: FindingKind, filename: Option<String>, outcome: Outcome) -> Finding {
    Finding { kind, id: None, key: None, filename, detail: outcome.detail, repaired: outcome.repaired }
}
