-- The library's own requests to the bucket, by month in UTC and by R2's class.
CREATE TABLE bucket_usage (
    month TEXT NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('a', 'b', 'free')),
    requests INTEGER NOT NULL,
    PRIMARY KEY (month, class)
) STRICT, WITHOUT ROWID;

-- Addresses of deleted or replaced objects that caches may still have.
CREATE TABLE purges (
    url TEXT NOT NULL PRIMARY KEY,
    queued_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    -- Why the last attempt failed; null before the first.
    problem TEXT,
    -- When caches drop the copy by themselves.
    cached_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX purges_in_order ON purges (attempts, queued_at);
CREATE INDEX purges_by_age ON purges (queued_at);
CREATE INDEX purges_by_end ON purges (cached_until);

-- The addresses beyond the limit of that table, in numbers only.
CREATE TABLE purges_beyond (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    addresses INTEGER NOT NULL,
    cached_until INTEGER NOT NULL
) STRICT;

-- The header of the version that the bucket has; null while none was confirmed.
ALTER TABLE feed_files ADD COLUMN cache_control TEXT;
