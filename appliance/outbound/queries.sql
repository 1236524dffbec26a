-- Calls that are made. In the shop's own scope unless a block says "all shops".

-- name: plan_call_backs
-- What somebody asked for himself and no person has begun: one call for each work order.
INSERT INTO outbound_call (shop_id, call_id, purpose, basis, conversation_id, work_order_id, customer_id, phone, state,
                           due_at, made_at)
SELECT w.shop_id, gen_random_uuid(), 'call_back', 'asked_for', w.conversation_id, w.work_order_id, c.customer_id,
       w.summary ->> 'phone', 'waiting', greatest(%(now)s, w.created_at), %(now)s
FROM work_order w
JOIN conversation c ON c.shop_id = w.shop_id AND c.conversation_id = w.conversation_id
WHERE w.shop_id = %(shop)s AND w.kind = 'call_back' AND w.state IN ('new', 'assigned', 'reopened')
  AND w.work_order_id = ANY(%(work_orders)s)
ON CONFLICT DO NOTHING
RETURNING call_id, purpose, basis, 'work_order/' || work_order_id::text AS rests_on

-- name: call_backs
SELECT w.work_order_id, w.summary
FROM work_order w
WHERE w.shop_id = %(shop)s AND w.kind = 'call_back' AND w.state IN ('new', 'assigned', 'reopened')
  AND w.summary ? 'message' AND w.summary ->> 'phone' LIKE '⟨%%⟩'
  AND NOT EXISTS (SELECT 1 FROM outbound_call o WHERE o.shop_id = w.shop_id AND o.work_order_id = w.work_order_id)
ORDER BY w.created_at
LIMIT %(limit)s

-- name: plan_news
-- What became of a case that was agreed to on the phone, of the last days: once for each case and purpose.
INSERT INTO outbound_call (shop_id, call_id, purpose, basis, conversation_id, case_id, customer_id, state, due_at, made_at)
SELECT a.shop_id, gen_random_uuid(), news.purpose, 'contract', a.conversation_id, a.case_id, a.customer_id, 'waiting',
       %(now)s, %(now)s
FROM after_sales_case a
JOIN conversation c ON c.shop_id = a.shop_id AND c.conversation_id = a.conversation_id AND c.channel = 'voice'
CROSS JOIN LATERAL (
    SELECT CASE a.stage WHEN 'inspecting' THEN 'parcel_back' WHEN 'refunded' THEN 'refunded' END AS purpose
    WHERE a.progressed_at > %(since)s
    UNION ALL
    SELECT 'send_back'
    WHERE (a.stage IS NULL OR a.stage = 'awaiting_parcel') AND a.state = 'open'
      AND EXISTS (SELECT 1 FROM case_step s
                  WHERE s.shop_id = a.shop_id AND s.case_id = a.case_id AND s.step LIKE 'remind%%'
                    AND s.done_at > %(since)s)
) news
WHERE a.shop_id = %(shop)s AND news.purpose = ANY(%(purposes)s)
ON CONFLICT DO NOTHING
RETURNING call_id, purpose, basis, 'case/' || case_id::text AS rests_on

-- name: claim
-- All shops. Under a lease that the attempt takes over; whoever dies before that is taken up. What is due no more is
-- said so, and nobody is rung for it.
WITH due AS (
    SELECT shop_id, call_id FROM outbound_call
    WHERE state = 'waiting' AND due_at <= %(now)s AND shop_id = ANY(%(shops)s) AND purpose = ANY(%(purposes)s)
    ORDER BY due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE outbound_call o
SET attempts = o.attempts + 1, due_at = %(until)s
FROM due
WHERE o.shop_id = due.shop_id AND o.call_id = due.call_id
RETURNING o.shop_id, o.call_id, o.purpose, o.basis, o.conversation_id, o.work_order_id, o.case_id, o.customer_id,
          o.phone, o.attempts,
          CASE o.purpose
              WHEN 'call_back' THEN EXISTS (
                  SELECT 1 FROM work_order w WHERE w.shop_id = o.shop_id AND w.work_order_id = o.work_order_id
                    AND w.state IN ('new', 'assigned', 'reopened'))
              WHEN 'send_back' THEN EXISTS (
                  SELECT 1 FROM after_sales_case a WHERE a.shop_id = o.shop_id AND a.case_id = o.case_id
                    AND a.state = 'open' AND (a.stage IS NULL OR a.stage = 'awaiting_parcel'))
              ELSE true
          END AS is_still_due

-- name: lock_calls
-- One look at how many calls there are at a time, so that there are never more than may be.
SELECT pg_advisory_xact_lock(hashtextextended('outbound_attempt', 0))

-- name: under_way
-- All shops.
SELECT count(*) FROM outbound_attempt WHERE ended_at IS NULL

-- name: put_off
-- It was not rung: the attempt does not count.
UPDATE outbound_call SET attempts = attempts - 1, due_at = %(due_at)s
WHERE shop_id = %(shop)s AND call_id = %(call_id)s AND state = 'waiting' AND attempts = %(attempts)s

-- name: settle
UPDATE outbound_call
SET state = %(state)s, due_at = %(due_at)s, ended_at = CASE WHEN %(state)s IN ('waiting', 'dialling') THEN NULL ELSE %(now)s END
WHERE shop_id = %(shop)s AND call_id = %(call_id)s AND state IN ('waiting', 'dialling') AND attempts = %(attempts)s

-- name: is_unwanted
SELECT 1 FROM outbound_refusal WHERE shop_id = %(shop)s AND who_mac = ANY(%(macs)s)

-- name: refuse
INSERT INTO outbound_refusal (shop_id, who_mac, how, made_at)
SELECT %(shop)s, mac, %(how)s, %(now)s FROM unnest(%(macs)s::bytea[]) AS mac
ON CONFLICT (shop_id, who_mac) DO NOTHING

-- name: refusals
SELECT how, made_at FROM outbound_refusal WHERE shop_id = %(shop)s AND who_mac = ANY(%(macs)s) ORDER BY made_at, who_mac

-- name: withdraw
DELETE FROM outbound_refusal WHERE shop_id = %(shop)s AND who_mac = ANY(%(macs)s)

-- name: meant
SELECT (SELECT c.customer_id FROM work_order w
        JOIN conversation c ON c.shop_id = w.shop_id AND c.conversation_id = w.conversation_id
        WHERE w.shop_id = %(shop)s AND w.work_order_id = %(work_order_id)s) AS customer_id,
       ARRAY(SELECT DISTINCT a.number_mac FROM outbound_call o
             JOIN outbound_attempt a ON a.shop_id = o.shop_id AND a.call_id = o.call_id
             WHERE o.shop_id = %(shop)s AND o.work_order_id = %(work_order_id)s) AS numbers

-- name: begin
-- No row: that telephone is being rung already.
INSERT INTO outbound_attempt (shop_id, attempt_id, call_id, number, token_mac, number_mac, placed_at)
VALUES (%(shop)s, %(attempt_id)s, %(call_id)s, %(number)s, %(token_mac)s, %(number_mac)s, %(now)s)
ON CONFLICT (number_mac) WHERE ended_at IS NULL DO NOTHING
RETURNING attempt_id

-- name: by_token
-- All shops: the switchboard says of no shop.
SELECT a.shop_id, a.call_id, a.attempt_id, a.number, o.purpose, o.work_order_id, o.customer_id, a.number_mac, a.answered_at
FROM outbound_attempt a JOIN outbound_call o ON o.shop_id = a.shop_id AND o.call_id = a.call_id
WHERE a.token_mac = %(token_mac)s AND a.ended_at IS NULL

-- name: by_id
-- Whether or not it has ended.
SELECT a.shop_id, a.call_id, a.attempt_id, a.number, o.purpose, o.work_order_id, o.customer_id, a.number_mac, a.answered_at
FROM outbound_attempt a JOIN outbound_call o ON o.shop_id = a.shop_id AND o.call_id = a.call_id
WHERE a.shop_id = %(shop)s AND a.attempt_id = %(attempt_id)s

-- name: answer
-- Once.
UPDATE outbound_attempt SET answered_at = %(now)s
WHERE shop_id = %(shop)s AND attempt_id = %(attempt_id)s AND answered_at IS NULL AND ended_at IS NULL

-- name: held_in
UPDATE outbound_attempt SET conversation_id = %(conversation_id)s WHERE shop_id = %(shop)s AND attempt_id = %(attempt_id)s

-- name: end
UPDATE outbound_attempt SET outcome = %(outcome)s, ended_at = %(now)s
WHERE shop_id = %(shop)s AND attempt_id = %(attempt_id)s AND ended_at IS NULL

-- name: overdue
-- All shops: rung and never heard of again, or answered and never ended because its process died.
SELECT a.shop_id, a.call_id, a.attempt_id, a.number, o.purpose, o.work_order_id, o.customer_id, a.number_mac, a.answered_at
FROM outbound_attempt a JOIN outbound_call o ON o.shop_id = a.shop_id AND o.call_id = a.call_id
WHERE a.ended_at IS NULL
  AND (a.answered_at IS NULL AND a.placed_at < %(rung_before)s OR a.answered_at < %(answered_before)s)

-- name: told
SELECT o.purpose, o.basis, o.state, a.number, a.placed_at, a.answered_at, a.ended_at, a.outcome, a.conversation_id,
       CASE WHEN o.state = 'waiting' THEN o.due_at END AS next_at
FROM outbound_call o LEFT JOIN outbound_attempt a ON a.shop_id = o.shop_id AND a.call_id = o.call_id
WHERE o.shop_id = %(shop)s AND o.work_order_id = %(work_order_id)s
ORDER BY a.placed_at, a.attempt_id
LIMIT 100
