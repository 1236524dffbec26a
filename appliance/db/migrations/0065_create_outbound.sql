-- Calls that the appliance makes, each with its lawful ground, every attempt at them, and who wants none.
CREATE TABLE outbound_call (
    shop_id         text NOT NULL,
    call_id         uuid NOT NULL,
    purpose         text NOT NULL CHECK (purpose IN ('call_back', 'parcel_back', 'refunded', 'send_back')),
    -- no call without a ground
    basis           text NOT NULL CHECK (basis IN ('asked_for', 'contract')),
    conversation_id uuid NOT NULL,
    work_order_id   uuid,
    case_id         uuid,
    customer_id     text,
    -- a placeholder of the conversation: what it stands for lies in the vault
    phone           text CHECK (phone LIKE '⟨%⟩'),
    state           text NOT NULL CHECK (state IN ('waiting', 'dialling', 'reached', 'given_up', 'skipped')),
    -- also the fence: whoever settles an attempt must name it
    attempts        integer NOT NULL DEFAULT 0,
    due_at          timestamptz,
    made_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    PRIMARY KEY (shop_id, call_id),
    CHECK ((basis = 'asked_for') = (work_order_id IS NOT NULL)),
    CHECK ((basis = 'contract') = (case_id IS NOT NULL)),
    CHECK ((state = 'waiting') = (due_at IS NOT NULL)),
    CHECK ((state IN ('waiting', 'dialling')) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX outbound_call_work_order ON outbound_call (shop_id, work_order_id) WHERE work_order_id IS NOT NULL;
CREATE UNIQUE INDEX outbound_call_case ON outbound_call (shop_id, case_id, purpose) WHERE case_id IS NOT NULL;
CREATE INDEX outbound_call_conversation ON outbound_call (shop_id, conversation_id);
CREATE INDEX outbound_call_due ON outbound_call (due_at) WHERE state = 'waiting';
SELECT protect_table('outbound_call');

CREATE TABLE outbound_attempt (
    shop_id         text NOT NULL,
    attempt_id      uuid NOT NULL,
    call_id         uuid NOT NULL,
    number          integer NOT NULL CHECK (number > 0),
    token_mac       bytea NOT NULL CHECK (octet_length(token_mac) = 32),
    number_mac      bytea NOT NULL CHECK (octet_length(number_mac) = 32),
    placed_at       timestamptz NOT NULL,
    answered_at     timestamptz,
    -- the conversation that was held on it
    conversation_id uuid,
    outcome         text,
    ended_at        timestamptz,
    PRIMARY KEY (shop_id, attempt_id),
    FOREIGN KEY (shop_id, call_id) REFERENCES outbound_call (shop_id, call_id) ON DELETE CASCADE,
    CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX outbound_attempt_token ON outbound_attempt (token_mac);
-- One telephone is rung once at a time, whichever shop calls.
CREATE UNIQUE INDEX outbound_attempt_number ON outbound_attempt (number_mac) WHERE ended_at IS NULL;
CREATE INDEX outbound_attempt_call ON outbound_attempt (shop_id, call_id);
SELECT protect_table('outbound_attempt');

CREATE TABLE outbound_refusal (
    shop_id text NOT NULL,
    who_mac bytea NOT NULL CHECK (octet_length(who_mac) = 32),
    how     text NOT NULL CHECK (how IN ('on_the_call', 'by_staff')),
    made_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, who_mac)
);
SELECT protect_table('outbound_refusal');
