-- Webhooks out. In the shop's own scope unless a block says "all shops".

-- name: insert_webhook
INSERT INTO webhook (shop_id, webhook_id, url, events, created_at)
VALUES (%(shop)s, %(webhook_id)s, %(url)s, %(events)s, %(now)s)
ON CONFLICT (shop_id, url) DO NOTHING

-- name: delete_webhook
DELETE FROM webhook WHERE shop_id = %(shop)s AND webhook_id = %(webhook_id)s

-- name: webhooks
SELECT shop_id, webhook_id, url, events, created_at FROM webhook WHERE shop_id = %(shop)s ORDER BY created_at, webhook_id

-- name: behind
-- All shops. Conversations whose log goes on after what their shop's webhooks were told.
SELECT DISTINCT c.shop_id, c.conversation_id
FROM webhook w
JOIN conversation c ON c.shop_id = w.shop_id
LEFT JOIN webhook_position p
  ON p.shop_id = w.shop_id AND p.webhook_id = w.webhook_id AND p.conversation_id = c.conversation_id
WHERE c.next_seq - 1 > coalesce(p.seq, 0)

-- name: shop_of
-- All shops.
SELECT c.shop_id FROM conversation c
WHERE c.conversation_id = %(conversation_id)s AND EXISTS (SELECT FROM webhook w WHERE w.shop_id = c.shop_id)

-- name: event
SELECT at, data FROM conversation_event
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND seq = %(seq)s

-- name: work_order
-- Where it has no conversation, no case, no order: without them.
SELECT created_at AS at, jsonb_strip_nulls(jsonb_build_object(
    'work_order_id', work_order_id, 'kind', kind, 'team', team, 'priority', priority, 'case_id', case_id,
    'order_id', order_id)) AS data
FROM work_order WHERE shop_id = %(shop)s AND work_order_id = %(work_order_id)s

-- name: untold
-- What each webhook was not told yet of a conversation.
SELECT w.webhook_id, w.events, w.created_at, e.seq, e.type, e.at
FROM webhook w
LEFT JOIN webhook_position p
  ON p.shop_id = w.shop_id AND p.webhook_id = w.webhook_id AND p.conversation_id = %(conversation_id)s
JOIN conversation_event e
  ON e.shop_id = w.shop_id AND e.conversation_id = %(conversation_id)s AND e.seq > coalesce(p.seq, 0)
WHERE w.shop_id = %(shop)s
ORDER BY w.webhook_id, e.seq

-- name: insert_delivery
INSERT INTO webhook_delivery (shop_id, delivery_id, webhook_id, conversation_id, seq, type, made_at, due_at)
VALUES (%(shop)s, %(delivery_id)s, %(webhook_id)s, %(conversation_id)s, %(seq)s, %(type)s, %(now)s, %(now)s)
ON CONFLICT (shop_id, webhook_id, conversation_id, seq) DO NOTHING

-- name: insert_opened
-- For each webhook that wants to be told of it, in the transaction that opens it.
WITH told AS (
    INSERT INTO webhook_delivery (shop_id, delivery_id, webhook_id, conversation_id, work_order_id, type, made_at, due_at)
    SELECT shop_id, gen_random_uuid(), webhook_id, %(conversation_id)s, %(work_order_id)s, %(type)s, %(now)s, %(now)s
    FROM webhook WHERE shop_id = %(shop)s AND %(type)s = ANY(events)
    ON CONFLICT DO NOTHING
    RETURNING shop_id
)
SELECT pg_notify('webhook_due', shop_id) FROM told LIMIT 1

-- name: move_position
INSERT INTO webhook_position (shop_id, webhook_id, conversation_id, seq)
VALUES (%(shop)s, %(webhook_id)s, %(conversation_id)s, %(seq)s)
ON CONFLICT (shop_id, webhook_id, conversation_id) DO UPDATE SET seq = greatest(webhook_position.seq, excluded.seq)

-- name: claim
-- All shops. Of each webhook and conversation the first that waits, if it is due: the next one comes after it. A work
-- order waits for nothing.
WITH first AS (
    SELECT DISTINCT ON (shop_id, webhook_id, coalesce(work_order_id, conversation_id)) shop_id, delivery_id, due_at
    FROM webhook_delivery
    WHERE state = 'pending'
    ORDER BY shop_id, webhook_id, coalesce(work_order_id, conversation_id), seq
), due AS (
    SELECT shop_id, delivery_id FROM first WHERE due_at <= %(now)s ORDER BY due_at LIMIT %(limit)s
)
UPDATE webhook_delivery d
SET due_at = %(until)s, attempts = d.attempts + 1
FROM due
WHERE d.shop_id = due.shop_id AND d.delivery_id = due.delivery_id AND d.state = 'pending' AND d.due_at <= %(now)s
RETURNING d.shop_id, d.delivery_id, d.webhook_id, d.conversation_id, d.seq, d.work_order_id, d.type,
          d.attempts, d.made_at

-- name: next_due
-- All shops.
SELECT min(due_at) AS due_at FROM webhook_delivery WHERE state = 'pending'

-- name: end_delivery
UPDATE webhook_delivery
SET state = %(state)s, failure = %(failure)s, status = %(status)s, due_at = NULL, ended_at = %(now)s
WHERE shop_id = %(shop)s AND delivery_id = %(delivery_id)s AND state = 'pending' AND attempts = %(attempts)s

-- name: put_off
UPDATE webhook_delivery
SET failure = %(failure)s, status = %(status)s, due_at = %(due_at)s
WHERE shop_id = %(shop)s AND delivery_id = %(delivery_id)s AND state = 'pending' AND attempts = %(attempts)s

-- name: shop
SELECT shop_id FROM shop WHERE shop_id = %(shop)s

-- name: find_delivery
-- All shops.
SELECT shop_id, delivery_id, webhook_id, conversation_id, seq, work_order_id, type, state, attempts, failure, status,
       made_at, due_at, ended_at
FROM webhook_delivery
WHERE delivery_id = %(delivery_id)s

-- name: deliveries
SELECT shop_id, delivery_id, webhook_id, conversation_id, seq, work_order_id, type, state, attempts, failure, status,
       made_at, due_at, ended_at
FROM webhook_delivery
WHERE shop_id = %(shop)s
  AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(type)s::text IS NULL OR type = %(type)s)
  AND (%(webhook_id)s::uuid IS NULL OR webhook_id = %(webhook_id)s)
  AND (%(after_at)s::timestamptz IS NULL OR (made_at, delivery_id) < (%(after_at)s, %(after_id)s::uuid))
ORDER BY made_at DESC, delivery_id DESC
LIMIT %(limit)s

-- name: replay
-- As if it had never been tried. Of one telling, or (without its id) of all that were given up.
UPDATE webhook_delivery
SET state = 'pending', attempts = 0, failure = NULL, status = NULL, due_at = %(now)s, ended_at = NULL
WHERE shop_id = %(shop)s AND state <> 'pending'
  AND (delivery_id = %(delivery_id)s::uuid OR (%(delivery_id)s::uuid IS NULL AND state = 'dead'))

-- name: tell_of_replay
SELECT pg_notify('webhook_due', %(shop)s)

-- name: forget
-- All shops.
DELETE FROM webhook_delivery
WHERE (state = 'delivered' AND ended_at < %(told_before)s) OR (state = 'dead' AND ended_at < %(given_up_before)s)
