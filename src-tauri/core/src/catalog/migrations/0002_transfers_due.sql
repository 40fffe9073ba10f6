-- Finds what is due in the order it runs, and counts the outbox without
-- touching its rows, however many wait.
CREATE INDEX transfers_by_due ON transfers (state, not_before, id, operation, size_bytes);
