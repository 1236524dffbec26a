-- Refunds beyond policy or its limits, that one member of staff proposes and another decides.

CREATE TABLE special_refund (
    shop_id         text NOT NULL,
    proposal_id     uuid NOT NULL,
    conversation_id uuid NOT NULL,
    customer_id     text NOT NULL,
    subject_id      uuid NOT NULL,
    order_id        text NOT NULL,
    state           text NOT NULL
        CHECK (state IN ('proposed', 'approved', 'rejected', 'withdrawn', 'expired', 'void')),
    wanted          jsonb NOT NULL,
    quote           jsonb NOT NULL,
    -- what the approval binds to
    quote_hash      text NOT NULL,
    total_fen       bigint NOT NULL CHECK (total_fen > 0),
    basis           integer NOT NULL,
    verdict         text NOT NULL,
    rule            text NOT NULL,
    sealed          bytea NOT NULL,
    proposed_by     uuid NOT NULL,
    proposed_at     timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    decided_by      uuid,
    decided_at      timestamptz,
    operation_id    uuid,
    PRIMARY KEY (shop_id, proposal_id),
    FOREIGN KEY (shop_id, operation_id) REFERENCES operation (shop_id, operation_id),
    -- whatever the code does: nobody approves his own, and only an approved one has a write
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> proposed_by),
    CHECK ((state = 'approved') = (operation_id IS NOT NULL))
);
CREATE UNIQUE INDEX special_refund_operation ON special_refund (shop_id, operation_id);
CREATE INDEX special_refund_state ON special_refund (shop_id, state, proposal_id DESC);
CREATE INDEX special_refund_order ON special_refund (shop_id, order_id);
CREATE INDEX special_refund_customer ON special_refund (shop_id, customer_id, decided_at);
CREATE INDEX special_refund_proposed_by ON special_refund (shop_id, proposed_by, proposed_at);
CREATE INDEX special_refund_decided_by ON special_refund (shop_id, decided_by, decided_at);
SELECT protect_table('special_refund');
