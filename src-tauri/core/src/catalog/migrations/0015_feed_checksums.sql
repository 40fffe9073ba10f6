-- The checksums of the version that the bucket confirmed last; null while none was.
ALTER TABLE feed_files ADD COLUMN sha256 BLOB;
ALTER TABLE feed_files ADD COLUMN md5 BLOB;
