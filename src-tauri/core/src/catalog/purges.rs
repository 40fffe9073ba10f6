//! Table `purges`: addresses of deleted or replaced objects that caches may still have. A row is
//! written with the confirmation of the bucket, and is deleted when the address was purged or when
//! caches drop the copy by themselves.

use super::{Catalog, CatalogError};
use crate::model::{CachedCopies, ObjectKey, PurgeResult, UnixMs, cached_for};
use rusqlite::{Connection, OptionalExtension, params};

/// The most rows of the table. Older ones become numbers in `purges_beyond`.
const MOST: i64 = 50_000;
/// The setting with the result of the last purge.
const LAST_PURGE: &str = "last_purge";

/// An address that is due for a purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePurge {
    /// The address, as visitors ask for it.
    pub url: String,
    /// When it was queued. A later change of the same object queues it again.
    pub queued_at: UnixMs,
    /// How often a purge of it failed.
    pub attempts: u32,
}

/// What one transaction adds to the table.
pub(super) struct Noting<'a> {
    connection: &'a Connection,
    /// The public address of the bucket; `None` if no bucket is known.
    base: Option<String>,
    now: UnixMs,
    has_added: bool,
}

impl<'a> Noting<'a> {
    pub(super) fn begin(connection: &'a Connection, now: UnixMs) -> Result<Self, CatalogError> {
        let base: Option<String> = connection
            .prepare_cached("SELECT value FROM settings WHERE name = 'public_base'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(Self { connection, base: base.filter(|base| !base.is_empty()), now, has_added: false })
    }

    /// Notes that the object at `key` is gone or is another one now. `cache_control` is the header
    /// of the object that was there.
    pub(super) fn changed(
        &mut self,
        key: &ObjectKey,
        cache_control: Option<&str>,
    ) -> Result<(), CatalogError> {
        let kept = i64::try_from(cached_for(cache_control).as_millis()).unwrap_or(i64::MAX);
        let Some(base) = self.base.as_deref().filter(|_| kept > 0) else { return Ok(()) };
        self.connection
            .prepare_cached(
                "INSERT INTO purges (url, queued_at, cached_until) VALUES (?1, ?2, ?3)
                 ON CONFLICT (url) DO UPDATE SET queued_at = excluded.queued_at, attempts = 0,
                     cached_until = max(cached_until, excluded.cached_until)",
            )?
            .execute(params![address(base, key), self.now, self.now.plus_ms(kept)])?;
        self.has_added = true;
        Ok(())
    }

    /// Notes that the bucket has the same object again that caches may have.
    pub(super) fn is_back(&self, key: &ObjectKey) -> Result<(), CatalogError> {
        let Some(base) = &self.base else { return Ok(()) };
        self.connection.prepare_cached("DELETE FROM purges WHERE url = ?1")?.execute([address(base, key)])?;
        Ok(())
    }

    /// Drops the rows that have expired, and those beyond the limit.
    pub(super) fn end(self) -> Result<(), CatalogError> {
        if self.has_added { limit(self.connection, MOST, self.now) } else { Ok(()) }
    }
}

/// Returns the public address of an object. The characters of a key need no encoding.
fn address(base: &str, key: &ObjectKey) -> String {
    format!("{base}/{key}")
}

fn limit(connection: &Connection, most: i64, now: UnixMs) -> Result<(), CatalogError> {
    connection.prepare_cached("DELETE FROM purges WHERE cached_until <= ?1")?.execute([now])?;
    connection.prepare_cached("DELETE FROM purges_beyond WHERE cached_until <= ?1")?.execute([now])?;
    let rows: i64 =
        connection.prepare_cached("SELECT count(*) FROM purges")?.query_row([], |row| row.get(0))?;
    if rows <= most {
        return Ok(());
    }
    // The moment before which, or at which, the oldest rows were queued.
    let last: i64 = connection
        .prepare_cached("SELECT queued_at FROM purges ORDER BY queued_at LIMIT 1 OFFSET ?1")?
        .query_row([rows - most - 1], |row| row.get(0))?;
    connection
        .prepare_cached(
            "INSERT INTO purges_beyond (id, addresses, cached_until)
             SELECT 1, count(*), max(cached_until) FROM purges WHERE queued_at <= ?1
             ON CONFLICT (id) DO UPDATE SET addresses = addresses + excluded.addresses,
                 cached_until = max(cached_until, excluded.cached_until)",
        )?
        .execute([last])?;
    connection.prepare_cached("DELETE FROM purges WHERE queued_at <= ?1")?.execute([last])?;
    Ok(())
}

impl Catalog {
    /// Returns up to `limit` addresses under the public address `base` that are due: those that
    /// failed least often first, and of these the oldest.
    pub async fn purges_due(
        &self,
        base: String,
        now: UnixMs,
        limit: usize,
    ) -> Result<Vec<DuePurge>, CatalogError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT url, queued_at, attempts FROM purges
                 WHERE not_before <= ?1 AND cached_until > ?1 AND substr(url, 1, length(?2)) = ?2
                 ORDER BY attempts, queued_at LIMIT ?3",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let due = statement.query_map(params![now, format!("{base}/"), limit], |row| {
                Ok(DuePurge { url: row.get(0)?, queued_at: row.get(1)?, attempts: row.get(2)? })
            })?;
            Ok(due.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Returns the earliest moment after `now` at which an address that was held is due; `None` if none
    /// is held.
    pub async fn next_purge_at(&self, now: UnixMs) -> Result<Option<UnixMs>, CatalogError> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached("SELECT min(not_before) FROM purges WHERE not_before > ?1")?
                .query_row([now], |row| row.get(0))?)
        })
        .await
    }

    /// Deletes the rows of addresses that were purged, unless their objects changed again meanwhile.
    pub async fn note_purged(&self, purged: Vec<DuePurge>) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut delete =
                connection.prepare_cached("DELETE FROM purges WHERE url = ?1 AND queued_at = ?2")?;
            for DuePurge { url, queued_at, .. } in purged {
                delete.execute(params![url, queued_at])?;
            }
            Ok(())
        })
        .await
    }

    /// Notes that a purge of these addresses failed, and holds all addresses until `not_before`.
    pub async fn note_purge_failed(
        &self,
        failed: Vec<DuePurge>,
        problem: String,
        not_before: UnixMs,
    ) -> Result<(), CatalogError> {
        self.write(move |connection| {
            let mut update = connection
                .prepare_cached("UPDATE purges SET attempts = attempts + 1, problem = ?2 WHERE url = ?1")?;
            for DuePurge { url, .. } in failed {
                update.execute(params![url, problem])?;
            }
            connection.prepare_cached("UPDATE purges SET not_before = ?1")?.execute([not_before])?;
            Ok(())
        })
        .await
    }

    /// Makes addresses due now that are held until after `latest`.
    pub async fn release_purges(&self, latest: UnixMs) -> Result<(), CatalogError> {
        self.write(move |connection| {
            connection.execute("UPDATE purges SET not_before = 0 WHERE not_before > ?1", [latest])?;
            Ok(())
        })
        .await
    }

    /// Saves how a purge ended.
    pub async fn set_last_purge(&self, result: &PurgeResult) -> Result<(), CatalogError> {
        let text = serde_json::to_string(result)
            .map_err(|_| CatalogError::Invalid("the result of a purge cannot be stored".into()))?;
        self.set_setting(LAST_PURGE, text).await
    }

    /// Returns what caches may still have, without saying whether it is purged.
    pub async fn cached_copies(&self, now: UnixMs) -> Result<CachedCopies, CatalogError> {
        let last_purge = self.setting(LAST_PURGE).await?;
        let (addresses, until) = self
            .read(move |connection| {
                Ok(connection
                    .prepare_cached(
                        "SELECT sum(addresses), max(cached_until) FROM (
                             SELECT count(*) AS addresses, max(cached_until) AS cached_until
                             FROM purges WHERE cached_until > ?1
                             UNION ALL
                             SELECT addresses, cached_until FROM purges_beyond WHERE cached_until > ?1)",
                    )?
                    .query_row([now], |row| Ok((row.get(0)?, row.get(1)?)))?)
            })
            .await?;
        let last_purge = last_purge.and_then(|text| serde_json::from_str(&text).ok());
        Ok(CachedCopies { purges: false, addresses, until, last_purge })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{FeedPut, FeedRole};
    use crate::model::{ORIGINAL_CACHE_CONTROL, OwnerId};

    const NOW: UnixMs = UnixMs(1_000_000);
    const YEAR_MS: i64 = 365 * 86_400_000;
    const BASE: &str = "https://art.example.com";

    async fn a_catalog(folder: &std::path::Path) -> (Catalog, Connection) {
        let path = folder.join("catalog.db");
        let catalog = Catalog::open(&path).unwrap();
        catalog.set_setting("public_base", BASE.to_owned()).await.unwrap();
        (catalog, Connection::open(&path).unwrap())
    }

    fn key(name: &str) -> ObjectKey {
        ObjectKey::parse(&format!("generated/ana/{name}.png")).unwrap()
    }

    fn change(connection: &Connection, names: &[&str], header: &str, now: UnixMs) {
        let mut noting = Noting::begin(connection, now).unwrap();
        for name in names {
            noting.changed(&key(name), Some(header)).unwrap();
        }
        noting.end().unwrap();
    }

    async fn due(catalog: &Catalog, now: UnixMs) -> Vec<DuePurge> {
        catalog.purges_due(BASE.to_owned(), now, 10).await.unwrap()
    }

    #[tokio::test]
    async fn caches_keep_a_copy_as_long_as_its_header_says() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        change(&connection, &["a"], ORIGINAL_CACHE_CONTROL, NOW);
        change(&connection, &["b"], "public, max-age=60", NOW);
        change(&connection, &["c"], "no-cache", NOW);
        let copies = catalog.cached_copies(NOW).await.unwrap();
        assert_eq!((copies.addresses, copies.until), (2, Some(NOW.plus_ms(YEAR_MS))));
        let later = NOW.plus_ms(60_000);
        assert_eq!(catalog.cached_copies(later).await.unwrap().addresses, 1);
        let urls: Vec<_> = due(&catalog, later).await.into_iter().map(|purge| purge.url).collect();
        assert_eq!(urls, [format!("{BASE}/generated/ana/a.png")]);
        let much_later = catalog.cached_copies(NOW.plus_ms(YEAR_MS)).await.unwrap();
        assert_eq!((much_later.addresses, much_later.until), (0, None));
    }

    #[tokio::test]
    async fn an_object_that_is_back_needs_no_purge() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        change(&connection, &["a", "b"], ORIGINAL_CACHE_CONTROL, NOW);
        Noting::begin(&connection, NOW).unwrap().is_back(&key("a")).unwrap();
        assert_eq!(due(&catalog, NOW).await.len(), 1);
    }

    #[tokio::test]
    async fn an_object_that_changes_during_its_purge_is_purged_again() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        change(&connection, &["a", "b"], ORIGINAL_CACHE_CONTROL, NOW);
        let sent = due(&catalog, NOW).await;
        change(&connection, &["a"], ORIGINAL_CACHE_CONTROL, NOW.plus_ms(1));
        catalog.note_purged(sent).await.unwrap();
        let left = due(&catalog, NOW.plus_ms(1)).await;
        assert_eq!(left.len(), 1);
        assert!(left[0].url.ends_with("/a.png"));
    }

    #[tokio::test]
    async fn addresses_that_failed_come_after_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        change(&connection, &["a"], ORIGINAL_CACHE_CONTROL, NOW);
        change(&connection, &["b"], ORIGINAL_CACHE_CONTROL, NOW.plus_ms(1));
        let first = due(&catalog, NOW).await.into_iter().take(1).collect::<Vec<_>>();
        assert!(first[0].url.ends_with("/a.png"));
        let hold = NOW.plus_ms(5_000);
        catalog.note_purge_failed(first, "busy".to_owned(), hold).await.unwrap();
        assert!(due(&catalog, NOW).await.is_empty());
        assert_eq!(catalog.next_purge_at(NOW).await.unwrap(), Some(hold));
        let later = due(&catalog, hold).await;
        assert!(later[0].url.ends_with("/b.png"));
        assert_eq!(later[1].attempts, 1);
        catalog.release_purges(NOW).await.unwrap();
        assert_eq!(due(&catalog, NOW).await.len(), 2);
        assert_eq!(catalog.next_purge_at(NOW).await.unwrap(), None);
    }

    #[tokio::test]
    async fn addresses_beyond_the_limit_are_only_counted() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        for (number, name) in (0_i64..).zip(["a", "b", "c", "d", "e"]) {
            change(&connection, &[name], ORIGINAL_CACHE_CONTROL, NOW.plus_ms(number));
        }
        for most in [3, 2] {
            limit(&connection, most, NOW).unwrap();
            assert_eq!(due(&catalog, NOW).await.len(), usize::try_from(most).unwrap());
            assert_eq!(catalog.cached_copies(NOW).await.unwrap().addresses, 5);
        }
        // Their copies expire like the others.
        limit(&connection, 2, NOW.plus_ms(YEAR_MS + 2)).unwrap();
        assert_eq!(catalog.cached_copies(NOW.plus_ms(YEAR_MS + 2)).await.unwrap().addresses, 2);
    }

    #[tokio::test]
    async fn only_addresses_of_the_connected_bucket_are_due() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, connection) = a_catalog(folder.path()).await;
        change(&connection, &["a"], ORIGINAL_CACHE_CONTROL, NOW);
        for other in ["https://art.example.co", "https://other.example.com"] {
            assert!(catalog.purges_due(other.to_owned(), NOW, 10).await.unwrap().is_empty(), "{other}");
        }
        catalog.set_setting("public_base", String::new()).await.unwrap();
        change(&connection, &["b"], ORIGINAL_CACHE_CONTROL, NOW);
        assert_eq!(catalog.cached_copies(NOW).await.unwrap().addresses, 1);
    }

    /// Returns a feed file with this header.
    fn feed_put(name: &str, header: &str, version: u8) -> FeedPut {
        FeedPut {
            key: ObjectKey::parse(&format!("feed/ana/{name}")).unwrap(),
            role: FeedRole::Style,
            image: None,
            terms: None,
            print: [version; 16],
            name: name.to_owned(),
            content_type: "image/png".to_owned(),
            cache_control: header.to_owned(),
            size_bytes: 1,
            sha256: [version; 32],
            md5: [version; 16],
        }
    }

    /// Carries out everything that is queued, as if the bucket confirmed it.
    async fn carry_out(catalog: &Catalog, now: UnixMs) {
        let claimed = catalog.claim_transfers(now, now.plus_ms(60_000), 10, 10).await.unwrap();
        assert!(!claimed.is_empty());
        catalog.confirm_transfers(claimed, now).await.unwrap();
    }

    #[tokio::test]
    async fn replaced_and_deleted_feed_files_are_purged_if_caches_may_have_them() {
        let folder = tempfile::tempdir().unwrap();
        let (catalog, _) = a_catalog(folder.path()).await;
        let owner = OwnerId::parse("ana").unwrap();
        catalog.ensure_profile(&owner, None, NOW).await.unwrap();
        let files = |version| {
            vec![
                feed_put("a.png", "public, max-age=60", version),
                feed_put("index.html", "no-cache", version),
            ]
        };
        assert!(catalog.queue_feed_puts(&owner, 0, files(1), NOW).await.unwrap());
        carry_out(&catalog, NOW).await;
        assert!(due(&catalog, NOW).await.is_empty(), "no cache has an older version");

        let later = NOW.plus_ms(10_000);
        assert!(catalog.queue_feed_puts(&owner, 0, files(2), later).await.unwrap());
        carry_out(&catalog, later).await;
        let replaced = due(&catalog, later).await;
        assert_eq!(replaced.len(), 1);
        assert_eq!(replaced[0].url, format!("{BASE}/feed/ana/a.png"));
        assert_eq!(catalog.cached_copies(later).await.unwrap().until, Some(later.plus_ms(60_000)));
        catalog.note_purged(replaced).await.unwrap();

        let last = later.plus_ms(10_000);
        let keys = files(2).into_iter().map(|put| put.key).collect();
        assert!(catalog.queue_feed_deletions(&owner, keys, last).await.unwrap());
        carry_out(&catalog, last).await;
        let deleted: Vec<_> = due(&catalog, last).await.into_iter().map(|purge| purge.url).collect();
        assert_eq!(deleted, [format!("{BASE}/feed/ana/a.png")]);
    }
}
