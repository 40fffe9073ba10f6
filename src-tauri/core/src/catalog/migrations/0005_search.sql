-- Where an image is among all by age, as the full text index counts its rows:
-- the moment in the upper bits, so that newest first needs no sorting.
CREATE TABLE search_rows (
    position INTEGER NOT NULL PRIMARY KEY,
    image_id TEXT NOT NULL UNIQUE REFERENCES generated_images (id) ON DELETE CASCADE
) STRICT;

-- The words of generated images. It keeps no texts of its own: the rows have
-- them. `search_text` is ours, see catalog/search.rs.
CREATE VIRTUAL TABLE generated_search USING fts5 (
    prompt, negative_prompt, model, filename, seed, tool,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4'
);

INSERT INTO search_rows (position, image_id)
SELECT (created_at << 20) + row_number() OVER (PARTITION BY created_at ORDER BY id), id
FROM generated_images;

INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool)
SELECT s.position, search_text(i.prompt), search_text(i.negative_prompt), search_text(i.model),
    search_text(i.filename), i.seed, search_text(i.tool)
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
        ), 0)
    ), new.id;
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool)
    FROM search_rows WHERE image_id = new.id;
END;

CREATE TRIGGER generated_images_searched_anew
AFTER UPDATE OF prompt, negative_prompt, model, filename, seed, tool ON generated_images
BEGIN
    DELETE FROM generated_search WHERE rowid = (SELECT position FROM search_rows WHERE image_id = new.id);
    INSERT INTO generated_search (rowid, prompt, negative_prompt, model, filename, seed, tool)
    SELECT position, search_text(new.prompt), search_text(new.negative_prompt), search_text(new.model),
        search_text(new.filename), new.seed, search_text(new.tool)
    FROM search_rows WHERE image_id = new.id;
END;

CREATE TRIGGER generated_images_not_searched BEFORE DELETE ON generated_images
BEGIN
    DELETE FROM generated_search WHERE rowid = (SELECT position FROM search_rows WHERE image_id = old.id);
    DELETE FROM search_rows WHERE image_id = old.id;
END;

-- Which models and tools there are, and how many images of each.
CREATE INDEX generated_images_by_model ON generated_images (owner_id, model)
WHERE removed_at IS NULL;
CREATE INDEX generated_images_by_tool ON generated_images (owner_id, tool)
WHERE removed_at IS NULL;

CREATE TABLE saved_searches (
    owner_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    PRIMARY KEY (owner_id, name)
) STRICT, WITHOUT ROWID;

-- Which references a generated image was made with.
CREATE TABLE made_with (
    image_id TEXT NOT NULL REFERENCES generated_images (id) ON DELETE CASCADE,
    reference_id TEXT NOT NULL REFERENCES reference_images (id) ON DELETE CASCADE,
    PRIMARY KEY (image_id, reference_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX made_with_by_reference ON made_with (reference_id, image_id);
