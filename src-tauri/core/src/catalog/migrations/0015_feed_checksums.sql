-- The checksums of the version that the bucket confirmed last; null while none was.
ALTER TABLE feed_files ADD COLUMN sha256 BLOB;
ALTER TABLE feed_files ADD COLUMN md5 BLOB;

-- The outbox is counted by what is uploaded as well, without reading its rows.
DROP INDEX transfers_by_due;
CREATE INDEX transfers_by_due ON transfers (state, not_before, id, operation, size_bytes, kind);
