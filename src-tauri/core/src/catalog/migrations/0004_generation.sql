-- Which program made the picture, as far as the picture says; null when it
-- does not.
ALTER TABLE generated_images ADD COLUMN tool TEXT;

-- The texts that the fields were read from, so that a better reader can read
-- them again. Deflated JSON.
CREATE TABLE generation_sources (
    image_id TEXT NOT NULL PRIMARY KEY REFERENCES generated_images (id) ON DELETE CASCADE,
    -- Which edition of the reader read them.
    reader INTEGER NOT NULL,
    sources BLOB NOT NULL
) STRICT;

-- What a field was before the artist edited it: as it was read, or null. The
-- row of the image holds what counts.
CREATE TABLE generation_edits (
    image_id TEXT NOT NULL REFERENCES generated_images (id) ON DELETE CASCADE,
    field TEXT NOT NULL CHECK (field IN ('prompt', 'negative_prompt', 'model', 'seed')),
    was TEXT,
    PRIMARY KEY (image_id, field)
) STRICT, WITHOUT ROWID;

-- The texts of references; nothing of them is shown in a row.
CREATE TABLE reference_sources (
    image_id TEXT NOT NULL PRIMARY KEY REFERENCES reference_images (id) ON DELETE CASCADE,
    reader INTEGER NOT NULL,
    sources BLOB NOT NULL
) STRICT;
