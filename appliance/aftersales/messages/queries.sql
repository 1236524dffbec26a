-- Guides by SMS. In the shop's own scope unless a block says "all shops".

-- name: queue
INSERT INTO guide_message (shop_id, case_id, message_id, state, made_at, due_at)
VALUES (%(shop)s, %(case_id)s, %(message_id)s, 'pending', %(now)s, %(now)s)
ON CONFLICT (shop_id, case_id) DO NOTHING

-- name: claim
-- All shops. Under a lease: whoever dies while sending is taken up, under the same id.
WITH due AS (
    SELECT shop_id, case_id FROM guide_message
    WHERE state = 'pending' AND due_at <= %(now)s
    ORDER BY due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE guide_message g
SET due_at = %(until)s, attempts = g.attempts + 1
FROM due, after_sales_case c, operation o
WHERE g.shop_id = due.shop_id AND g.case_id = due.case_id
  AND c.shop_id = g.shop_id AND c.case_id = g.case_id
  AND o.shop_id = c.shop_id AND o.operation_id = c.operation_id
RETURNING g.shop_id, g.case_id, g.message_id, c.conversation_id, c.customer_id, c.order_id, c.kind,
          c.state AS case_state, c.stage, o.receipt, g.attempts, g.made_at

-- name: end
UPDATE guide_message
SET state = %(state)s, failure = %(failure)s, gateway_reference = %(reference)s, due_at = NULL, ended_at = %(now)s
WHERE shop_id = %(shop)s AND case_id = %(case_id)s AND state = 'pending' AND attempts = %(attempts)s

-- name: put_off
UPDATE guide_message SET failure = %(failure)s, due_at = %(due_at)s
WHERE shop_id = %(shop)s AND case_id = %(case_id)s AND state = 'pending' AND attempts = %(attempts)s

-- name: notice_of
SELECT c.case_id, c.flow, c.kind, c.order_id, c.operation_id, c.quote_hash
FROM after_sales_case c WHERE c.shop_id = %(shop)s AND c.case_id = %(case_id)s

-- name: is_on_its_way
SELECT 1 FROM guide_message g
JOIN after_sales_case c ON c.shop_id = g.shop_id AND c.case_id = g.case_id
WHERE g.shop_id = %(shop)s AND c.order_system_case_id = %(order_system_case_id)s AND g.state IN ('pending', 'sent')
LIMIT 1

-- name: standing
-- All shops.
SELECT state, count(*) AS messages FROM guide_message GROUP BY state ORDER BY state
