-- Links for photos. In the shop's own scope unless a block says "all shops".

-- name: open_of
SELECT shop_id, link_id, conversation_id, state, text_state, evidence, made_at, expires_at
FROM photo_link
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND state = 'awaiting_evidence'

-- name: insert
INSERT INTO photo_link (shop_id, link_id, conversation_id, state, token_mac, code_mac, text_state, text_due_at,
                        made_at, expires_at)
VALUES (%(shop)s, %(link_id)s, %(conversation_id)s, 'awaiting_evidence', %(token_mac)s, %(code_mac)s, %(text_state)s,
        %(text_due_at)s, %(now)s, %(expires_at)s)

-- name: recognise
-- All shops: who holds a link says of no shop.
SELECT shop_id, link_id, conversation_id, state, text_state, evidence, made_at, expires_at
FROM photo_link
WHERE state = 'awaiting_evidence' AND (token_mac = %(mac)s OR code_mac = %(mac)s)

-- name: lock
SELECT shop_id, link_id, conversation_id, state, text_state, evidence, made_at, expires_at
FROM photo_link WHERE shop_id = %(shop)s AND link_id = %(link_id)s
FOR UPDATE

-- name: add
UPDATE photo_link SET evidence = evidence || %(evidence_id)s::uuid
WHERE shop_id = %(shop)s AND link_id = %(link_id)s AND state = 'awaiting_evidence'
  AND cardinality(evidence) < %(most)s AND %(now)s < expires_at

-- name: end
UPDATE photo_link
SET state = %(state)s, ended_at = %(now)s, follow_up_at = %(follow_up_at)s, text_due_at = NULL,
    text_state = CASE WHEN text_state = 'pending' THEN 'failed' ELSE text_state END
WHERE shop_id = %(shop)s AND link_id = %(link_id)s AND state = 'awaiting_evidence'

-- name: open_ones
-- All shops.
SELECT shop_id, link_id, conversation_id, state, text_state, evidence, made_at, expires_at
FROM photo_link WHERE state = 'awaiting_evidence' ORDER BY made_at

-- name: claim_texts
-- All shops. Under a lease: whoever dies while sending is taken up, under the same id.
WITH due AS (
    SELECT shop_id, link_id FROM photo_link
    WHERE state = 'awaiting_evidence' AND text_state = 'pending' AND text_due_at <= %(now)s
    ORDER BY text_due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE photo_link p
SET text_due_at = %(until)s, text_attempts = p.text_attempts + 1
FROM due, conversation c
WHERE p.shop_id = due.shop_id AND p.link_id = due.link_id
  AND c.shop_id = p.shop_id AND c.conversation_id = p.conversation_id
RETURNING p.shop_id, p.link_id, p.conversation_id, p.state, p.text_state, p.evidence, p.made_at, p.expires_at,
          p.text_attempts, c.customer_id

-- name: end_text
UPDATE photo_link SET text_state = %(text_state)s, text_failure = %(failure)s, text_due_at = %(due_at)s
WHERE shop_id = %(shop)s AND link_id = %(link_id)s AND text_state = 'pending' AND text_attempts = %(attempts)s

-- name: claim_follow_ups
-- All shops: each is looked at once.
WITH due AS (
    SELECT shop_id, link_id FROM photo_link
    WHERE follow_up_at <= %(now)s
    ORDER BY follow_up_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE photo_link p
SET follow_up_at = NULL
FROM due
WHERE p.shop_id = due.shop_id AND p.link_id = due.link_id
RETURNING p.shop_id, p.link_id, p.conversation_id, p.state, p.text_state, p.evidence, p.made_at, p.expires_at,
          EXISTS (SELECT 1 FROM conversation_event e
                  WHERE e.shop_id = p.shop_id AND e.conversation_id = p.conversation_id
                    AND e.type = 'customer.said' AND e.at > p.ended_at) AS has_spoken
