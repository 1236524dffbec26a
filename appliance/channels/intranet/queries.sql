-- name: take_event
INSERT INTO order_event (shop_id, event_id, signed_sha256, received_at)
VALUES (%(shop_id)s, %(event_id)s, %(signed_sha256)s, %(at)s)
ON CONFLICT DO NOTHING;

-- name: select_event
SELECT applied_at FROM order_event WHERE shop_id = %(shop_id)s AND event_id = %(event_id)s;

-- name: finish_event
UPDATE order_event SET applied_at = %(at)s
WHERE shop_id = %(shop_id)s AND event_id = %(event_id)s AND applied_at IS NULL;

-- name: take_allowance
-- One call more, if the minute allows it. Two at once wait for each other, so no call is counted for nothing.
WITH taken AS (
    INSERT INTO client_allowance AS kept (shop_id, caller, whole_at)
    VALUES (%(shop_id)s, %(caller)s, %(now)s::timestamptz + %(step)s::interval)
    ON CONFLICT (shop_id, caller) DO UPDATE SET whole_at = greatest(kept.whole_at, %(now)s) + %(step)s
    WHERE greatest(kept.whole_at, %(now)s) + %(step)s <= %(now)s + %(window)s::interval
    RETURNING whole_at
)
SELECT true AS is_taken, whole_at FROM taken
UNION ALL
SELECT false, whole_at FROM client_allowance
WHERE shop_id = %(shop_id)s AND caller = %(caller)s AND NOT EXISTS (SELECT FROM taken);
