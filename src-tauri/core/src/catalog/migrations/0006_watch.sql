-- Folders outside the library whose new pictures join a profile's history.
CREATE TABLE watched_folders (
    id INTEGER NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users (id),
    path TEXT NOT NULL,
    -- Patterns of what is passed over, a JSON array.
    ignored TEXT NOT NULL,
    -- 0 while it is found out what lies there already.
    is_ready INTEGER NOT NULL DEFAULT 0,
    -- 1 until it was said whether what lay there is wanted.
    is_offered INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    UNIQUE (owner_id, path)
) STRICT;

-- What was dealt with of a watched folder: a file by the hash of its place in
-- it, and how it was then. Another size or time makes it a new file.
CREATE TABLE watched_files (
    folder_id INTEGER NOT NULL REFERENCES watched_folders (id) ON DELETE CASCADE,
    file BLOB NOT NULL,
    size INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    -- 1 when it lay there before the folder was watched.
    lay_there INTEGER NOT NULL,
    PRIMARY KEY (folder_id, file)
) STRICT, WITHOUT ROWID;
