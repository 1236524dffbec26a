-- name: insert_conversation
WITH made AS (
    INSERT INTO conversation (shop_id, conversation_id, channel, subject_id, customer_id, state, next_seq, clock_offset,
                              started_at, due_at, waits_turn)
    VALUES (%(shop)s, %(conversation_id)s, %(channel)s, %(subject_id)s, %(customer_id)s, %(state)s, %(next_seq)s,
            %(clock_offset)s, %(now)s, %(due_at)s, %(waits_turn)s)
), linked AS (
    INSERT INTO subject_link (shop_id, subject_id, customer_id, linked_at)
    SELECT %(shop)s, %(subject_id)s, %(customer_id)s, %(now)s WHERE %(customer_id)s::text IS NOT NULL
), bodies AS (
    INSERT INTO event_body (shop_id, body_id, conversation_id, subject_id, retention, sealed)
    SELECT %(shop)s, b.body_id, %(conversation_id)s, %(subject_id)s, b.retention, b.sealed
    FROM unnest(%(body_ids)s::uuid[], %(retentions)s::text[], %(bodies)s::bytea[]) AS b (body_id, retention, sealed)
)
INSERT INTO conversation_event (shop_id, conversation_id, seq, type, v, turn, at, business_at, data, body_id)
SELECT %(shop)s, %(conversation_id)s, e.seq, e.type, e.v, NULL, %(now)s, %(business_at)s, e.data::jsonb, e.body_id
FROM unnest(%(seqs)s::integer[], %(types)s::text[], %(vs)s::smallint[], %(datas)s::text[], %(event_bodies)s::uuid[])
     AS e (seq, type, v, data, body_id)

-- name: find
SELECT subject_id, clock_offset FROM conversation WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s

-- name: find_floor
SELECT channel, owner FROM conversation WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s

-- name: find_talk
-- All shops.
SELECT shop_id, subject_id, customer_id, clock_offset FROM conversation WHERE conversation_id = %(conversation_id)s

-- name: find_everywhere
-- All shops.
SELECT shop_id, subject_id FROM conversation WHERE conversation_id = %(conversation_id)s

-- name: receive
-- Keeps one message and, if nobody owns the conversation, makes this caller its owner. A repeat changes nothing.
-- Who came while turns queued gets none here: workers take what is due, in its order.
-- Tells what the vault knows of the customer, so that no further statement has to ask for it.
WITH kept AS (
    INSERT INTO inbound (shop_id, inbound_id, conversation_id, client_message_id, kind, sealed, received_at)
    VALUES (%(shop)s, %(inbound_id)s, %(conversation_id)s, %(client_message_id)s, %(kind)s, %(sealed)s, %(now)s)
    ON CONFLICT (shop_id, conversation_id, client_message_id) DO NOTHING
    RETURNING inbound_id
), known AS (
    SELECT array_agg(id) AS ids, array_agg(type) AS types, array_agg(placeholder) AS placeholders,
           array_agg(ciphertext) AS ciphertexts
    FROM vault_value
    WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND NOT is_last_four
)
UPDATE conversation c
SET pending = c.pending + 1,
    lease_owner = CASE WHEN %(claim)s::uuid IS NOT NULL AND NOT c.waits_turn AND (c.lease_until IS NULL OR c.lease_until <= %(now)s)
                       THEN %(claim)s ELSE c.lease_owner END,
    lease_token = CASE WHEN %(claim)s::uuid IS NOT NULL AND NOT c.waits_turn AND (c.lease_until IS NULL OR c.lease_until <= %(now)s)
                       THEN c.lease_token + 1 ELSE c.lease_token END,
    lease_until = CASE WHEN %(claim)s::uuid IS NOT NULL AND NOT c.waits_turn AND (c.lease_until IS NULL OR c.lease_until <= %(now)s)
                       THEN %(until)s ELSE c.lease_until END,
    due_at = CASE WHEN c.lease_until > %(now)s THEN c.lease_until
                  WHEN %(claim)s::uuid IS NOT NULL AND NOT c.waits_turn THEN %(until)s ELSE %(now)s END
FROM kept, known
WHERE c.shop_id = %(shop)s AND c.conversation_id = %(conversation_id)s
RETURNING c.lease_owner, c.lease_token, c.subject_id, c.customer_id, c.channel, c.owner, c.owner_token, c.state,
          c.next_seq, c.clock_offset, c.pending,
          true AS was_received, known.ids AS known_ids, known.types AS known_types, known.placeholders AS known_placeholders,
          known.ciphertexts AS known_ciphertexts,
          CASE WHEN %(claim)s::uuid IS NULL OR c.waits_turn
               THEN pg_notify('conversation_due', c.shop_id || '/' || c.conversation_id)::text END AS told

-- name: claim
-- Ownership for a turn where one is due: something waits or a timer ran out, and no living owner has it.
UPDATE conversation
SET lease_owner = %(claim)s, lease_token = lease_token + 1, lease_until = %(until)s, due_at = %(until)s
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s
  AND (lease_until IS NULL OR lease_until <= %(now)s)
  AND (pending > 0 OR due_at <= %(now)s)
RETURNING lease_owner, lease_token, subject_id, customer_id, channel, owner, owner_token, state, next_seq, clock_offset,
          pending

-- name: waiting
SELECT inbound_id, kind, sealed, received_at FROM inbound
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND taken_by IS NULL
ORDER BY inbound_id

-- name: commit_turn
-- All that a turn leaves, if it still owns the conversation, and the bot still speaks in it if it did when the turn
-- began. No row: the lease or the floor was lost, nothing is kept.
WITH fenced AS (
    UPDATE conversation
    SET state = %(state)s, next_seq = %(next_seq)s, customer_id = coalesce(customer_id, %(customer_id)s),
        owner = CASE WHEN %(is_handed_off)s THEN 'human' ELSE owner END,
        owner_token = owner_token + CASE WHEN %(is_handed_off)s AND owner = 'bot' THEN 1 ELSE 0 END,
        pending = pending - %(taken_count)s,
        waits_turn = false,
        lease_owner = CASE WHEN pending > %(taken_count)s THEN lease_owner END,
        lease_until = CASE WHEN pending > %(taken_count)s THEN %(until)s::timestamptz END,
        due_at = CASE WHEN pending > %(taken_count)s THEN %(until)s ELSE %(due_at)s::timestamptz END
    WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND lease_token = %(token)s
      AND lease_owner = %(claim)s AND owner_token = %(owner_token)s
    RETURNING subject_id, pending
), linked AS (
    INSERT INTO subject_link (shop_id, subject_id, customer_id, linked_at)
    SELECT %(shop)s, subject_id, %(customer_id)s, %(now)s FROM fenced WHERE %(links)s
    ON CONFLICT DO NOTHING
), bodies AS (
    INSERT INTO event_body (shop_id, body_id, conversation_id, subject_id, retention, sealed)
    SELECT %(shop)s, b.body_id, %(conversation_id)s, fenced.subject_id, b.retention, b.sealed
    FROM fenced, unnest(%(body_ids)s::uuid[], %(retentions)s::text[], %(bodies)s::bytea[]) AS b (body_id, retention, sealed)
), events AS (
    INSERT INTO conversation_event (shop_id, conversation_id, seq, type, v, turn, at, business_at, data, body_id)
    SELECT %(shop)s, %(conversation_id)s, e.seq, e.type, e.v, %(claim)s, %(now)s, %(business_at)s, e.data::jsonb, e.body_id
    FROM fenced, unnest(%(seqs)s::integer[], %(types)s::text[], %(vs)s::smallint[], %(datas)s::text[],
                        %(event_bodies)s::uuid[]) AS e (seq, type, v, data, body_id)
), taken AS (
    UPDATE inbound SET taken_by = %(claim)s
    FROM fenced
    WHERE inbound.shop_id = %(shop)s AND inbound.inbound_id = ANY(%(taken)s::uuid[])
)
SELECT pending, pg_notify('conversation_event', %(conversation_id)s::text || '/' || %(next_seq)s::text || '/' || %(shop)s) FROM fenced

-- name: events
SELECT e.seq, e.type, e.v, e.turn, e.at, e.business_at, e.data, e.body_id, b.sealed, b.subject_id
FROM conversation_event e
LEFT JOIN event_body b ON b.shop_id = e.shop_id AND b.body_id = e.body_id
WHERE e.shop_id = %(shop)s AND e.conversation_id = %(conversation_id)s AND e.seq > %(after)s
  AND (%(types)s::text[] IS NULL OR e.type = ANY(%(types)s::text[]))
ORDER BY e.seq
LIMIT 1000

-- name: last_events
SELECT e.seq, e.type, e.v, e.turn, e.at, e.business_at, e.data, e.body_id, b.sealed, b.subject_id
FROM conversation_event e
JOIN event_body b ON b.shop_id = e.shop_id AND b.body_id = e.body_id
WHERE e.shop_id = %(shop)s AND e.conversation_id = %(conversation_id)s AND e.type = ANY(%(types)s::text[])
ORDER BY e.seq DESC
LIMIT %(limit)s

-- name: said_aloud
-- What the bot said, the last of it first, and the most that a caller has heard of it, where that was told.
SELECT s.seq, s.data ->> 'key' AS key, s.data ->> 'receipt' AS receipt, (h.data ->> 'sentences')::integer AS sentences,
       (h.data ->> 'of')::integer AS of,
       EXISTS (SELECT FROM conversation_event t
               WHERE t.shop_id = s.shop_id AND t.conversation_id = s.conversation_id AND t.seq > s.seq
                 AND t.type = 'receipt.unheard' AND (t.data ->> 'said_seq')::integer = s.seq) AS is_told
FROM conversation_event s
LEFT JOIN LATERAL (
  SELECT e.data FROM conversation_event e
  WHERE e.shop_id = s.shop_id AND e.conversation_id = s.conversation_id AND e.seq > s.seq AND e.type = 'bot.heard'
    AND (e.data ->> 'said_seq')::integer = s.seq
  ORDER BY (e.data ->> 'sentences')::integer DESC LIMIT 1
) h ON TRUE
WHERE s.shop_id = %(shop)s AND s.conversation_id = %(conversation_id)s AND s.seq >= %(since)s AND s.type = 'bot.said'
ORDER BY s.seq DESC
LIMIT %(limit)s

-- name: has_hung_up
-- Or people got the line and were told of nothing.
SELECT 1 FROM conversation_event
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND type = 'call.ended'
  AND (data ->> 'how' = ANY(%(how)s) OR (data ->> 'is_unasked')::boolean)
LIMIT 1

-- name: lost_calls
-- All shops. What was never heard on a line is no call, though it may be played as one.
SELECT c.shop_id, c.conversation_id
FROM shop s
JOIN conversation c ON c.shop_id = s.shop_id AND c.started_at >= %(begun_after)s AND c.started_at < %(silent_since)s
WHERE c.channel = 'voice'
  AND EXISTS (SELECT FROM conversation_event e
              WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'bot.heard')
  AND NOT EXISTS (SELECT FROM conversation_event e
                  WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id
                    AND (e.type = 'call.ended' OR e.at >= %(silent_since)s))
ORDER BY c.started_at
LIMIT 100

-- name: due
-- All shops.
SELECT shop_id, conversation_id FROM conversation
WHERE due_at <= %(now)s AND (lease_until IS NULL OR lease_until <= %(now)s)
ORDER BY due_at
LIMIT %(limit)s

-- name: move_clock
UPDATE conversation
SET clock_offset = clock_offset + %(by)s,
    due_at = CASE WHEN due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= %(now)s)
                  THEN due_at - %(by)s::interval ELSE due_at END
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s
RETURNING due_at <= %(now)s

-- name: prolong
UPDATE conversation SET lease_until = %(until)s, due_at = %(until)s
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND lease_token = %(token)s
  AND lease_owner = %(claim)s

-- name: let_lapse
-- An owner that failed gives the conversation back, to be looked at again a little later.
UPDATE conversation SET lease_owner = NULL, lease_until = NULL, due_at = %(due_at)s
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND lease_token = %(token)s
  AND lease_owner = %(claim)s

-- name: lock
SELECT channel, owner, state FROM conversation
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s FOR UPDATE

-- name: said_before
-- The customer's messages since then, newest first, and the last words that were shown to him, as "shown".
(SELECT inbound_id AS id, kind, sealed, client_message_id, received_at FROM inbound
 WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND kind IN ('text', 'image')
   AND received_at >= %(since)s
 ORDER BY inbound_id DESC LIMIT %(most)s)
UNION ALL
(SELECT b.body_id, 'shown', b.sealed, NULL, e.at
 FROM conversation_event e JOIN event_body b ON b.shop_id = e.shop_id AND b.body_id = e.body_id
 WHERE e.shop_id = %(shop)s AND e.conversation_id = %(conversation_id)s AND e.type = 'bot.said'
 ORDER BY e.seq DESC LIMIT 1)

-- name: bodies_since
SELECT e.seq, e.type, e.v, e.turn, e.at, e.business_at, e.data, e.body_id, b.sealed, b.subject_id
FROM conversation_event e
JOIN event_body b ON b.shop_id = e.shop_id AND b.body_id = e.body_id
WHERE e.shop_id = %(shop)s AND e.conversation_id = %(conversation_id)s AND e.at >= %(since)s
ORDER BY e.seq

-- name: rewrite_inbound
UPDATE inbound i SET sealed = given.sealed
FROM unnest(%(ids)s::uuid[], %(sealed)s::bytea[]) AS given (id, sealed)
WHERE i.shop_id = %(shop)s AND i.inbound_id = given.id

-- name: rewrite_bodies
UPDATE event_body b SET sealed = given.sealed
FROM unnest(%(ids)s::uuid[], %(sealed)s::bytea[]) AS given (id, sealed)
WHERE b.shop_id = %(shop)s AND b.body_id = given.id

-- name: rewrite_state
-- With an event that says so. A turn that runs read the old words: it may not commit, but its owner may begin it anew.
WITH changed AS (
    UPDATE conversation
    SET state = %(state)s, next_seq = next_seq + 1,
        lease_token = lease_token + CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END
    WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s
    RETURNING next_seq, clock_offset
), noted AS (
    INSERT INTO conversation_event (shop_id, conversation_id, seq, type, v, turn, at, business_at, data, body_id)
    SELECT %(shop)s, %(conversation_id)s, next_seq - 1, %(type)s, %(v)s, NULL, %(now)s, %(now)s + clock_offset,
           %(data)s::jsonb, NULL
    FROM changed
)
SELECT next_seq, pg_notify('conversation_event', %(conversation_id)s::text || '/' || next_seq::text || '/' || %(shop)s) FROM changed

-- name: begin_anew
-- For the owner whose turn may not commit any more.
UPDATE conversation SET lease_until = %(until)s, due_at = %(until)s
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND lease_owner = %(claim)s
RETURNING lease_owner, lease_token, subject_id, customer_id, channel, owner, owner_token, state, next_seq, clock_offset,
          pending

-- name: has_answered
SELECT 1 FROM conversation_event WHERE shop_id = %(shop)s AND type = %(ended)s LIMIT 1;

-- name: conversations_seen
-- The newest first; the outcome is the last one.
SELECT c.conversation_id, c.channel, how.state, c.started_at, ended.outcome
FROM conversation c
LEFT JOIN LATERAL (
    SELECT e.data ->> 'outcome' AS outcome FROM conversation_event e
    WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = %(concluded)s
    ORDER BY e.seq DESC LIMIT 1
) ended ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN c.owner = 'human' THEN 'with_person' WHEN ended.outcome IS NULL THEN 'open' ELSE 'concluded' END
) how (state)
WHERE c.shop_id = %(shop)s
  AND (%(states)s::text[] IS NULL OR how.state = ANY(%(states)s))
  AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
  AND (%(order_id)s::text IS NULL OR EXISTS (
      SELECT 1 FROM decision d
      WHERE d.shop_id = c.shop_id AND d.conversation_id = c.conversation_id AND d.order_id = %(order_id)s))
  AND (%(since)s::timestamptz IS NULL OR c.started_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.started_at < %(until)s)
  AND (%(after_at)s::timestamptz IS NULL OR (c.started_at, c.conversation_id) < (%(after_at)s, %(after_id)s::uuid))
ORDER BY c.started_at DESC, c.conversation_id DESC
LIMIT %(limit)s

-- name: last_words
-- What customers said, showed or chose last, there or, where one is known, in any later conversation of his.
SELECT asked.conversation_id, max(last.at)
FROM unnest(%(conversations)s::uuid[]) AS asked (conversation_id)
JOIN conversation c ON c.shop_id = %(shop)s AND c.conversation_id = asked.conversation_id
JOIN conversation o ON o.shop_id = c.shop_id
    AND (o.conversation_id = c.conversation_id OR o.customer_id = c.customer_id AND o.started_at > c.started_at)
CROSS JOIN LATERAL (
    SELECT e.at FROM conversation_event e
    WHERE e.shop_id = o.shop_id AND e.conversation_id = o.conversation_id AND e.type = ANY(%(types)s)
    ORDER BY e.seq DESC LIMIT 1
) last
GROUP BY asked.conversation_id

-- name: awaiting
-- What it waits for since its last turn.
SELECT e.data ->> 'awaiting' FROM conversation_event e
WHERE e.shop_id = %(shop)s AND e.conversation_id = %(conversation_id)s AND e.type = 'turn.ended'
ORDER BY e.seq DESC LIMIT 1

-- name: holder
-- Who has the floor, under the conversation's lock.
SELECT owner, agent_id, owner_token, subject_id, channel, customer_id, state, clock_offset, started_at
FROM conversation WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s FOR UPDATE

-- name: look
-- The same, for who only looks.
SELECT owner, agent_id, owner_token, subject_id, channel, customer_id, state, clock_offset, started_at
FROM conversation WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s

-- name: state_of
SELECT state FROM conversation WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s

-- name: owner_token
SELECT owner_token FROM conversation WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s

-- name: append_events
-- What people leave in a conversation, and who has the floor from then on, where that changes. A turn that runs read
-- another log: it may not commit, but its owner may begin it anew. No row: the floor is not held under this token.
WITH fenced AS (
    UPDATE conversation
    SET next_seq = next_seq + %(count)s,
        lease_token = lease_token + CASE WHEN lease_owner IS NULL THEN 0 ELSE 1 END,
        owner = coalesce(%(owner)s::text, owner),
        agent_id = CASE WHEN %(owner)s::text IS NULL THEN agent_id ELSE %(agent_id)s::uuid END,
        owner_token = owner_token + CASE WHEN %(owner)s::text IS NULL THEN 0 ELSE 1 END,
        due_at = CASE WHEN %(owner)s::text IS NOT NULL AND pending = 0 AND lease_owner IS NULL THEN NULL ELSE due_at END
    WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s
      AND (%(token)s::bigint IS NULL OR owner_token = %(token)s)
    RETURNING subject_id, next_seq - %(count)s AS first_seq, next_seq, clock_offset
), bodies AS (
    INSERT INTO event_body (shop_id, body_id, conversation_id, subject_id, retention, sealed)
    SELECT %(shop)s, b.body_id, %(conversation_id)s, fenced.subject_id, b.retention, b.sealed
    FROM fenced, unnest(%(body_ids)s::uuid[], %(retentions)s::text[], %(bodies)s::bytea[]) AS b (body_id, retention, sealed)
), events AS (
    INSERT INTO conversation_event (shop_id, conversation_id, seq, type, v, turn, at, business_at, data, body_id)
    SELECT %(shop)s, %(conversation_id)s, fenced.first_seq + e.place, e.type, e.v, NULL, %(now)s,
           %(now)s + fenced.clock_offset, e.data::jsonb, e.body_id
    FROM fenced, unnest(%(seqs)s::integer[], %(types)s::text[], %(vs)s::smallint[], %(datas)s::text[],
                        %(event_bodies)s::uuid[]) AS e (place, type, v, data, body_id)
)
SELECT first_seq, pg_notify('conversation_event', %(conversation_id)s::text || '/' || next_seq::text || '/' || %(shop)s) FROM fenced

-- name: queue
-- All shops: how many conversations wait for a turn, since when all but the first few do, and how many turns ended.
WITH waiting AS (
    SELECT min(received_at) AS since FROM inbound WHERE taken_by IS NULL GROUP BY shop_id, conversation_id
)
SELECT (SELECT count(*) FROM waiting)::integer AS waiting,
       (SELECT since FROM waiting ORDER BY since OFFSET %(spared)s LIMIT 1) AS since,
       (SELECT count(*) FROM conversation_event WHERE at > %(lately)s AND type = 'turn.ended')::integer AS served

-- name: has_money_in_flight
-- A customer whose refund, exchange or other request an order system has not settled yet.
SELECT EXISTS (
    SELECT FROM conversation c
    JOIN after_sales_case a ON a.shop_id = c.shop_id AND a.conversation_id = c.conversation_id
    JOIN operation o ON o.shop_id = a.shop_id AND o.case_id = a.case_id
    WHERE c.shop_id = %(shop)s AND c.customer_id = %(customer_id)s AND o.state IN ('accepted', 'sent', 'unknown')
)
