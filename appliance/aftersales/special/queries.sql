-- Special refunds. In the shop's own scope unless a block says "all shops".

-- name: lock_shop
SELECT pg_advisory_xact_lock(hashtextextended('special_refund' || chr(31) || %(shop)s, 0))

-- name: insert
INSERT INTO special_refund (shop_id, proposal_id, conversation_id, customer_id, subject_id, order_id, state, wanted, quote,
                            quote_hash, total_fen, basis, verdict, rule, sealed, proposed_by, proposed_at, expires_at)
VALUES (%(shop_id)s, %(proposal_id)s, %(conversation_id)s, %(customer_id)s, %(subject_id)s, %(order_id)s, %(state)s,
        %(wanted)s, %(quote)s, %(quote_hash)s, %(total_fen)s, %(basis)s, %(verdict)s, %(rule)s, %(sealed)s,
        %(proposed_by)s, %(proposed_at)s, %(expires_at)s)

-- name: find
SELECT r.shop_id, r.proposal_id, r.conversation_id, r.customer_id, r.subject_id, r.order_id, r.state, r.wanted, r.quote,
       r.quote_hash, r.total_fen, r.basis, r.verdict, r.rule, r.sealed, r.proposed_by, r.proposed_at, r.expires_at,
       r.decided_by, r.decided_at, r.operation_id, c.state AS case_state, o.refusal
FROM special_refund r
LEFT JOIN after_sales_case c ON c.shop_id = r.shop_id AND c.operation_id = r.operation_id
LEFT JOIN operation o ON o.shop_id = r.shop_id AND o.operation_id = r.operation_id
WHERE r.shop_id = %(shop)s AND r.proposal_id = %(proposal_id)s

-- name: find_everywhere
-- All shops.
SELECT shop_id FROM special_refund WHERE proposal_id = %(proposal_id)s

-- name: page
SELECT r.shop_id, r.proposal_id, r.conversation_id, r.customer_id, r.subject_id, r.order_id, r.state, r.wanted, r.quote,
       r.quote_hash, r.total_fen, r.basis, r.verdict, r.rule, r.proposed_by, r.proposed_at, r.expires_at,
       r.decided_by, r.decided_at, r.operation_id, c.state AS case_state, o.refusal
FROM special_refund r
LEFT JOIN after_sales_case c ON c.shop_id = r.shop_id AND c.operation_id = r.operation_id
LEFT JOIN operation o ON o.shop_id = r.shop_id AND o.operation_id = r.operation_id
WHERE r.shop_id = %(shop)s AND (%(state)s::text IS NULL OR r.state = %(state)s)
  AND (%(after)s::uuid IS NULL OR r.proposal_id < %(after)s)
ORDER BY r.proposal_id DESC
LIMIT %(limit)s

-- name: end
UPDATE special_refund
SET state = %(state)s, decided_by = %(by)s, decided_at = %(now)s, operation_id = %(operation_id)s
WHERE shop_id = %(shop)s AND proposal_id = %(proposal_id)s AND state = 'proposed'

-- name: expire
-- All shops.
UPDATE special_refund SET state = 'expired', decided_at = %(now)s
WHERE state = 'proposed' AND expires_at <= %(now)s
RETURNING shop_id, proposal_id

-- name: spent
-- What was approved counts while its case stands: what the order system refused or undid pays nobody.
WITH standing AS NOT MATERIALIZED (
    SELECT r.total_fen, r.order_id, r.customer_id, r.decided_by, r.decided_at
    FROM special_refund r
    JOIN after_sales_case c ON c.shop_id = r.shop_id AND c.operation_id = r.operation_id
    WHERE r.shop_id = %(shop)s AND r.state = 'approved' AND c.state <> ALL(%(fallen)s)
)
SELECT
    (SELECT count(*) FROM special_refund
     WHERE shop_id = %(shop)s AND proposed_by = %(by)s AND proposed_at > %(day)s) AS proposals_today,
    (SELECT coalesce(sum(total_fen), 0)::bigint FROM standing
     WHERE decided_by = %(by)s AND decided_at > %(day)s) AS approved_today_fen,
    (SELECT coalesce(sum(total_fen), 0)::bigint FROM standing WHERE order_id = %(order_id)s) AS of_order_fen,
    (SELECT count(*) FROM standing WHERE customer_id = %(customer_id)s AND decided_at > %(month)s) AS of_customer
