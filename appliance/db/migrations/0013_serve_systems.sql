-- What a shop's systems read in pages, the newest first.
CREATE INDEX conversation_started ON conversation (shop_id, started_at, conversation_id);
CREATE INDEX after_sales_case_created ON after_sales_case (shop_id, created_at, case_id);

-- How often each of a shop's systems may still ask, for all web processes together. After a crash all may ask anew.
CREATE UNLOGGED TABLE client_allowance (
    shop_id text NOT NULL,
    -- an API key, a signing client, or 'order_events': whoever holds the shop's secret for them
    caller text NOT NULL,
    -- when its allowance is whole again; each call moves it on by one part
    whole_at timestamptz NOT NULL,
    PRIMARY KEY (shop_id, caller)
) WITH (fillfactor = 50);
SELECT protect_table('client_allowance');
