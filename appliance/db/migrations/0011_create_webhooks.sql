-- Systems of a shop that are told what happens in its conversations, how far each was told, and what waits to be told.

CREATE TABLE webhook (
    shop_id text NOT NULL,
    webhook_id uuid NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, webhook_id),
    UNIQUE (shop_id, url)
);

-- Within a conversation the log has no gaps and is written under a lease: a number for each is enough to miss nothing.
CREATE TABLE webhook_position (
    shop_id text NOT NULL,
    webhook_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    seq integer NOT NULL,
    PRIMARY KEY (shop_id, webhook_id, conversation_id),
    FOREIGN KEY (shop_id, webhook_id) REFERENCES webhook (shop_id, webhook_id) ON DELETE CASCADE
);

CREATE TABLE webhook_delivery (
    shop_id text NOT NULL,
    delivery_id uuid NOT NULL,
    webhook_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    seq integer NOT NULL,
    type text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
    -- also the fence: whoever settles an attempt must name it
    attempts integer NOT NULL DEFAULT 0,
    failure text,
    status integer,
    made_at timestamptz NOT NULL,
    -- when it is next tried; under a lease, when that ends
    due_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (shop_id, delivery_id),
    UNIQUE (shop_id, webhook_id, conversation_id, seq),
    FOREIGN KEY (shop_id, webhook_id) REFERENCES webhook (shop_id, webhook_id) ON DELETE CASCADE,
    CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (shop_id, webhook_id, conversation_id, seq)
    WHERE state = 'pending';
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_at) WHERE state <> 'pending';

SELECT protect_table('webhook');
SELECT protect_table('webhook_position');
SELECT protect_table('webhook_delivery');

ALTER TABLE shop_secret DROP CONSTRAINT shop_secret_purpose_check;
ALTER TABLE shop_secret ADD CONSTRAINT shop_secret_purpose_check
    CHECK (purpose IN ('customer_token', 'order_events', 'webhooks'));
