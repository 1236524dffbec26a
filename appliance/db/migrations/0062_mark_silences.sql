-- Where something was taken out of a recording, and why: sealed like the sound. Null: the chunk is older than marks.
ALTER TABLE recording_chunk ADD COLUMN marks bytea;
