-- Where reconciliation found the two sides apart: one row, and one work order, for each difference as long as it stands.
CREATE TABLE difference (
    shop_id       text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('missing', 'written_though_refused', 'other_case', 'other_amount',
                                                'written_twice', 'unknown_to_us')),
    -- the key in the order system: of an operation of ours, or of none that is known here
    operation_id  text NOT NULL,
    order_id      text NOT NULL,
    work_order_id uuid NOT NULL,
    found_at      timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL,
    gone_at       timestamptz,
    PRIMARY KEY (shop_id, kind, operation_id),
    FOREIGN KEY (shop_id, work_order_id) REFERENCES work_order (shop_id, work_order_id)
);
CREATE INDEX difference_standing ON difference (shop_id, order_id) WHERE gone_at IS NULL;
SELECT protect_table('difference');

-- It held one work order for each case, whatever was different about it.
DROP INDEX work_order_difference;
CREATE INDEX operation_accepted ON operation (shop_id, accepted_at, operation_id);
