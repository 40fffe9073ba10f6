-- What this machine does with an original: when it was last opened, and since
-- when the bucket alone has it. No row: here, and not opened since its import.
CREATE TABLE originals (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    opened_at INTEGER,
    freed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX originals_freed ON originals (sha256)
WHERE freed_at IS NOT NULL;
