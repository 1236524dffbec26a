-- Work orders, their history, comments, attachments and teams. In the shop's own scope unless a block says "all shops".

-- name: insert
INSERT INTO work_order (shop_id, work_order_id, version, kind, state, priority, team, skills, created_at, clock_since,
                        response_due_at, due_at, warn_at, summary, conversation_id, case_id, order_id, assignee, opener_type, opener,
                        responded_at, paused_at, waited_s, warned_at, response_breached_at, breached_at, escalation, outcome,
                        merged_into, updated_at, resolved_at, closed_at)
VALUES (%(shop_id)s, %(work_order_id)s, %(version)s, %(kind)s, %(state)s, %(priority)s, %(team)s, %(skills)s,
        %(created_at)s, %(clock_since)s, %(response_due_at)s, %(due_at)s, %(warn_at)s, %(summary)s,
        %(conversation_id)s, %(case_id)s, %(order_id)s, %(assignee)s, %(opener_type)s, %(opener)s, %(responded_at)s,
        %(paused_at)s, %(waited_s)s, %(warned_at)s, %(response_breached_at)s, %(breached_at)s, %(escalation)s,
        %(outcome)s, %(merged_into)s, %(updated_at)s, %(resolved_at)s, %(closed_at)s)

-- name: save
UPDATE work_order
SET version = %(version)s, state = %(state)s, priority = %(priority)s, team = %(team)s, skills = %(skills)s,
    clock_since = %(clock_since)s, response_due_at = %(response_due_at)s, due_at = %(due_at)s,
    warn_at = %(warn_at)s, assignee = %(assignee)s, responded_at = %(responded_at)s, paused_at = %(paused_at)s,
    waited_s = %(waited_s)s, warned_at = %(warned_at)s, response_breached_at = %(response_breached_at)s,
    breached_at = %(breached_at)s, escalation = %(escalation)s, outcome = %(outcome)s,
    merged_into = %(merged_into)s, updated_at = %(updated_at)s, resolved_at = %(resolved_at)s,
    closed_at = %(closed_at)s
WHERE shop_id = %(shop_id)s AND work_order_id = %(work_order_id)s AND version = %(version_before)s

-- name: find
SELECT shop_id, work_order_id, version, kind, state, priority, team, skills, created_at, clock_since,
       response_due_at, due_at, warn_at, summary, conversation_id, case_id, order_id, assignee, opener_type, opener,
       responded_at, paused_at, waited_s, warned_at, response_breached_at, breached_at, escalation, outcome,
       merged_into, updated_at, resolved_at, closed_at
FROM work_order WHERE shop_id = %(shop)s AND work_order_id = %(work_order_id)s

-- name: lock
SELECT shop_id, work_order_id, version, kind, state, priority, team, skills, created_at, clock_since,
       response_due_at, due_at, warn_at, summary, conversation_id, case_id, order_id, assignee, opener_type, opener,
       responded_at, paused_at, waited_s, warned_at, response_breached_at, breached_at, escalation, outcome,
       merged_into, updated_at, resolved_at, closed_at
FROM work_order WHERE shop_id = %(shop)s AND work_order_id = %(work_order_id)s
FOR UPDATE

-- name: lock_named
-- One opening under this id at a time, so that the second finds what the first has made.
SELECT pg_advisory_xact_lock(hashtextextended('work_order' || chr(31) || %(work_order_id)s, 0))

-- name: find_case
SELECT case_id FROM after_sales_case WHERE shop_id = %(shop)s AND case_id = %(case_id)s

-- name: find_everywhere
-- All shops.
SELECT shop_id FROM work_order WHERE work_order_id = %(work_order_id)s

-- name: page
SELECT shop_id, work_order_id, version, kind, state, priority, team, skills, created_at, clock_since,
       response_due_at, due_at, warn_at, summary, conversation_id, case_id, order_id, assignee, opener_type, opener,
       responded_at, paused_at, waited_s, warned_at, response_breached_at, breached_at, escalation, outcome,
       merged_into, updated_at, resolved_at, closed_at
FROM work_order
WHERE shop_id = %(shop)s
  AND (%(states)s::text[] IS NULL OR state = ANY(%(states)s))
  AND (%(team)s::text IS NULL OR team = %(team)s)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s)
  AND (%(priority)s::text IS NULL OR priority = %(priority)s)
  AND (%(assignee)s::uuid IS NULL OR assignee = %(assignee)s)
  AND (%(conversation_id)s::uuid IS NULL OR conversation_id = %(conversation_id)s)
  AND (%(order_id)s::text IS NULL OR order_id = %(order_id)s)
  AND (%(is_breached)s::boolean IS NULL OR (breached_at IS NOT NULL) = %(is_breached)s)
  AND (%(after_at)s::timestamptz IS NULL OR (created_at, work_order_id) < (%(after_at)s, %(after_id)s::uuid))
ORDER BY created_at DESC, work_order_id DESC
LIMIT %(limit)s

-- name: own_of_case
SELECT shop_id, work_order_id, version, kind, state, priority, team, skills, created_at, clock_since,
       response_due_at, due_at, warn_at, summary, conversation_id, case_id, order_id, assignee, opener_type, opener,
       responded_at, paused_at, waited_s, warned_at, response_breached_at, breached_at, escalation, outcome,
       merged_into, updated_at, resolved_at, closed_at
FROM work_order
WHERE shop_id = %(shop)s AND case_id = %(case_id)s AND state = ANY(%(open)s)
  AND opener_type = %(opener_type)s AND kind = ANY(%(kinds)s)
ORDER BY work_order_id
FOR UPDATE

-- name: shops_with_due
-- All shops.
SELECT DISTINCT shop_id FROM work_order
WHERE state = ANY(%(running)s)
  AND (breached_at IS NULL AND (due_at <= %(now)s OR (warned_at IS NULL AND warn_at <= %(now)s))
       OR responded_at IS NULL AND response_breached_at IS NULL AND response_due_at <= %(now)s)
ORDER BY shop_id

-- name: due
SELECT shop_id, work_order_id, version, kind, state, priority, team, skills, created_at, clock_since,
       response_due_at, due_at, warn_at, summary, conversation_id, case_id, order_id, assignee, opener_type, opener,
       responded_at, paused_at, waited_s, warned_at, response_breached_at, breached_at, escalation, outcome,
       merged_into, updated_at, resolved_at, closed_at
FROM work_order
WHERE shop_id = %(shop)s AND state = ANY(%(running)s)
  AND (breached_at IS NULL AND (due_at <= %(now)s OR (warned_at IS NULL AND warn_at <= %(now)s))
       OR responded_at IS NULL AND response_breached_at IS NULL AND response_due_at <= %(now)s)
ORDER BY due_at
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED

-- name: shops_waiting
-- All shops.
SELECT DISTINCT shop_id FROM work_order WHERE state = 'waiting_customer' ORDER BY shop_id

-- name: waiting
SELECT shop_id, work_order_id, version, kind, state, priority, team, skills, created_at, clock_since,
       response_due_at, due_at, warn_at, summary, conversation_id, case_id, order_id, assignee, opener_type, opener,
       responded_at, paused_at, waited_s, warned_at, response_breached_at, breached_at, escalation, outcome,
       merged_into, updated_at, resolved_at, closed_at
FROM work_order
WHERE shop_id = %(shop)s AND state = 'waiting_customer' AND (%(after)s::uuid IS NULL OR work_order_id > %(after)s)
ORDER BY work_order_id
LIMIT %(limit)s
FOR UPDATE SKIP LOCKED

-- name: tell
SELECT pg_notify(%(channel)s, %(payload)s)

-- name: members
SELECT m.staff_id, m.team, m.skills, m.is_available, m.last_assigned_at,
       (SELECT count(*) FROM work_order w
        WHERE w.shop_id = m.shop_id AND w.assignee = m.staff_id AND w.state = ANY(%(open)s)) AS load
FROM work_member m
WHERE m.shop_id = %(shop)s AND (%(team)s::text IS NULL OR m.team = %(team)s)
ORDER BY m.team, m.staff_id

-- name: lock_team
SELECT pg_advisory_xact_lock(hashtextextended('work_team' || chr(31) || %(shop)s || chr(31) || %(team)s, 0))

-- name: set_member
INSERT INTO work_member (shop_id, staff_id, team, skills, is_available, updated_at)
VALUES (%(shop)s, %(staff_id)s, %(team)s, %(skills)s, %(is_available)s, %(now)s)
ON CONFLICT (shop_id, staff_id, team)
DO UPDATE SET skills = excluded.skills, is_available = excluded.is_available, updated_at = excluded.updated_at

-- name: took_turn
UPDATE work_member SET last_assigned_at = %(now)s
WHERE shop_id = %(shop)s AND staff_id = %(staff_id)s AND team = %(team)s

-- name: note
INSERT INTO work_order_change (shop_id, change_id, work_order_id, seq, deed, from_state, to_state, author_type, author, at, detail)
VALUES (%(shop)s, %(change_id)s, %(work_order_id)s, %(seq)s, %(deed)s, %(from_state)s, %(to_state)s, %(author_type)s,
        %(author)s, %(at)s, %(detail)s)

-- name: history
SELECT seq, deed, from_state, to_state, author_type, author, at, detail FROM work_order_change
WHERE shop_id = %(shop)s AND work_order_id = %(work_order_id)s
ORDER BY seq, change_id

-- name: insert_comment
INSERT INTO work_order_comment (shop_id, comment_id, work_order_id, subject_id, author_type, author, sealed, at)
VALUES (%(shop)s, %(comment_id)s, %(work_order_id)s, %(subject_id)s, %(author_type)s, %(author)s, %(sealed)s, %(at)s)

-- name: find_comment
SELECT comment_id FROM work_order_comment WHERE shop_id = %(shop)s AND comment_id = %(comment_id)s

-- name: comments
SELECT comment_id, subject_id, author_type, author, sealed, at FROM work_order_comment
WHERE shop_id = %(shop)s AND work_order_id = %(work_order_id)s
ORDER BY at, comment_id

-- name: attach
INSERT INTO work_order_attachment (shop_id, work_order_id, evidence_id, author_type, author, at)
VALUES (%(shop)s, %(work_order_id)s, %(evidence_id)s, %(author_type)s, %(author)s, %(at)s)
ON CONFLICT DO NOTHING

-- name: attachments
SELECT evidence_id FROM work_order_attachment
WHERE shop_id = %(shop)s AND work_order_id = %(work_order_id)s
ORDER BY at, evidence_id
