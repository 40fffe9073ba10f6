-- An image has no MD5 until the pass that precedes its first upload. Only a constraint goes, so the
-- text of the tables changes and no row is written again. SQLite's own number of the schema stays: an
-- upgrade is alone with the file, and whoever opens it later reads the text anew.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema
SET sql = replace(sql, 'md5 BLOB NOT NULL CHECK (length(md5) = 16)', 'md5 BLOB CHECK (length(md5) = 16)')
WHERE type = 'table' AND name IN ('generated_images', 'reference_images');
PRAGMA writable_schema = RESET;
