-- When a system last came, to the minute: a key that nobody uses is one to take back.
ALTER TABLE api_key ADD COLUMN last_used_at timestamptz;
