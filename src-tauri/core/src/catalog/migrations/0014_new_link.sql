-- Set for the deletion of the object under a former key of an image: the key
-- that replaced it, whose upload has to be confirmed first. Until then, that
-- upload may copy the bytes from here.
ALTER TABLE transfers ADD COLUMN waits_for TEXT;
CREATE INDEX transfers_that_wait ON transfers (waits_for, id) WHERE waits_for IS NOT NULL;
