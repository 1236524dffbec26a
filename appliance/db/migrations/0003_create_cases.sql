-- What was decided and quoted, the cases made of it, and the operations that carry them out.
-- An operation row is its own outbox: it is written with the yes and claimed with a lease.

CREATE TABLE decision (
    shop_id text NOT NULL,
    decision_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    order_id text NOT NULL,
    flow text NOT NULL,
    verdict text NOT NULL,
    rule text NOT NULL,
    refusal text,
    kind text,
    outcome jsonb NOT NULL,
    facts jsonb NOT NULL,
    -- json, not jsonb: the very bytes that the hash covers
    trace json NOT NULL,
    trace_sha256 text NOT NULL,
    policy text NOT NULL,
    business_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, decision_id)
);
CREATE INDEX decision_conversation ON decision (shop_id, conversation_id);
CREATE INDEX decision_recorded ON decision (shop_id, recorded_at);

CREATE TABLE quote (
    shop_id text NOT NULL,
    quote_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    decision_id uuid,
    order_id text NOT NULL,
    flow text NOT NULL,
    hash text NOT NULL,
    -- personal words stand in it as vault references only
    body jsonb NOT NULL,
    -- how many cases of the order had been made or fallen away when it was decided: it stands only while that is so
    basis integer NOT NULL,
    valid_until timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    voided_at timestamptz,
    accepted_at timestamptz,
    PRIMARY KEY (shop_id, quote_id)
);
-- One standing quote for each request of a conversation: a new one takes the place of the old.
CREATE UNIQUE INDEX quote_standing ON quote (shop_id, conversation_id, order_id, flow)
    WHERE voided_at IS NULL AND accepted_at IS NULL;
CREATE INDEX quote_conversation ON quote (shop_id, conversation_id);

CREATE TABLE after_sales_case (
    shop_id text NOT NULL,
    case_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    customer_id text NOT NULL,
    order_id text NOT NULL,
    flow text NOT NULL,
    kind text NOT NULL,
    reason text,
    lines jsonb NOT NULL,
    refund_fen bigint NOT NULL CHECK (refund_fen >= 0),
    freight_payer text NOT NULL,
    decision_id uuid,
    quote_id uuid NOT NULL,
    quote_hash text NOT NULL,
    -- the event with the customer's yes
    confirmation text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'open', 'finished', 'withdrawn', 'rejected', 'refused')),
    stage text,
    order_system_case_id text,
    created_at timestamptz NOT NULL,
    progressed_at timestamptz,
    PRIMARY KEY (shop_id, case_id),
    UNIQUE (shop_id, operation_id),
    UNIQUE (shop_id, quote_id)
);
CREATE INDEX after_sales_case_order ON after_sales_case (shop_id, order_id);
CREATE INDEX after_sales_case_conversation ON after_sales_case (shop_id, conversation_id);
CREATE INDEX after_sales_case_reference ON after_sales_case (shop_id, order_system_case_id)
    WHERE order_system_case_id IS NOT NULL;

CREATE TABLE operation (
    shop_id text NOT NULL,
    -- the idempotency key: made once with the yes, never made again for the case
    operation_id uuid NOT NULL,
    case_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('accepted', 'sent', 'succeeded', 'refused', 'unknown', 'handed_over')),
    request jsonb NOT NULL,
    receipt jsonb,
    refusal text,
    -- audit records: said before anything is sent, and after it is known
    intent uuid NOT NULL,
    outcome uuid,
    attempts integer NOT NULL DEFAULT 0,
    sends integer NOT NULL DEFAULT 0,
    lease_owner uuid,
    -- grows with each lease; a write about the operation must carry the newest
    lease_token bigint NOT NULL DEFAULT 0,
    -- when it is next to be worked on: under a lease, when that ends; null: nothing left to do
    due_at timestamptz,
    accepted_at timestamptz NOT NULL,
    -- since when it is tried; a person may have it tried anew
    tried_since timestamptz NOT NULL,
    sent_at timestamptz,
    settled_at timestamptz,
    reconciled_at timestamptz,
    PRIMARY KEY (shop_id, operation_id),
    FOREIGN KEY (shop_id, case_id) REFERENCES after_sales_case (shop_id, case_id),
    CHECK ((state = 'succeeded') = (receipt IS NOT NULL))
);
CREATE INDEX operation_due ON operation (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX operation_case ON operation (shop_id, case_id);
CREATE INDEX operation_unreconciled ON operation (shop_id, accepted_at) WHERE reconciled_at IS NULL;

CREATE TABLE case_unit (
    shop_id text NOT NULL,
    order_id text NOT NULL,
    -- cases hold units against cases of their own scope: goods, price_protection, invoice, ...
    scope text NOT NULL,
    -- '' is the order itself
    line_id text NOT NULL,
    unit_no integer NOT NULL CHECK (unit_no > 0),
    case_id uuid NOT NULL,
    -- a row is a hold; freeing a unit deletes it
    PRIMARY KEY (shop_id, order_id, scope, line_id, unit_no),
    FOREIGN KEY (shop_id, case_id) REFERENCES after_sales_case (shop_id, case_id)
);
CREATE INDEX case_unit_case ON case_unit (shop_id, case_id);

CREATE TABLE work_order (
    shop_id text NOT NULL,
    work_order_id uuid NOT NULL,
    kind text NOT NULL,
    conversation_id uuid,
    case_id uuid,
    order_id text,
    -- codes of closed sets only, no words
    summary jsonb NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    PRIMARY KEY (shop_id, work_order_id)
);
CREATE INDEX work_order_status ON work_order (shop_id, status, created_at);
CREATE INDEX work_order_conversation ON work_order (shop_id, conversation_id);
CREATE UNIQUE INDEX work_order_difference ON work_order (shop_id, case_id, kind)
    WHERE status = 'open' AND kind = 'difference';

CREATE TABLE case_progress (
    shop_id text NOT NULL,
    -- of the order system's event; the same again changes nothing
    event_id text NOT NULL,
    case_id uuid NOT NULL,
    status text NOT NULL,
    stage text,
    at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, event_id),
    FOREIGN KEY (shop_id, case_id) REFERENCES after_sales_case (shop_id, case_id)
);
CREATE INDEX case_progress_case ON case_progress (shop_id, case_id, at);

CREATE TABLE worker_heartbeat (
    worker_id uuid PRIMARY KEY,
    host text NOT NULL,
    process_id integer NOT NULL,
    started_at timestamptz NOT NULL,
    beat_at timestamptz NOT NULL
);

SELECT protect_table('decision');
SELECT protect_table('quote');
SELECT protect_table('after_sales_case');
SELECT protect_table('operation');
SELECT protect_table('case_unit');
SELECT protect_table('work_order');
SELECT protect_table('case_progress');
GRANT SELECT, INSERT, UPDATE, DELETE ON worker_heartbeat TO appliance_system;
