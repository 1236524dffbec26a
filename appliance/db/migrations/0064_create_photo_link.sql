-- Links by which somebody on the phone adds pictures to his conversation: once, and for a while.
CREATE TABLE photo_link (
    shop_id         text NOT NULL,
    link_id         uuid NOT NULL,
    conversation_id uuid NOT NULL,
    state           text NOT NULL CHECK (state IN ('awaiting_evidence', 'used', 'expired', 'revoked')),
    -- what stands for the token and for the code, made under the root key: neither can be had from it
    token_mac       bytea NOT NULL CHECK (octet_length(token_mac) = 32),
    code_mac        bytea NOT NULL CHECK (octet_length(code_mac) = 32),
    evidence        uuid[] NOT NULL DEFAULT '{}',
    text_state      text NOT NULL CHECK (text_state IN ('none', 'pending', 'sent', 'failed')),
    -- also the fence: whoever settles an attempt must name it
    text_attempts   integer NOT NULL DEFAULT 0,
    text_due_at     timestamptz,
    text_failure    text,
    made_at         timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    ended_at        timestamptz,
    -- when it is looked whether anybody is still on the line; null: it was, or need not be
    follow_up_at    timestamptz,
    PRIMARY KEY (shop_id, link_id),
    CHECK ((state = 'awaiting_evidence') = (ended_at IS NULL)),
    CHECK ((text_state = 'pending') = (text_due_at IS NOT NULL))
);
CREATE UNIQUE INDEX photo_link_token ON photo_link (token_mac);
CREATE UNIQUE INDEX photo_link_code ON photo_link (code_mac) WHERE state = 'awaiting_evidence';
CREATE UNIQUE INDEX photo_link_open ON photo_link (shop_id, conversation_id) WHERE state = 'awaiting_evidence';
CREATE INDEX photo_link_conversation ON photo_link (shop_id, conversation_id);
CREATE INDEX photo_link_text_due ON photo_link (text_due_at) WHERE text_state = 'pending';
CREATE INDEX photo_link_follow_up ON photo_link (follow_up_at) WHERE follow_up_at IS NOT NULL;
SELECT protect_table('photo_link');
