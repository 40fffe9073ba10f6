-- Changes that the journal beside the catalog still has to hear of. The
-- sequence counts every change there ever was: it is the catalog's position.
-- Filled by triggers of each connection that writes, see catalog/journal.
CREATE TABLE journal_pending (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The table and the primary key of the row, as a JSON array.
    item TEXT NOT NULL,
    key TEXT NOT NULL
) STRICT;

-- A catalog that is older than its journal does not begin at zero: the journal
-- alone cannot bring back what it never heard of.
INSERT INTO journal_pending (item, key) SELECT 'upgrade', '[]' WHERE EXISTS (SELECT 1 FROM users);
DELETE FROM journal_pending;

-- Originals of images that were deleted permanently: their files are to go.
-- A row goes after its file.
CREATE TABLE unwanted_originals (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    content_type TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows that could not be read, as they were found.
CREATE TABLE quarantine (
    item TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    contents TEXT NOT NULL
) STRICT;
