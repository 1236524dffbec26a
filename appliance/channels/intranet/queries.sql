-- name: take_event
INSERT INTO order_event (shop_id, event_id, signed_sha256, received_at)
VALUES (%(shop_id)s, %(event_id)s, %(signed_sha256)s, %(at)s)
ON CONFLICT DO NOTHING;

-- name: select_event
SELECT applied_at FROM order_event WHERE shop_id = %(shop_id)s AND event_id = %(event_id)s;

-- name: finish_event
UPDATE order_event SET applied_at = %(at)s
WHERE shop_id = %(shop_id)s AND event_id = %(event_id)s AND applied_at IS NULL;
