-- The guide that a customer gets by SMS for goods that he sends back: one for a case, whoever queues it how often.

CREATE TABLE guide_message (
    shop_id           text NOT NULL,
    case_id           uuid NOT NULL,
    -- the same over attempts: by it a gateway knows a repeat
    message_id        uuid NOT NULL,
    state             text NOT NULL CHECK (state IN ('pending', 'sent', 'skipped', 'dead')),
    -- also the fence: whoever settles an attempt must name it
    attempts          integer NOT NULL DEFAULT 0,
    failure           text,
    gateway_reference text,
    made_at           timestamptz NOT NULL,
    -- when it is next tried; under a lease, when that ends
    due_at            timestamptz,
    ended_at          timestamptz,
    PRIMARY KEY (shop_id, case_id),
    FOREIGN KEY (shop_id, case_id) REFERENCES after_sales_case (shop_id, case_id),
    CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE INDEX guide_message_due ON guide_message (due_at) WHERE state = 'pending';
SELECT protect_table('guide_message');
