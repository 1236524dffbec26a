-- A conversation, its log, the words that the log refers to, and what has come in and waits to be taken up.

CREATE TABLE subject_link (
    shop_id text NOT NULL,
    subject_id uuid NOT NULL,
    customer_id text NOT NULL,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, subject_id)
);
CREATE INDEX subject_link_customer ON subject_link (shop_id, customer_id);

CREATE TABLE conversation (
    shop_id text NOT NULL,
    conversation_id uuid NOT NULL,
    channel text NOT NULL,
    -- provisional until verified; linked to the customer then, never re-keyed
    subject_id uuid NOT NULL,
    customer_id text,
    owner text NOT NULL DEFAULT 'bot' CHECK (owner IN ('bot', 'human')),
    state bytea NOT NULL,
    next_seq integer NOT NULL,
    -- business time is system time and this; other than zero in the evaluation profile only
    clock_offset interval NOT NULL DEFAULT '0',
    started_at timestamptz NOT NULL,
    -- messages that no turn has taken yet
    pending integer NOT NULL DEFAULT 0 CHECK (pending >= 0),
    -- the turn that owns the conversation now; a commit must carry its token
    lease_owner uuid,
    lease_token bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    -- when somebody should look: a timer, or a turn whose owner may have died
    due_at timestamptz,
    PRIMARY KEY (shop_id, conversation_id)
);
CREATE INDEX conversation_due ON conversation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX conversation_customer ON conversation (shop_id, customer_id);

CREATE TABLE event_body (
    shop_id text NOT NULL,
    body_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    retention text NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (shop_id, body_id)
);
CREATE INDEX event_body_conversation ON event_body (shop_id, conversation_id);
CREATE INDEX event_body_subject ON event_body (shop_id, subject_id);

CREATE TABLE conversation_event (
    shop_id text NOT NULL,
    conversation_id uuid NOT NULL,
    -- gapless within a conversation, given at commit under the lease
    seq integer NOT NULL,
    type text NOT NULL,
    v smallint NOT NULL,
    turn uuid,
    at timestamptz NOT NULL,
    business_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    body_id uuid,
    PRIMARY KEY (shop_id, conversation_id, seq)
);

CREATE TABLE inbound (
    shop_id text NOT NULL,
    inbound_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    client_message_id text,
    kind text NOT NULL,
    sealed bytea NOT NULL,
    received_at timestamptz NOT NULL,
    taken_by uuid,
    PRIMARY KEY (shop_id, inbound_id),
    UNIQUE (shop_id, conversation_id, client_message_id)
);
CREATE INDEX inbound_waiting ON inbound (shop_id, conversation_id, inbound_id) WHERE taken_by IS NULL;

SELECT protect_table('subject_link');
SELECT protect_table('conversation');
SELECT protect_table('event_body');
SELECT protect_table('conversation_event');
SELECT protect_table('inbound');
