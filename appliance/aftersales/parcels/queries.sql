-- Approved returns and what time brings to them. In the shop's own scope unless a block says "all shops".

-- name: shops_with_returns
-- All shops.
SELECT DISTINCT shop_id FROM after_sales_case
WHERE state = 'open' AND kind = ANY(%(kinds)s)

-- name: watched
-- Those that something was heard of since: approved, sent or received.
SELECT c.case_id, c.conversation_id, c.order_id, c.kind, c.refund_fen, o.settled_at AS approved_at,
       coalesce(c.stage IN ('refunded', 'reshipped'), false) AS is_refunded,
       sent.at AS sent_at, received.at AS received_at,
       ARRAY(SELECT s.step FROM case_step s WHERE s.shop_id = c.shop_id AND s.case_id = c.case_id) AS done
FROM after_sales_case c
JOIN operation o USING (shop_id, operation_id)
CROSS JOIN LATERAL (
    SELECT max(w.settled_at) AS at FROM after_sales_case p
    JOIN operation w ON w.shop_id = p.shop_id AND w.operation_id = p.operation_id
    WHERE p.shop_id = c.shop_id AND p.order_id = c.order_id AND p.kind = 'return_parcel'
      AND w.state = 'succeeded' AND w.request ->> 'return_case_id' = c.order_system_case_id
) sent
CROSS JOIN LATERAL (
    SELECT min(g.at) AS at FROM case_progress g
    WHERE g.shop_id = c.shop_id AND g.case_id = c.case_id AND g.stage IN ('inspecting', 'refunding', 'refunded')
) received
WHERE c.shop_id = %(shop)s AND c.state = 'open' AND c.kind = ANY(%(kinds)s) AND o.state = 'succeeded'
  AND greatest(o.settled_at, sent.at, received.at) >= %(since)s AND c.case_id > %(after)s
ORDER BY c.case_id
LIMIT %(limit)s

-- name: do_step
-- No row: another worker has done it.
INSERT INTO case_step (shop_id, case_id, step, work_order_id, done_at)
VALUES (%(shop)s, %(case_id)s, %(step)s, %(work_order_id)s, %(now)s)
ON CONFLICT DO NOTHING
RETURNING step

-- name: work_order_of_step
SELECT work_order_id FROM case_step WHERE shop_id = %(shop)s AND case_id = %(case_id)s AND step = %(step)s

-- name: notice_of
SELECT flow, kind, order_id, case_id, operation_id, quote_hash, refund_fen FROM after_sales_case
WHERE shop_id = %(shop)s AND case_id = %(case_id)s
