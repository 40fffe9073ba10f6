-- A plan of a feed reads a few columns of every file: with all of them, the index is enough.
DROP INDEX feed_files_by_role;
CREATE INDEX feed_files_by_role ON feed_files
    (owner_id, role, image_id, terms, unwanted, print, written_at, size_bytes);
