-- Whether a picture is veiled until it is wanted. 'yes' and 'no' are the
-- artist's own choice, 'words' comes from the words that the artist listed;
-- null means that nothing marks it.
ALTER TABLE generated_images ADD COLUMN sensitive TEXT CHECK (sensitive IN ('yes', 'no', 'words'));
-- What the public copy of this image shows; null means what the profile says.
ALTER TABLE generated_images ADD COLUMN public_details TEXT CHECK (public_details IN ('show', 'prompt', 'hide'));
-- Whether the public copy keeps place and camera; null means what the profile says.
ALTER TABLE generated_images ADD COLUMN public_camera INTEGER CHECK (public_camera IN (0, 1));

-- Transfers of feed files belong to no table of images: they have no kind, and
-- only those of one picture name an image. Their bytes have a file of their own.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL CHECK (operation IN ('put', 'delete')),
    r2_key TEXT NOT NULL,
    image_id TEXT,
    kind TEXT CHECK (kind IN ('generated', 'reference')),
    owner_id TEXT NOT NULL,
    filename TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'active', 'parked')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    problem_code TEXT,
    problem TEXT,
    created_at INTEGER NOT NULL,
    -- The five below are set for uploads of feed files, and null otherwise. The
    -- last is the digest of what the file was made from.
    content_type TEXT,
    cache_control TEXT,
    sha256 BLOB,
    md5 BLOB,
    print BLOB,
    CHECK (kind IS NULL OR image_id IS NOT NULL)
) STRICT;
INSERT INTO outbox (id, operation, r2_key, image_id, kind, owner_id, filename, size_bytes, state, attempts,
    not_before, problem_code, problem, created_at)
SELECT id, operation, r2_key, image_id, kind, owner_id, filename, size_bytes, state, attempts,
    not_before, problem_code, problem, created_at
FROM transfers;
-- The ids go on where they were: they are part of the catalog's position.
DELETE FROM sqlite_sequence WHERE name = 'outbox';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox', seq FROM sqlite_sequence WHERE name = 'transfers';
DROP TABLE transfers;
ALTER TABLE outbox RENAME TO transfers;
CREATE INDEX transfers_by_state ON transfers (state, id);
CREATE INDEX transfers_by_r2_key ON transfers (r2_key, id);
CREATE INDEX transfers_by_due ON transfers (state, not_before, id, operation, size_bytes);
CREATE INDEX transfers_of_feeds ON transfers (owner_id, state, id) WHERE kind IS NULL;

-- Public copies: what is published in place of an original. A copy is made for
-- certain terms; with other terms it is another copy under another key. There
-- is no reference to the image, because a copy outlives a deleted image until
-- the bucket has let it go.
CREATE TABLE public_copies (
    image_id TEXT NOT NULL,
    -- Digest of the original, what may be shown of it, and the version of the stripper.
    terms BLOB NOT NULL CHECK (length(terms) = 16),
    owner_id TEXT NOT NULL,
    -- Why no copy can be published; null if there is one.
    problem TEXT,
    -- The copy and its two thumbnails, as JSON; null while there is a problem.
    files TEXT,
    -- When the bucket had all three; null while it has not.
    stored_at INTEGER,
    PRIMARY KEY (image_id, terms)
) STRICT, WITHOUT ROWID;
CREATE INDEX public_copies_by_owner ON public_copies (owner_id, image_id, terms, stored_at);

-- Every object of a published feed that the bucket has or may have.
CREATE TABLE feed_files (
    r2_key TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('style', 'copy', 'page', 'list')),
    -- Of copies, thumbnails and pages: their image.
    image_id TEXT,
    -- Of copies and thumbnails: the terms of the copy.
    terms BLOB,
    -- Digest of what the file was made from; null while it is unknown what the bucket has.
    print BLOB,
    size_bytes INTEGER NOT NULL,
    -- When an upload was last confirmed; null while none was.
    written_at INTEGER,
    -- 1 when the object has to go.
    unwanted INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_files_by_role ON feed_files (owner_id, role, image_id);
CREATE INDEX feed_files_unwanted ON feed_files (owner_id) WHERE unwanted = 1;

-- What is no longer public is not sent: whatever changes an image that was
-- public takes the waiting uploads of its profile's feed out of the outbox. The
-- next plan queues what is still wanted.
CREATE TRIGGER generated_images_taken_back
AFTER UPDATE OF visibility, removed_at, sensitive, public_details, public_camera, prompt ON generated_images
WHEN old.visibility = 'public' AND old.removed_at IS NULL
BEGIN
    DELETE FROM transfers
    WHERE owner_id = old.owner_id AND kind IS NULL AND operation = 'put' AND state <> 'active';
END;
CREATE TRIGGER generated_images_deleted_from_feed AFTER DELETE ON generated_images
WHEN old.visibility = 'public'
BEGIN
    DELETE FROM transfers
    WHERE owner_id = old.owner_id AND kind IS NULL AND operation = 'put' AND state <> 'active';
END;
