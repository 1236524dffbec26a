-- Cases, quotes, decisions and operations. In the shop's own scope unless a block says "all shops".

-- name: insert_decision
INSERT INTO decision (shop_id, decision_id, conversation_id, order_id, flow, verdict, rule, refusal, kind, outcome,
                      facts, trace, trace_sha256, policy, asked, business_at, recorded_at)
VALUES (%(shop)s, %(decision_id)s, %(conversation_id)s, %(order_id)s, %(flow)s, %(verdict)s, %(rule)s, %(refusal)s,
        %(kind)s, %(outcome)s, %(facts)s, %(trace)s, %(trace_sha256)s, %(policy)s, %(asked)s, %(business_at)s, %(now)s)

-- name: insert_quote
INSERT INTO quote (shop_id, quote_id, conversation_id, decision_id, order_id, flow, hash, body, basis,
                   valid_until, recorded_at)
VALUES (%(shop)s, %(quote_id)s, %(conversation_id)s, %(decision_id)s, %(order_id)s, %(quote_flow)s, %(hash)s, %(body)s, %(basis)s,
        %(valid_until)s, %(now)s)
ON CONFLICT (shop_id, conversation_id, order_id, flow) WHERE voided_at IS NULL AND accepted_at IS NULL
DO UPDATE SET quote_id = excluded.quote_id, decision_id = excluded.decision_id, hash = excluded.hash,
              body = excluded.body, basis = excluded.basis, valid_until = excluded.valid_until, recorded_at = excluded.recorded_at

-- name: insert_ruling
WITH decided AS (
    INSERT INTO decision (shop_id, decision_id, conversation_id, order_id, flow, verdict, rule, refusal, kind, outcome,
                          facts, trace, trace_sha256, policy, asked, business_at, recorded_at)
    VALUES (%(shop)s, %(decision_id)s, %(conversation_id)s, %(order_id)s, %(flow)s, %(verdict)s, %(rule)s, %(refusal)s,
            %(kind)s, %(outcome)s, %(facts)s, %(trace)s, %(trace_sha256)s, %(policy)s, %(asked)s, %(business_at)s, %(now)s)
)
INSERT INTO quote (shop_id, quote_id, conversation_id, decision_id, order_id, flow, hash, body, basis,
                   valid_until, recorded_at)
VALUES (%(shop)s, %(quote_id)s, %(conversation_id)s, %(decision_id)s, %(order_id)s, %(quote_flow)s, %(hash)s, %(body)s, %(basis)s,
        %(valid_until)s, %(now)s)
ON CONFLICT (shop_id, conversation_id, order_id, flow) WHERE voided_at IS NULL AND accepted_at IS NULL
DO UPDATE SET quote_id = excluded.quote_id, decision_id = excluded.decision_id, hash = excluded.hash,
              body = excluded.body, basis = excluded.basis, valid_until = excluded.valid_until, recorded_at = excluded.recorded_at

-- name: void_quotes
UPDATE quote SET voided_at = %(now)s
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND voided_at IS NULL AND accepted_at IS NULL

-- name: policy_of_quote
SELECT d.policy
FROM quote q
JOIN decision d USING (shop_id, decision_id)
WHERE q.shop_id = %(shop)s AND q.conversation_id = %(conversation_id)s AND q.hash = %(quote_hash)s
  AND q.voided_at IS NULL AND q.accepted_at IS NULL

-- name: past_decisions
SELECT decision_id::text, business_at, verdict, rule, policy, asked AS ask
FROM decision
WHERE shop_id = %(shop)s AND business_at >= %(since)s AND business_at < %(until)s AND asked IS NOT NULL
  AND (%(after)s::uuid IS NULL OR decision_id > %(after)s)
ORDER BY decision_id
LIMIT %(limit)s

-- name: void_quotes_of_policy
UPDATE quote q SET voided_at = %(now)s
FROM decision d
WHERE q.shop_id = %(shop)s AND q.voided_at IS NULL AND q.accepted_at IS NULL
  AND d.shop_id = q.shop_id AND d.decision_id = q.decision_id AND d.policy = %(policy)s

-- name: lock_order
SELECT pg_advisory_xact_lock(hashtextextended(%(shop)s || chr(31) || %(order_id)s, 0))

-- name: free_shown
DELETE FROM case_unit u
USING after_sales_case c
WHERE u.shop_id = %(shop)s AND u.order_id = %(order_id)s AND c.shop_id = u.shop_id AND c.case_id = u.case_id
  AND c.order_system_case_id = ANY(%(freed)s)

-- name: accept
-- Under lock_order, so that no two acceptances choose the same units. Writes all or nothing; the last row says which.
WITH standing AS (
    SELECT quote_id, decision_id FROM quote
    WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND order_id = %(order_id)s
      AND flow = %(flow)s AND hash = %(quote_hash)s AND valid_until > %(business_at)s
      AND voided_at IS NULL AND accepted_at IS NULL
      AND basis = (
        SELECT count(*) + count(*) FILTER (WHERE state IN ('withdrawn', 'rejected', 'refused'))
        FROM after_sales_case c WHERE c.shop_id = %(shop)s AND c.order_id = %(order_id)s)
    FOR UPDATE
), asked AS (
    SELECT line_id, quantity, total
    FROM jsonb_to_recordset(%(asked)s) AS a (line_id text, quantity integer, total integer)
), shown AS (
    SELECT s.line_id, sum(s.quantity) AS quantity
    FROM jsonb_to_recordset(%(shown)s) AS s (line_id text, quantity integer, case_id text, operation_id text)
    WHERE NOT EXISTS (
        SELECT FROM after_sales_case c
        WHERE c.shop_id = %(shop)s AND c.order_id = %(order_id)s
          AND (c.operation_id::text = s.operation_id OR c.order_system_case_id = s.case_id))
    GROUP BY s.line_id
), held AS (
    SELECT line_id, unit_no FROM case_unit
    WHERE shop_id = %(shop)s AND order_id = %(order_id)s AND scope = %(scope)s
), free AS (
    SELECT a.line_id, n AS unit_no, a.quantity,
           row_number() OVER (PARTITION BY a.line_id ORDER BY n) AS place,
           a.total - coalesce(s.quantity, 0) - (SELECT count(*) FROM held h WHERE h.line_id = a.line_id) AS room
    FROM asked a
    LEFT JOIN shown s USING (line_id)
    CROSS JOIN LATERAL generate_series(1, a.total) AS n
    WHERE NOT EXISTS (SELECT FROM held h WHERE h.line_id = a.line_id AND h.unit_no = n)
), chosen AS (
    SELECT line_id, unit_no FROM free WHERE place <= quantity AND quantity <= room
), made AS (
    INSERT INTO after_sales_case (shop_id, case_id, operation_id, conversation_id, subject_id, customer_id, order_id,
                                  flow, kind, reason, lines, refund_fen, freight_payer, decision_id, quote_id,
                                  quote_hash, confirmation, state, created_at)
    SELECT %(shop)s, %(case_id)s, %(operation_id)s, %(conversation_id)s, %(subject_id)s, %(customer_id)s, %(order_id)s,
           %(flow)s, %(kind)s, %(reason)s, %(lines)s, %(refund_fen)s, %(freight_payer)s, decision_id, quote_id,
           %(quote_hash)s, %(confirmation)s, 'pending', %(now)s
    FROM standing
    WHERE (SELECT count(*) FROM chosen) = (SELECT sum(quantity) FROM asked)
    RETURNING case_id, decision_id, quote_id
), accepted AS (
    UPDATE quote q SET accepted_at = %(now)s FROM made
    WHERE q.shop_id = %(shop)s AND q.quote_id = made.quote_id
), reserved AS (
    INSERT INTO case_unit (shop_id, order_id, scope, line_id, unit_no, case_id)
    SELECT %(shop)s, %(order_id)s, %(scope)s, chosen.line_id, chosen.unit_no, made.case_id FROM chosen, made
), queued AS (
    INSERT INTO operation (shop_id, operation_id, case_id, state, request, intent, accepted_at, tried_since, due_at)
    SELECT %(shop)s, %(operation_id)s, case_id, 'accepted', %(request)s, %(intent)s, %(now)s, %(now)s, %(now)s FROM made
    RETURNING pg_notify('case_operation', operation_id::text)
)
SELECT (SELECT count(*) FROM standing) = 1 AS stands,
       (SELECT count(*) FROM queued) = 1 AS is_made,
       (SELECT decision_id FROM made) AS decision_id

-- name: without_end
-- What was agreed to and has no end, and what the audit log says was agreed to since and no operation here tells of.
SELECT operation_id::text, c.order_id, true AS is_known
FROM operation o JOIN after_sales_case c USING (shop_id, operation_id)
WHERE o.shop_id = %(shop)s AND o.state IN ('accepted', 'sent', 'unknown')
UNION ALL
SELECT DISTINCT r.req, audit_text(r.raw, 'detail', 'order_id'), false
FROM audit_record r
WHERE r.shop_id = %(shop)s AND r.ts >= %(since)s AND r.cat = 'money' AND r.action = 'operation.execute'
  AND audit_text(r.raw, 'kind') = 'intent'
  AND NOT EXISTS (SELECT FROM operation o WHERE o.shop_id = r.shop_id AND o.operation_id::text = r.req)
ORDER BY 1

-- name: shops_with_cases
SELECT shop_id FROM shop WHERE order_system IS NOT NULL ORDER BY shop_id

-- name: cases_of_order
SELECT c.case_id, c.operation_id, c.conversation_id, c.customer_id, c.order_id, c.kind, c.state,
       o.state AS operation_state, c.refund_fen, o.accepted_at, c.stage, c.order_system_case_id,
       c.reason, c.lines, o.receipt
FROM after_sales_case c
JOIN operation o USING (shop_id, operation_id)
WHERE c.shop_id = %(shop)s AND c.order_id = %(order_id)s
ORDER BY o.accepted_at

-- name: claim
-- All shops. What was being sent by a caller who lost his lease may be written: it is unknown from here on.
WITH due AS (
    SELECT shop_id, operation_id FROM operation
    WHERE due_at <= %(now)s
    ORDER BY due_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE operation o
SET lease_owner = %(owner)s, lease_token = o.lease_token + 1, due_at = %(until)s,
    state = CASE WHEN o.state = 'sent' THEN 'unknown' ELSE o.state END
FROM due, after_sales_case c
WHERE o.shop_id = due.shop_id AND o.operation_id = due.operation_id
  AND c.shop_id = o.shop_id AND c.case_id = o.case_id
RETURNING o.shop_id, o.operation_id, o.case_id, c.conversation_id, c.subject_id, c.flow, c.quote_hash, o.state,
          o.request, o.intent, o.attempts, o.sends, o.lease_token AS token, o.tried_since,
          starts_with(c.confirmation, 'approval/') AS is_by_staff

-- name: prolong
-- All shops.
UPDATE operation o SET due_at = %(until)s
FROM unnest(%(shops)s::text[], %(operation_ids)s::uuid[], %(tokens)s::bigint[]) AS held (shop_id, operation_id, token)
WHERE o.shop_id = held.shop_id AND o.operation_id = held.operation_id AND o.lease_token = held.token
  AND o.lease_owner = %(owner)s

-- name: mark_sent
UPDATE operation
SET state = 'sent', sends = sends + 1, sent_at = %(now)s
WHERE shop_id = %(shop)s AND operation_id = %(operation_id)s AND lease_token = %(token)s AND state = ANY(%(from)s)

-- name: put_off
UPDATE operation
SET state = coalesce(%(state)s, CASE WHEN state = 'sent' THEN 'unknown' ELSE state END),
    attempts = attempts + 1, due_at = %(due_at)s, lease_owner = NULL
WHERE shop_id = %(shop)s AND operation_id = %(operation_id)s AND lease_token = %(token)s AND state = ANY(%(from)s)
RETURNING state

-- name: settle
-- The end of an operation with all that hangs on it. No row: the lease was lost, and somebody else ends it.
WITH ended AS (
    UPDATE operation
    SET state = %(state)s, receipt = %(receipt)s, refusal = %(refusal)s, settled_at = %(now)s, due_at = NULL,
        lease_owner = NULL, outcome = %(outcome)s
    WHERE shop_id = %(shop)s AND operation_id = %(operation_id)s AND lease_token = %(token)s AND state = ANY(%(from)s)
    RETURNING case_id
), moved AS (
    UPDATE after_sales_case c
    SET state = CASE WHEN %(frees)s OR c.progressed_at IS NULL THEN coalesce(%(case_state)s, c.state) ELSE c.state END,
        order_system_case_id = coalesce(%(order_system_case_id)s, c.order_system_case_id)
    FROM ended
    WHERE c.shop_id = %(shop)s AND c.case_id = ended.case_id
    RETURNING c.case_id, c.conversation_id, c.order_id
), freed AS (
    DELETE FROM case_unit u USING ended
    WHERE %(frees)s AND u.shop_id = %(shop)s AND u.case_id = ended.case_id
)
SELECT case_id FROM moved

-- name: withdraw
-- What its customer took back: the case stands withdrawn and holds nothing, whether or not the order system tells of it.
WITH withdrawn AS (
    UPDATE after_sales_case SET state = 'withdrawn', stage = 'withdrawn'
    WHERE shop_id = %(shop)s AND order_id = %(order_id)s AND order_system_case_id = %(order_system_case_id)s
    RETURNING case_id
), freed AS (
    DELETE FROM case_unit u USING withdrawn WHERE u.shop_id = %(shop)s AND u.case_id = withdrawn.case_id
)
SELECT case_id FROM withdrawn

-- name: take_up
-- A person settles or retries what was handed over; the token fences out whoever still holds a lease.
UPDATE operation o
SET lease_owner = NULL, lease_token = o.lease_token + 1
FROM after_sales_case c
WHERE o.shop_id = %(shop)s AND o.operation_id = %(operation_id)s AND o.state = 'handed_over'
  AND (%(version)s::bigint IS NULL OR o.lease_token = %(version)s)
  AND c.shop_id = o.shop_id AND c.case_id = o.case_id
RETURNING o.shop_id, o.operation_id, o.case_id, c.conversation_id, c.subject_id, c.flow, c.quote_hash, o.state,
          o.request, o.intent, o.attempts, o.sends, o.lease_token AS token, o.tried_since,
          starts_with(c.confirmation, 'approval/') AS is_by_staff

-- name: operation_everywhere
-- All shops.
SELECT shop_id FROM operation WHERE operation_id = %(operation_id)s

-- name: in_hand
SELECT o.operation_id, o.state, o.lease_token AS version, o.sends, o.refusal, o.accepted_at, o.settled_at, c.case_id,
       c.conversation_id, c.order_id, c.kind, c.lines, c.refund_fen, c.state AS case_state, c.order_system_case_id
FROM operation o
JOIN after_sales_case c USING (shop_id, case_id)
WHERE o.shop_id = %(shop)s AND o.operation_id = %(operation_id)s

-- name: retry
UPDATE operation
SET state = CASE WHEN sends = 0 OR %(is_surely_unwritten)s THEN 'accepted' ELSE 'unknown' END, settled_at = NULL, refusal = NULL, due_at = %(now)s,
    tried_since = %(now)s
WHERE shop_id = %(shop)s AND operation_id = %(operation_id)s AND state = 'handed_over'
  AND (%(version)s::bigint IS NULL OR lease_token = %(version)s)
RETURNING pg_notify('case_operation', operation_id::text)

-- name: apply_progress
-- A repeat, an older word or no change changes nothing. Word of an operation whose outcome is unknown has it looked for.
WITH was AS (
    SELECT case_id, state, stage FROM after_sales_case
    WHERE shop_id = %(shop)s AND order_id = %(order_id)s AND state <> 'refused'
      AND (order_system_case_id = %(order_system_case_id)s OR operation_id = %(operation_id)s)
      AND (progressed_at IS NULL OR progressed_at <= %(at)s)
      AND (state <> %(status)s OR stage IS DISTINCT FROM coalesce(%(stage)s, stage))
    FOR UPDATE
), heard AS (
    INSERT INTO case_progress (shop_id, event_id, case_id, status, stage, at, recorded_at)
    SELECT %(shop)s, %(event_id)s, case_id, %(status)s, %(stage)s, %(at)s, %(now)s FROM was
    ON CONFLICT DO NOTHING
    RETURNING event_id
), moved AS (
    UPDATE after_sales_case c
    SET state = %(status)s, stage = coalesce(%(stage)s, c.stage), progressed_at = %(at)s
    FROM heard, was
    WHERE c.shop_id = %(shop)s AND c.case_id = was.case_id
    RETURNING c.case_id, c.operation_id, c.conversation_id, c.flow, c.kind, c.order_id, c.quote_hash, c.stage,
              c.refund_fen, was.state AS state_before, was.stage AS stage_before
), freed AS (
    DELETE FROM case_unit u USING moved
    WHERE u.shop_id = %(shop)s AND u.case_id = moved.case_id
      AND (%(status)s IN ('withdrawn', 'rejected') OR %(status)s = 'finished' AND moved.kind = 'repair')
), woken AS (
    UPDATE operation o SET due_at = %(now)s
    WHERE o.shop_id = %(shop)s AND o.operation_id = %(operation_id)s AND o.state = 'unknown' AND o.lease_owner IS NULL
    RETURNING pg_notify('case_operation', o.operation_id::text)
)
SELECT case_id, operation_id, conversation_id, flow, kind, order_id, quote_hash, stage, refund_fen, state_before,
       stage_before, (SELECT count(*) FROM woken) AS woken,
       %(status)s = 'withdrawn' AND EXISTS (
         SELECT FROM after_sales_case w JOIN operation o USING (shop_id, operation_id)
         WHERE w.shop_id = %(shop)s AND w.order_id = %(order_id)s AND w.kind = 'withdraw_case' AND w.state <> 'refused'
           AND o.request ->> 'withdrawn_case_id' = %(order_system_case_id)s) AS is_asked_for
FROM moved

-- name: to_reconcile
-- What was not compared yet or belongs to an order about which a difference stands; with "again" what was compared, too.
SELECT o.operation_id, o.state, o.request, o.receipt, c.case_id, c.conversation_id, c.order_id, o.accepted_at,
       c.state AS case_state, c.stage
FROM operation o
JOIN after_sales_case c USING (shop_id, case_id)
WHERE o.shop_id = %(shop)s AND o.accepted_at >= %(since)s
  AND (%(again)s OR o.reconciled_at IS NULL OR EXISTS (
    SELECT FROM difference d WHERE d.shop_id = o.shop_id AND d.order_id = c.order_id AND d.gone_at IS NULL))
  AND o.state IN ('succeeded', 'refused', 'handed_over') AND o.settled_at <= %(until)s
  AND (%(after_at)s::timestamptz IS NULL OR (o.accepted_at, o.operation_id) > (%(after_at)s, %(after_id)s::uuid))
ORDER BY o.accepted_at, o.operation_id
LIMIT %(limit)s

-- name: to_follow
-- Open cases that were not looked at for some time, the longest first.
SELECT o.operation_id, o.state, o.request, o.receipt, c.case_id, c.conversation_id, c.order_id, o.accepted_at,
       c.state AS case_state, c.stage
FROM after_sales_case c
JOIN operation o USING (shop_id, case_id)
WHERE c.shop_id = %(shop)s AND c.state = 'open' AND o.state = 'succeeded'
  AND o.reconciled_at <= %(stale)s AND o.accepted_at >= %(oldest)s
ORDER BY o.reconciled_at
LIMIT %(limit)s

-- name: mark_reconciled
UPDATE operation SET reconciled_at = %(now)s WHERE shop_id = %(shop)s AND operation_id = ANY(%(operation_ids)s)

-- name: known_operations
SELECT operation_id::text FROM operation WHERE shop_id = %(shop)s AND operation_id = ANY(%(operation_ids)s::uuid[])

-- name: shops_to_reconcile
-- All shops.
SELECT shop_id FROM after_sales_case c JOIN operation o USING (shop_id, case_id)
WHERE c.state = 'open' AND o.state = 'succeeded' AND o.reconciled_at <= %(stale)s AND o.accepted_at >= %(oldest)s
UNION
SELECT shop_id FROM operation WHERE reconciled_at IS NULL AND accepted_at >= %(since)s
UNION
SELECT d.shop_id
FROM difference d
JOIN after_sales_case c USING (shop_id, order_id)
JOIN operation o USING (shop_id, case_id)
WHERE d.gone_at IS NULL AND o.accepted_at >= %(since)s

-- name: lock_differences
-- One at a time notes differences of a shop, so that the second finds what the first has noted.
SELECT pg_advisory_xact_lock(hashtextextended('difference' || chr(31) || %(shop)s, 0))

-- name: see_difference
-- Found again. No row: it never was found before.
WITH was AS (
    SELECT gone_at FROM difference WHERE shop_id = %(shop)s AND kind = %(kind)s AND operation_id = %(operation_id)s
)
UPDATE difference d SET seen_at = %(now)s, gone_at = NULL
FROM was
WHERE d.shop_id = %(shop)s AND d.kind = %(kind)s AND d.operation_id = %(operation_id)s
RETURNING d.work_order_id, was.gone_at IS NULL AS was_standing

-- name: insert_difference
INSERT INTO difference (shop_id, kind, operation_id, order_id, work_order_id, found_at, seen_at)
VALUES (%(shop)s, %(kind)s, %(operation_id)s, %(order_id)s, %(work_order_id)s, %(now)s, %(now)s)
ON CONFLICT (shop_id, kind, operation_id)
DO UPDATE SET work_order_id = excluded.work_order_id, found_at = excluded.found_at

-- name: end_differences
-- What shows in the whole order alone (unknown_to_us) goes with the order, all else with its own operation; a key that
-- was written twice needs both.
UPDATE difference d SET gone_at = %(now)s
WHERE d.shop_id = %(shop)s AND d.gone_at IS NULL
  AND (d.kind = 'unknown_to_us' OR d.operation_id = ANY(%(operation_ids)s))
  AND (d.kind NOT IN ('unknown_to_us', 'written_twice') OR d.order_id = ANY(%(order_ids)s))
  AND NOT EXISTS (
    SELECT FROM jsonb_to_recordset(%(found)s) AS f (kind text, operation_id text)
    WHERE f.kind = d.kind AND f.operation_id = d.operation_id)
RETURNING d.kind, d.operation_id, d.order_id, d.work_order_id

-- name: receipt
SELECT o.operation_id, o.state, o.request, o.receipt, o.refusal, o.intent, o.outcome, o.accepted_at, o.settled_at,
       c.case_id, c.conversation_id, c.confirmation, c.quote_hash, q.body AS quote,
       d.decision_id, d.flow, d.verdict, d.rule, d.policy, d.facts, d.trace_sha256, d.business_at
FROM operation o
JOIN after_sales_case c USING (shop_id, case_id)
JOIN quote q USING (shop_id, quote_id)
LEFT JOIN decision d ON d.shop_id = c.shop_id AND d.decision_id = c.decision_id
WHERE o.shop_id = %(shop)s AND o.operation_id = %(operation_id)s

-- name: audited
-- All shops: the log itself is closed to a shop's own scope.
SELECT seq, id, action, outcome FROM audit_record
WHERE shop_id = %(shop)s AND object_id = %(object_id)s
ORDER BY seq

-- name: words_kept
-- What the customer said himself, in quotes and in operations of this conversation.
SELECT true AS is_quote, quote_id AS id, body -> 'details' AS words FROM quote
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND body -> 'details' <> '{}'
UNION ALL
SELECT false, o.operation_id, said.words
FROM after_sales_case c
JOIN operation o USING (shop_id, operation_id)
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(key, value) AS words FROM jsonb_each(o.request)
    WHERE key IN ('address', 'phone', 'invoice_title', 'tax_id') AND jsonb_typeof(value) = 'string'
) said
WHERE c.shop_id = %(shop)s AND c.conversation_id = %(conversation_id)s AND said.words IS NOT NULL

-- name: replace_quote_words
UPDATE quote
SET body = jsonb_set(body, '{details}', %(words)s),
    voided_at = CASE WHEN accepted_at IS NULL THEN coalesce(voided_at, %(now)s) ELSE voided_at END
WHERE shop_id = %(shop)s AND quote_id = %(id)s

-- name: replace_operation_words
UPDATE operation SET request = request || %(words)s WHERE shop_id = %(shop)s AND operation_id = %(id)s

-- name: seen
-- The newest first. What is due by work orders about the case stands beside what the order system expects.
SELECT c.case_id, c.conversation_id, c.order_id, c.flow, c.kind, c.reason, c.lines, c.refund_fen, c.freight_payer,
       c.decision_id, c.quote_hash, c.state, c.stage, c.created_at, c.progressed_at, c.order_system_case_id,
       o.operation_id, o.state AS operation_state, o.refusal, o.settled_at, o.receipt,
       (SELECT min(w.due_at) FROM work_order w
        WHERE w.shop_id = c.shop_id AND w.case_id = c.case_id AND w.state = ANY(%(open)s)) AS work_due_at,
       CASE WHEN c.kind = 'return_refund' AND c.refund_fen > 0 THEN
           (SELECT min(g.at) FROM case_progress g
            WHERE g.shop_id = c.shop_id AND g.case_id = c.case_id
              AND g.stage IN ('inspecting', 'refunding', 'refunded')) + %(refund_within)s END AS refund_due_at
FROM after_sales_case c
JOIN operation o USING (shop_id, operation_id)
WHERE c.shop_id = %(shop)s
  AND (%(case_id)s::uuid IS NULL OR c.case_id = %(case_id)s)
  AND (%(states)s::text[] IS NULL OR c.state = ANY(%(states)s))
  AND (%(kind)s::text IS NULL OR c.kind = %(kind)s)
  AND (%(order_id)s::text IS NULL OR c.order_id = %(order_id)s)
  AND (%(conversation_id)s::uuid IS NULL OR c.conversation_id = %(conversation_id)s)
  AND (%(customer_id)s::text IS NULL OR c.customer_id = %(customer_id)s)
  AND (%(since)s::timestamptz IS NULL OR c.created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR c.created_at < %(until)s)
  AND (%(after_at)s::timestamptz IS NULL OR (c.created_at, c.case_id) < (%(after_at)s, %(after_id)s::uuid))
ORDER BY c.created_at DESC, c.case_id DESC
LIMIT %(limit)s

-- name: progress
-- Of several cases, the oldest first.
SELECT case_id, status, stage, at FROM case_progress
WHERE shop_id = %(shop)s AND case_id = ANY(%(cases)s)
ORDER BY at, event_id

-- name: explained
SELECT decision_id, conversation_id, order_id, flow, verdict, rule, refusal, kind, outcome, facts, trace, trace_sha256,
       policy, business_at, recorded_at
FROM decision WHERE shop_id = %(shop)s AND decision_id = %(decision_id)s
