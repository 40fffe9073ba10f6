-- Where a gallery stands among those of its profile; those of the same place go by name.
ALTER TABLE galleries ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
