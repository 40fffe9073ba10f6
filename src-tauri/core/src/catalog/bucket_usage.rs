//! Table `bucket_usage`: the library's own requests to the bucket, by month and class. Also sums up
//! what the bucket has.

use super::columns::signed;
use super::{Catalog, CatalogError};
use crate::model::{Bytes, Month, RequestClass};
use rusqlite::params;

/// How many months before the current one are kept.
const MONTHS_BEFORE: u8 = 12;

const STORED: &str = "
    SELECT coalesce(sum(size_bytes), 0), count(*) FROM (
        SELECT size_bytes FROM generated_images WHERE stored_at IS NOT NULL
        UNION ALL SELECT size_bytes FROM reference_images WHERE stored_at IS NOT NULL
        UNION ALL SELECT size_bytes FROM feed_files WHERE written_at IS NOT NULL)";

/// The objects that the bucket confirmed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoredObjects {
    /// Their total size.
    pub size_bytes: Bytes,
    /// How many there are.
    pub objects: u32,
}

impl Catalog {
    /// Adds requests to their months, and drops all months but the last 13.
    pub async fn add_requests(
        &self,
        counted: Vec<(Month, RequestClass, u64)>,
        now: Month,
    ) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut add = connection.prepare_cached(
                "INSERT INTO bucket_usage (month, class, requests) VALUES (?1, ?2, ?3)
                 ON CONFLICT (month, class) DO UPDATE SET requests = requests + excluded.requests",
            )?;
            for (month, class, requests) in counted {
                add.execute(params![month.to_string(), class.as_str(), signed(requests)])?;
            }
            // A wrong clock may have counted in a month that has not come yet.
            connection
                .prepare_cached("DELETE FROM bucket_usage WHERE month < ?1 OR month > ?2")?
                .execute([now.minus(MONTHS_BEFORE).to_string(), now.to_string()])?;
            Ok(())
        })
        .await
    }

    /// Returns how many requests were sent in a month, by class.
    pub async fn requests_in(&self, month: Month) -> Result<Vec<(RequestClass, u64)>, CatalogError> {
        self.read(move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT class, requests FROM bucket_usage WHERE month = ?1")?;
            let mut rows = statement.query([month.to_string()])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (class, requests): (String, i64) = (row.get(0)?, row.get(1)?);
                let requests = u64::try_from(requests).unwrap_or_default();
                found.extend(RequestClass::from_name(&class).map(|class| (class, requests)));
            }
            Ok(found)
        })
        .await
    }

    /// Sums up the objects that the bucket confirmed, of all profiles.
    pub async fn stored_objects(&self) -> Result<StoredObjects, CatalogError> {
        self.read(|connection| {
            Ok(connection.prepare_cached(STORED)?.query_row([], |row| {
                let size: i64 = row.get(0)?;
                Ok(StoredObjects { size_bytes: Bytes(size.unsigned_abs()), objects: row.get(1)? })
            })?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UnixMs;

    #[tokio::test]
    async fn requests_add_up_and_only_thirteen_months_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&folder.path().join("catalog.db")).unwrap();
        let now = Month::of(UnixMs(1_796_083_200_000));
        let (oldest, too_old) = (now.minus(12), now.minus(13));
        let mut counted: Vec<_> =
            [now, oldest, too_old].into_iter().map(|month| (month, RequestClass::A, 2)).collect();
        counted.push((now, RequestClass::Free, 7));
        catalog.add_requests(counted, now).await.unwrap();
        catalog.add_requests(vec![(now, RequestClass::A, 3)], now).await.unwrap();
        let mut of_now = catalog.requests_in(now).await.unwrap();
        of_now.sort_unstable();
        assert_eq!(of_now, [(RequestClass::A, 5), (RequestClass::Free, 7)]);
        assert_eq!(catalog.requests_in(oldest).await.unwrap(), [(RequestClass::A, 2)]);
        assert_eq!(catalog.requests_in(too_old).await.unwrap(), []);
        // After the clock was set back, the months after it go.
        catalog.add_requests(Vec::new(), oldest).await.unwrap();
        assert_eq!(catalog.requests_in(now).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_new_library_has_nothing_in_its_bucket() {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&folder.path().join("catalog.db")).unwrap();
        assert_eq!(catalog.stored_objects().await.unwrap(), StoredObjects::default());
    }
}
