-- What artists choose with: a rating from 1 to 5 (0 is none), favourites, notes.
-- `name_key` orders file names as people do, see catalog/name_order.rs.
ALTER TABLE generated_images ADD COLUMN rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5);
ALTER TABLE generated_images ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
ALTER TABLE generated_images ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE generated_images ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE generated_images SET name_key = name_key_of(filename);

ALTER TABLE reference_images ADD COLUMN rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5);
ALTER TABLE reference_images ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
ALTER TABLE reference_images ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE reference_images ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE reference_images SET name_key = name_key_of(filename);

-- One index for each order, with all that lays an image out.
DROP INDEX generated_images_by_owner;
CREATE INDEX generated_images_by_owner
ON generated_images (owner_id, created_at, id, width, height, visibility, added_at, sensitive, favourite, rating)
WHERE removed_at IS NULL;
DROP INDEX generated_images_by_visibility;
CREATE INDEX generated_images_by_visibility
ON generated_images (visibility, created_at, id, width, height, sensitive, favourite, rating)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_added
ON generated_images (owner_id, added_at, id, width, height, visibility, sensitive, favourite, rating)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_name
ON generated_images (owner_id, name_key, id, width, height, visibility, sensitive, favourite, rating)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_size
ON generated_images (owner_id, size_bytes, id, width, height, visibility, sensitive, favourite, rating)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_rating
ON generated_images (owner_id, rating, id, width, height, visibility, sensitive, favourite)
WHERE removed_at IS NULL;
-- Few images are chosen, so a search for them reads only those.
CREATE INDEX generated_images_favourite
ON generated_images (owner_id, created_at, id, width, height, visibility, sensitive, rating)
WHERE removed_at IS NULL AND favourite = 1;
CREATE INDEX generated_images_rated
ON generated_images (owner_id, created_at, id, width, height, visibility, sensitive, favourite, rating)
WHERE removed_at IS NULL AND rating <> 0;

-- Named sets of generated images, as galleries are of references. The artist
-- orders the images; positions have gaps, so that few rows change.
CREATE TABLE collections (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    cover_id TEXT
) STRICT;
CREATE UNIQUE INDEX collections_by_owner ON collections (owner_id, name);

CREATE TABLE collection_images (
    collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    image_id TEXT NOT NULL REFERENCES generated_images (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (collection_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX collection_images_by_position ON collection_images (collection_id, position, image_id);
CREATE INDEX collection_images_by_image ON collection_images (image_id, collection_id);

-- Saved searches have an order of their own.
ALTER TABLE saved_searches ADD COLUMN position INTEGER NOT NULL DEFAULT 0;

-- Notes are searched, and words that are split in another way than before, see
-- model/search/splitting.rs.
DROP TRIGGER generated_images_searched;
DROP TRIGGER generated_images_searched_anew;
DROP TRIGGER generated_images_moved;
DROP TRIGGER generated_images_not_searched;
DROP TABLE generated_search;
CREATE VIRTUAL TABLE generated_search USING fts5 (
    prompt, negative_prompt, model, filename, seed, tool, note,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4'
);
INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool, note)
SELECT s.position, search_text(i.prompt), search_text(i.negative_prompt), search_text(i.model),
    search_text(i.filename), i.seed, search_text(i.tool), search_text(i.note)
FROM search_rows s JOIN generated_images i ON i.id = s.image_id
ORDER BY s.position;

CREATE TRIGGER generated_images_searched AFTER INSERT ON generated_images
BEGIN
    INSERT INTO search_rows (position, image_id)
    SELECT 1 + max(
        new.created_at << 20,
        coalesce((
            SELECT position FROM search_rows
            WHERE position < (new.created_at + 1) << 20 ORDER BY position DESC LIMIT 1
        ), new.created_at << 20)
    ), new.id;
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool, note)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool), search_text(new.note)
    FROM search_rows WHERE image_id = new.id;
END;

CREATE TRIGGER generated_images_searched_anew
AFTER UPDATE OF prompt, negative_prompt, model, filename, seed, tool, note ON generated_images
BEGIN
    DELETE FROM generated_search WHERE rowid = (SELECT position FROM search_rows WHERE image_id = new.id);
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool, note)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool), search_text(new.note)
    FROM search_rows WHERE image_id = new.id;
END;

CREATE TRIGGER generated_images_moved AFTER UPDATE OF created_at ON generated_images
WHEN new.created_at <> old.created_at
BEGIN
    DELETE FROM generated_search WHERE rowid = (SELECT position FROM search_rows WHERE image_id = new.id);
    DELETE FROM search_rows WHERE image_id = new.id;
    INSERT INTO search_rows (position, image_id)
    SELECT 1 + max(
        new.created_at << 20,
        coalesce((
            SELECT position FROM search_rows
            WHERE position < (new.created_at + 1) << 20 ORDER BY position DESC LIMIT 1
        ), new.created_at << 20)
    ), new.id;
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool, note)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool), search_text(new.note)
    FROM search_rows WHERE image_id = new.id;
END;

CREATE TRIGGER generated_images_not_searched BEFORE DELETE ON generated_images
BEGIN
    DELETE FROM generated_search WHERE rowid = (SELECT position FROM search_rows WHERE image_id = old.id);
    DELETE FROM search_rows WHERE image_id = old.id;
END;
