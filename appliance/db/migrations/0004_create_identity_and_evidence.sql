-- The secrets a shop shares with us, the keys of its systems, the pictures its customers send,
-- and which events of its order system have been taken.

CREATE TABLE shop_secret (
    shop_id     text NOT NULL REFERENCES shop (shop_id),
    secret_id   uuid NOT NULL,
    purpose     text NOT NULL CHECK (purpose IN ('customer_token', 'order_events')),
    sealed      bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    -- set once a successor exists
    valid_until timestamptz,
    PRIMARY KEY (shop_id, secret_id)
);
CREATE UNIQUE INDEX shop_secret_current ON shop_secret (shop_id, purpose) WHERE valid_until IS NULL;
SELECT protect_table('shop_secret');

CREATE TABLE api_key (
    shop_id       text NOT NULL REFERENCES shop (shop_id),
    key_id        uuid NOT NULL,
    name          text NOT NULL,
    secret_sha256 bytea NOT NULL CHECK (octet_length(secret_sha256) = 32),
    scopes        text[] NOT NULL,
    created_at    timestamptz NOT NULL,
    revoked_at    timestamptz,
    PRIMARY KEY (shop_id, key_id)
);
SELECT protect_table('api_key');

CREATE TABLE evidence (
    shop_id         text NOT NULL,
    evidence_id     uuid NOT NULL,
    conversation_id uuid NOT NULL,
    subject_id      uuid NOT NULL,
    media_type      text NOT NULL,
    size_bytes      integer NOT NULL CHECK (size_bytes > 0),
    width           integer NOT NULL,
    height          integer NOT NULL,
    -- of the bytes as they came, so that both sides can show that they speak of the same picture
    sha256          bytea NOT NULL CHECK (octet_length(sha256) = 32),
    sealed          bytea NOT NULL,
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (shop_id, evidence_id)
);
CREATE INDEX evidence_conversation ON evidence (shop_id, conversation_id);
CREATE INDEX evidence_subject ON evidence (shop_id, subject_id);
-- Already compressed, and sealed bytes do not shrink.
ALTER TABLE evidence ALTER COLUMN sealed SET STORAGE EXTERNAL;
SELECT protect_table('evidence');

CREATE TABLE order_event (
    shop_id       text NOT NULL,
    event_id      text NOT NULL,
    -- of timestamp and body as signed: the same again under another id is a replay; null if sent with an API key
    signed_sha256 bytea CHECK (octet_length(signed_sha256) = 32),
    received_at   timestamptz NOT NULL,
    -- null: taken, but not seen through yet; the sender's next try does it again
    applied_at    timestamptz,
    PRIMARY KEY (shop_id, event_id)
);
CREATE UNIQUE INDEX order_event_signed ON order_event (shop_id, signed_sha256);
CREATE INDEX order_event_received ON order_event (shop_id, received_at);
SELECT protect_table('order_event');
