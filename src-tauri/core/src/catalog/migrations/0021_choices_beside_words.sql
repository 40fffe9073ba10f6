-- What an artist chose is beside the words, so that a search for a word among favourites or rated images reads
-- only the rows that it lists.
ALTER TABLE search_rows ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;
ALTER TABLE search_rows ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
UPDATE search_rows SET favourite = i.favourite, rating = i.rating FROM generated_images i
WHERE i.id = search_rows.image_id AND (i.favourite <> 0 OR i.rating <> 0);

CREATE TRIGGER generated_images_chosen AFTER UPDATE OF favourite, rating ON generated_images
BEGIN
    UPDATE search_rows SET favourite = new.favourite, rating = new.rating WHERE image_id = new.id;
END;

DROP TRIGGER generated_images_searched;
CREATE TRIGGER generated_images_searched AFTER INSERT ON generated_images
BEGIN
    INSERT INTO search_rows (position, image_id, favourite, rating)
    SELECT 1 + max(
        new.created_at << 20,
        coalesce((
            SELECT position FROM search_rows
            WHERE position < (new.created_at + 1) << 20 ORDER BY position DESC LIMIT 1
        ), new.created_at << 20)
    ), new.id, new.favourite, new.rating;
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool, note)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool), search_text(new.note)
    FROM search_rows WHERE image_id = new.id;
END;

DROP TRIGGER generated_images_moved;
CREATE TRIGGER generated_images_moved AFTER UPDATE OF created_at ON generated_images
WHEN new.created_at <> old.created_at
BEGIN
    DELETE FROM generated_search WHERE rowid = (SELECT position FROM search_rows WHERE image_id = new.id);
    DELETE FROM search_rows WHERE image_id = new.id;
    INSERT INTO search_rows (position, image_id, favourite, rating)
    SELECT 1 + max(
        new.created_at << 20,
        coalesce((
            SELECT position FROM search_rows
            WHERE position < (new.created_at + 1) << 20 ORDER BY position DESC LIMIT 1
        ), new.created_at << 20)
    ), new.id, new.favourite, new.rating;
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool, note)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool), search_text(new.note)
    FROM search_rows WHERE image_id = new.id;
END;
