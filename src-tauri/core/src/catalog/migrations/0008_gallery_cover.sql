-- The image that stands for a gallery, where the artist chose one; else its newest does.
ALTER TABLE galleries ADD COLUMN cover_id TEXT REFERENCES reference_images (id) ON DELETE SET NULL;
