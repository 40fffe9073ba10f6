-- What artists choose with: a rating from 1 to 5 (0 is none), favourites, notes.
-- `name_key` orders file names as people do, see catalog/name_order.rs.
ALTER TABLE generated_images ADD COLUMN rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5);
ALTER TABLE generated_images ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
ALTER TABLE generated_images ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE generated_images ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE generated_images SET name_key = name_key_of(filename);

-- What was made in one go from one prompt has one number in `stack`, see
-- catalog/stacks.rs. 0 is no stack: the image has no prompt.
ALTER TABLE generated_images ADD COLUMN prompt_key INTEGER;
ALTER TABLE generated_images ADD COLUMN stack INTEGER NOT NULL DEFAULT 0;
UPDATE generated_images SET prompt_key = prompt_key_of(prompt) WHERE prompt <> '';
UPDATE generated_images SET stack = numbered.number FROM (
    SELECT place, sum(begins) OVER (ORDER BY owner_id, prompt_key, created_at, place) AS number FROM (
        SELECT rowid AS place, owner_id, prompt_key, created_at,
            coalesce(created_at - lag(created_at) OVER made > 1800000, 1) AS begins
        FROM generated_images WHERE prompt_key IS NOT NULL
        WINDOW made AS (PARTITION BY owner_id, prompt_key ORDER BY created_at, rowid)
    )
) AS numbered WHERE generated_images.rowid = numbered.place;

ALTER TABLE reference_images ADD COLUMN rating INTEGER NOT NULL DEFAULT 0 CHECK (rating BETWEEN 0 AND 5);
ALTER TABLE reference_images ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0 CHECK (favourite IN (0, 1));
ALTER TABLE reference_images ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE reference_images ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE reference_images SET name_key = name_key_of(filename);

-- One index for each order, with all that lays an image out.
DROP INDEX generated_images_by_owner;
CREATE INDEX generated_images_by_owner
ON generated_images (owner_id, created_at, id, width, height, visibility, added_at, sensitive, favourite, rating, stack)
WHERE removed_at IS NULL;
DROP INDEX generated_images_by_visibility;
CREATE INDEX generated_images_by_visibility
ON generated_images (visibility, created_at, id, width, height, sensitive, favourite, rating, stack)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_added
ON generated_images (owner_id, added_at, id, width, height, visibility, sensitive, favourite, rating, stack)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_name
ON generated_images (owner_id, name_key, id, width, height, visibility, sensitive, favourite, rating, stack)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_size
ON generated_images (owner_id, size_bytes, id, width, height, visibility, sensitive, favourite, rating, stack)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_rating
ON generated_images (owner_id, rating, id, width, height, visibility, sensitive, favourite, stack)
WHERE removed_at IS NULL;
-- Few images are chosen, so a search for them reads only those.
CREATE INDEX generated_images_favourite
ON generated_images (owner_id, created_at, id, width, height, visibility, sensitive, rating, stack)
WHERE removed_at IS NULL AND favourite = 1;
CREATE INDEX generated_images_rated
ON generated_images (owner_id, created_at, id, width, height, visibility, sensitive, favourite, rating, stack)
WHERE removed_at IS NULL AND rating <> 0;

-- Finds the neighbours of a new image among those of its prompt.
CREATE INDEX generated_images_by_prompt ON generated_images (owner_id, prompt_key, created_at, stack)
WHERE prompt_key IS NOT NULL;
CREATE INDEX generated_images_by_stack ON generated_images (stack) WHERE stack > 0;

CREATE TRIGGER generated_images_stacked AFTER INSERT ON generated_images
WHEN new.prompt <> ''
BEGIN
    UPDATE generated_images SET prompt_key = prompt_key_of(new.prompt) WHERE rowid = new.rowid;
END;

CREATE TRIGGER generated_images_stacked_again AFTER UPDATE OF prompt, created_at, owner_id ON generated_images
WHEN new.prompt <> old.prompt OR new.created_at <> old.created_at OR new.owner_id <> old.owner_id
BEGIN
    UPDATE generated_images SET stack = 0, prompt_key = prompt_key_of(new.prompt) WHERE rowid = new.rowid;
END;

-- An image takes the number of its nearest neighbour. If it has one on each side
-- with different numbers, both stacks become one, and the smaller one gets the
-- number of the other. Sizes beyond 1000 count as equal, so that a join costs
-- little more than its smaller stack.
CREATE TRIGGER generated_images_joined AFTER UPDATE OF prompt_key ON generated_images
WHEN new.prompt_key IS NOT NULL
BEGIN
    UPDATE generated_images SET stack = coalesce((
        SELECT iif(
            earlier <> later
            AND (SELECT count(*) FROM (SELECT 1 FROM generated_images WHERE stack > 0 AND stack = later LIMIT 1000))
            > (SELECT count(*) FROM (SELECT 1 FROM generated_images WHERE stack > 0 AND stack = earlier LIMIT 1000)),
            later, coalesce(earlier, later)
        ) FROM (
            SELECT (
                SELECT stack FROM generated_images
                WHERE owner_id = new.owner_id AND prompt_key = new.prompt_key AND rowid <> new.rowid
                AND created_at BETWEEN new.created_at - 1800000 AND new.created_at
                ORDER BY created_at DESC LIMIT 1
            ) AS earlier, (
                SELECT stack FROM generated_images
                WHERE owner_id = new.owner_id AND prompt_key = new.prompt_key AND rowid <> new.rowid
                AND created_at BETWEEN new.created_at AND new.created_at + 1800000
                ORDER BY created_at LIMIT 1
            ) AS later
        )
    ), (SELECT max(stack) + 1 FROM generated_images WHERE stack > 0), 1) WHERE rowid = new.rowid;
    UPDATE generated_images SET stack = (SELECT stack FROM generated_images WHERE rowid = new.rowid)
    WHERE stack > 0 AND stack = (
        SELECT coalesce(nullif(earlier, own), nullif(later, own)) FROM (
            SELECT (SELECT stack FROM generated_images WHERE rowid = new.rowid) AS own, (
                SELECT stack FROM generated_images
                WHERE owner_id = new.owner_id AND prompt_key = new.prompt_key AND rowid <> new.rowid
                AND created_at BETWEEN new.created_at - 1800000 AND new.created_at
                ORDER BY created_at DESC LIMIT 1
            ) AS earlier, (
                SELECT stack FROM generated_images
                WHERE owner_id = new.owner_id AND prompt_key = new.prompt_key AND rowid <> new.rowid
                AND created_at BETWEEN new.created_at AND new.created_at + 1800000
                ORDER BY created_at LIMIT 1
            ) AS later
        )
    );
END;

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
