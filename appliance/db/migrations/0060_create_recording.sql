-- Recordings of calls, in chunks as they are written. What nobody may hear again was silenced before.
CREATE TABLE recording (
    shop_id         text NOT NULL,
    recording_id    uuid NOT NULL,
    conversation_id uuid NOT NULL,
    subject_id      uuid NOT NULL,
    begun_at        timestamptz NOT NULL,
    -- null: still being made, or its process died a moment ago
    ended_at        timestamptz,
    ending          text CHECK (ending IN ('kept', 'refused', 'broken')),
    chunks          integer CHECK (chunks >= 0),
    length_ms       integer CHECK (length_ms >= 0),
    silenced_ms     integer CHECK (silenced_ms >= 0),
    -- of all that was kept, in order: no chunk is missing, and none is there twice
    sha256          bytea CHECK (octet_length(sha256) = 32),
    PRIMARY KEY (shop_id, recording_id),
    CHECK ((ended_at IS NULL) = (ending IS NULL) AND (ended_at IS NULL) = (chunks IS NULL)
           AND (ended_at IS NULL) = (length_ms IS NULL) AND (ended_at IS NULL) = (silenced_ms IS NULL)
           AND (ended_at IS NULL) = (sha256 IS NULL)),
    CHECK (ending IS DISTINCT FROM 'refused' OR chunks = 0)
);
CREATE INDEX recording_conversation ON recording (shop_id, conversation_id);
CREATE INDEX recording_subject ON recording (shop_id, subject_id);
CREATE INDEX recording_begun ON recording (begun_at);
CREATE INDEX recording_open ON recording (begun_at) WHERE ended_at IS NULL;
SELECT protect_table('recording');

CREATE TABLE recording_chunk (
    shop_id      text NOT NULL,
    -- made of the recording's and the place in it: moved anywhere else, the sealed bytes do not open
    chunk_id     uuid NOT NULL,
    recording_id uuid NOT NULL,
    subject_id   uuid NOT NULL,
    place        integer NOT NULL CHECK (place >= 0),
    sealed       bytea NOT NULL,
    PRIMARY KEY (shop_id, chunk_id),
    UNIQUE (shop_id, recording_id, place),
    FOREIGN KEY (shop_id, recording_id) REFERENCES recording (shop_id, recording_id) ON DELETE CASCADE
);
CREATE INDEX recording_chunk_subject ON recording_chunk (shop_id, subject_id);
-- Sealed bytes do not shrink.
ALTER TABLE recording_chunk ALTER COLUMN sealed SET STORAGE EXTERNAL;
SELECT protect_table('recording_chunk');
