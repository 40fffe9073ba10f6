-- Who made what: local artist profiles.
CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT,
    email TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE generated_images (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users (id),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted')),
    r2_key TEXT NOT NULL,
    url TEXT,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    prompt TEXT NOT NULL DEFAULT '',
    negative_prompt TEXT,
    model TEXT NOT NULL DEFAULT 'unknown',
    -- The full range of u64 and -1 for "random": a decimal string loses nothing.
    seed TEXT,
    created_at INTEGER NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    md5 BLOB NOT NULL CHECK (length(md5) = 16),
    -- When the bucket confirmed our bytes; null while it has not.
    stored_at INTEGER,
    -- When the image went to the trash; null while it has not.
    removed_at INTEGER
) STRICT;

-- With all that lays an image out, so that a view of a million reads nothing else.
CREATE INDEX generated_images_by_owner
ON generated_images (owner_id, created_at, id, width, height, visibility)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_visibility
ON generated_images (visibility, created_at, id, width, height)
WHERE removed_at IS NULL;
CREATE UNIQUE INDEX generated_images_by_r2_key ON generated_images (r2_key);
CREATE UNIQUE INDEX generated_images_by_content ON generated_images (owner_id, sha256);
CREATE INDEX generated_images_by_hash ON generated_images (sha256);
CREATE INDEX generated_images_in_trash ON generated_images (owner_id, removed_at, id)
WHERE removed_at IS NOT NULL;
CREATE INDEX generated_images_not_stored ON generated_images (id)
WHERE stored_at IS NULL AND removed_at IS NULL;

-- Bulky, rarely read: kept out of the rows that pages touch. Deflated JSON.
CREATE TABLE generation_params (
    image_id TEXT NOT NULL PRIMARY KEY REFERENCES generated_images (id) ON DELETE CASCADE,
    params BLOB NOT NULL
) STRICT;

-- The artist's own material: always unlisted, so there is no visibility here.
CREATE TABLE reference_images (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users (id),
    r2_key TEXT NOT NULL,
    url TEXT,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    width INTEGER,
    height INTEGER,
    created_at INTEGER NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    md5 BLOB NOT NULL CHECK (length(md5) = 16),
    stored_at INTEGER,
    removed_at INTEGER
) STRICT;

CREATE INDEX reference_images_by_owner
ON reference_images (owner_id, created_at, id, width, height)
WHERE removed_at IS NULL;
CREATE UNIQUE INDEX reference_images_by_r2_key ON reference_images (r2_key);
CREATE UNIQUE INDEX reference_images_by_content ON reference_images (owner_id, sha256);
CREATE INDEX reference_images_by_hash ON reference_images (sha256);
CREATE INDEX reference_images_in_trash ON reference_images (owner_id, removed_at, id)
WHERE removed_at IS NOT NULL;
CREATE INDEX reference_images_not_stored ON reference_images (id)
WHERE stored_at IS NULL AND removed_at IS NULL;

CREATE TABLE galleries (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX galleries_by_owner ON galleries (owner_id, name);

CREATE TABLE gallery_images (
    gallery_id TEXT NOT NULL REFERENCES galleries (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    image_id TEXT NOT NULL REFERENCES reference_images (id) ON DELETE CASCADE,
    PRIMARY KEY (gallery_id, created_at, image_id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX gallery_images_by_image ON gallery_images (image_id, gallery_id);

-- The outbox: one row is one intent to put or delete one object. A row goes
-- away when its intent is confirmed. Rows of one key run in the order of id.
CREATE TABLE transfers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL CHECK (operation IN ('put', 'delete')),
    r2_key TEXT NOT NULL,
    image_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('generated', 'reference')),
    owner_id TEXT NOT NULL,
    filename TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'active', 'parked')),
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    problem_code TEXT,
    problem TEXT,
    created_at INTEGER NOT NULL
) STRICT;

CREATE INDEX transfers_by_state ON transfers (state, id);
CREATE INDEX transfers_by_r2_key ON transfers (r2_key, id);

-- One value per name: library id, settings, bucket fields. Never a secret.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
