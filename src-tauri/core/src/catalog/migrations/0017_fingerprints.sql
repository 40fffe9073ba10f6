-- What the pictures look like, see import/fingerprint.rs. `edition` is the
-- version of the code that made the bits, 0 while they are still to be made.
-- The bits are null if there is nothing to compare.
CREATE TABLE fingerprints (
    number INTEGER PRIMARY KEY,
    coarse INTEGER,
    fine INTEGER,
    edition INTEGER NOT NULL DEFAULT 0,
    sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32)
) STRICT;
-- A look-up reads the whole index, and nothing else of other pictures.
CREATE INDEX fingerprints_by_bits ON fingerprints (edition, coarse, fine);

INSERT INTO fingerprints (sha256)
SELECT sha256 FROM (
    SELECT sha256, added_at FROM generated_images UNION ALL SELECT sha256, added_at FROM reference_images
) GROUP BY sha256 ORDER BY max(added_at) DESC;

-- However a row comes, its picture gets a fingerprint.
CREATE TRIGGER generated_images_fingerprinted AFTER INSERT ON generated_images
BEGIN
    INSERT INTO fingerprints (sha256)
    SELECT new.sha256 WHERE NOT EXISTS (SELECT 1 FROM fingerprints WHERE sha256 = new.sha256);
END;
CREATE TRIGGER reference_images_fingerprinted AFTER INSERT ON reference_images
BEGIN
    INSERT INTO fingerprints (sha256)
    SELECT new.sha256 WHERE NOT EXISTS (SELECT 1 FROM fingerprints WHERE sha256 = new.sha256);
END;
CREATE TRIGGER generated_images_not_fingerprinted AFTER DELETE ON generated_images
WHEN NOT EXISTS (SELECT 1 FROM generated_images WHERE sha256 = old.sha256)
AND NOT EXISTS (SELECT 1 FROM reference_images WHERE sha256 = old.sha256)
BEGIN
    DELETE FROM fingerprints WHERE sha256 = old.sha256;
END;
CREATE TRIGGER reference_images_not_fingerprinted AFTER DELETE ON reference_images
WHEN NOT EXISTS (SELECT 1 FROM generated_images WHERE sha256 = old.sha256)
AND NOT EXISTS (SELECT 1 FROM reference_images WHERE sha256 = old.sha256)
BEGIN
    DELETE FROM fingerprints WHERE sha256 = old.sha256;
END;
