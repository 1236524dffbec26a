-- A session that whoever owns the tables made or moved is none: each carries a keyed digest of what it says.
ALTER TABLE staff_session ADD COLUMN session_mac bytea;

-- Those opened before have none. Their people log in again.
UPDATE staff_session SET ended_at = greatest(now(), created_at), ended_by = 'revoked' WHERE ended_at IS NULL;
ALTER TABLE staff_session ADD CHECK (ended_at IS NOT NULL OR session_mac IS NOT NULL);
