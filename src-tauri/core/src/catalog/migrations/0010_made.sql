-- `created_at` is when a picture was made; what says so, see model/made.rs.
-- `added_at` is when it was imported, which `created_at` was until now.
-- `modified_at` is the modification time of the imported file, null when there
-- was no file. `dated` is 0 until the file was searched for a date. `notices`
-- are names of model/made.rs, with spaces between.
ALTER TABLE generated_images ADD COLUMN created_from TEXT NOT NULL DEFAULT 'import';
ALTER TABLE generated_images ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generated_images ADD COLUMN modified_at INTEGER;
ALTER TABLE generated_images ADD COLUMN dated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generated_images ADD COLUMN notices TEXT NOT NULL DEFAULT '';
UPDATE generated_images SET added_at = created_at;

ALTER TABLE reference_images ADD COLUMN created_from TEXT NOT NULL DEFAULT 'import';
ALTER TABLE reference_images ADD COLUMN added_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reference_images ADD COLUMN modified_at INTEGER;
ALTER TABLE reference_images ADD COLUMN dated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE reference_images ADD COLUMN notices TEXT NOT NULL DEFAULT '';
UPDATE reference_images SET added_at = created_at;

-- A search by import reads no row that it does not show.
DROP INDEX generated_images_by_owner;
CREATE INDEX generated_images_by_owner
ON generated_images (owner_id, created_at, id, width, height, visibility, added_at)
WHERE removed_at IS NULL;

-- Images whose dates are still to be read.
CREATE INDEX generated_images_not_dated ON generated_images (id) WHERE dated = 0;
CREATE INDEX reference_images_not_dated ON reference_images (id) WHERE dated = 0;

-- Pictures may be older than 1970, so the index begins before zero.
DROP TRIGGER generated_images_searched;
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
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool)
    FROM search_rows WHERE image_id = new.id;
END;

-- The order of the index and of galleries follows when a picture was made.
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
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool)
    FROM search_rows WHERE image_id = new.id;
END;

CREATE TRIGGER reference_images_moved AFTER UPDATE OF created_at ON reference_images
WHEN new.created_at <> old.created_at
BEGIN
    UPDATE gallery_images SET created_at = new.created_at WHERE image_id = new.id;
END;
