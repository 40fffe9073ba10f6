-- The lists of a grid say which pictures are veiled, and a search for them reads
-- no row that it does not show.
DROP INDEX generated_images_by_owner;
CREATE INDEX generated_images_by_owner
ON generated_images (owner_id, created_at, id, width, height, visibility, added_at, sensitive)
WHERE removed_at IS NULL;
DROP INDEX generated_images_by_visibility;
CREATE INDEX generated_images_by_visibility
ON generated_images (visibility, created_at, id, width, height, sensitive)
WHERE removed_at IS NULL;
