-- name: lock
-- One change of a shop's queue at a time. Taken before any row.
SELECT pg_advisory_xact_lock(hashtextextended('desk/' || %(shop)s, 0))

-- name: draw
INSERT INTO desk_ticket (shop_id, ticket_id, conversation_id, skill, priority, reason, state, asked_at, rank_at, opens_at,
                         agent_id, served_at)
VALUES (%(shop)s, %(ticket_id)s, %(conversation_id)s, %(skill)s, %(priority)s, %(reason)s, %(state)s, %(now)s, %(rank_at)s,
        %(opens_at)s, %(agent_id)s, %(served_at)s)

-- name: waiting_in
SELECT count(*) FROM desk_ticket WHERE shop_id = %(shop)s AND skill = %(skill)s AND state = 'waiting'

-- name: next_pair
-- The first in the queue for whom somebody is free, and who has least to do of those.
WITH free AS (
    SELECT s.staff_id, s.badge, s.groups, s.given_at, load.held::numeric / s.capacity AS load
    FROM desk_seat s
    CROSS JOIN LATERAL (
        SELECT count(*) AS held FROM desk_ticket h
        WHERE h.shop_id = s.shop_id AND h.agent_id = s.staff_id AND h.state = 'served'
    ) load
    WHERE s.shop_id = %(shop)s AND s.presence = 'online' AND s.seen_at > %(alive_after)s AND load.held < s.capacity
)
SELECT t.ticket_id, t.conversation_id, f.staff_id, f.badge
FROM desk_ticket t JOIN free f ON t.skill = ANY(f.groups) AND f.staff_id IS DISTINCT FROM t.not_agent
WHERE t.shop_id = %(shop)s AND t.state = 'waiting' AND (t.opens_at IS NULL OR t.opens_at <= %(now)s)
ORDER BY t.rank_at, t.ticket_id, f.load, f.given_at NULLS FIRST, f.staff_id
LIMIT 1

-- name: serve
WITH given AS (
    UPDATE desk_seat SET given_at = %(now)s WHERE shop_id = %(shop)s AND staff_id = %(agent_id)s
)
UPDATE desk_ticket SET state = 'served', agent_id = %(agent_id)s, not_agent = NULL, served_at = %(now)s
WHERE shop_id = %(shop)s AND ticket_id = %(ticket_id)s

-- name: put_back
-- To its old place, in the same queue or another.
UPDATE desk_ticket
SET state = 'waiting', agent_id = NULL, served_at = NULL, skill = coalesce(%(skill)s, skill), not_agent = %(not_agent)s
WHERE shop_id = %(shop)s AND ticket_id = %(ticket_id)s

-- name: end
UPDATE desk_ticket SET state = %(state)s, outcome = %(outcome)s, ended_at = %(now)s
WHERE shop_id = %(shop)s AND ticket_id = %(ticket_id)s

-- name: open_ticket
SELECT ticket_id, conversation_id, skill, priority, reason, state, asked_at, rank_at, opens_at, agent_id, served_at
FROM desk_ticket
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND state IN ('waiting', 'served')

-- name: served_by
SELECT ticket_id, conversation_id, skill, priority, reason, state, asked_at, rank_at, opens_at, agent_id, served_at
FROM desk_ticket
WHERE shop_id = %(shop)s AND agent_id = %(agent_id)s AND state = 'served'
ORDER BY rank_at, ticket_id

-- name: mine
SELECT t.conversation_id, c.owner_token AS token, t.skill, t.priority, t.reason, t.asked_at, t.served_at
FROM desk_ticket t JOIN conversation c ON c.shop_id = t.shop_id AND c.conversation_id = t.conversation_id
WHERE t.shop_id = %(shop)s AND t.agent_id = %(agent_id)s AND t.state = 'served' AND c.agent_id = %(agent_id)s
ORDER BY t.served_at, t.ticket_id

-- name: waiting
-- Everybody who waits, with his place in his own queue.
SELECT conversation_id, skill, priority, reason, asked_at, opens_at,
       CASE WHEN opens_at IS NULL OR opens_at <= %(now)s THEN
           row_number() OVER (PARTITION BY skill, opens_at IS NULL OR opens_at <= %(now)s ORDER BY rank_at, ticket_id)
       END AS position
FROM desk_ticket
WHERE shop_id = %(shop)s AND state = 'waiting'
ORDER BY rank_at, ticket_id

-- name: seats
SELECT s.staff_id, s.badge, s.groups, s.capacity,
       CASE WHEN s.seen_at > %(alive_after)s THEN s.presence ELSE 'offline' END AS presence, s.seen_at,
       (SELECT count(*) FROM desk_ticket h
        WHERE h.shop_id = s.shop_id AND h.agent_id = s.staff_id AND h.state = 'served')::integer AS held
FROM desk_seat s
WHERE s.shop_id = %(shop)s AND (%(staff_id)s::uuid IS NULL OR s.staff_id = %(staff_id)s)
ORDER BY s.badge

-- name: set_seat
INSERT INTO desk_seat (shop_id, staff_id, badge, groups, capacity)
VALUES (%(shop)s, %(staff_id)s, %(badge)s, %(groups)s, %(capacity)s)
ON CONFLICT (shop_id, staff_id) DO UPDATE
SET badge = excluded.badge, groups = excluded.groups, capacity = excluded.capacity

-- name: drop_seat
DELETE FROM desk_seat WHERE shop_id = %(shop)s AND staff_id = %(staff_id)s

-- name: is_badge_taken
SELECT FROM desk_seat WHERE shop_id = %(shop)s AND badge = %(badge)s AND staff_id <> %(staff_id)s

-- name: set_presence
UPDATE desk_seat SET presence = %(presence)s, seen_at = %(now)s
WHERE shop_id = %(shop)s AND staff_id = %(staff_id)s

-- name: take_all_again
UPDATE desk_ticket SET not_agent = NULL WHERE shop_id = %(shop)s AND not_agent = %(staff_id)s AND state = 'waiting'

-- name: beat
UPDATE desk_seat SET seen_at = %(now)s
WHERE shop_id = %(shop)s AND staff_id = %(staff_id)s AND presence <> 'offline'

-- name: lost
-- All shops: agents whose console has been silent for too long.
SELECT shop_id, staff_id FROM desk_seat WHERE presence <> 'offline' AND seen_at <= %(alive_after)s

-- name: shops_waiting
-- All shops.
SELECT DISTINCT shop_id FROM desk_ticket WHERE state = 'waiting' AND (opens_at IS NULL OR opens_at <= %(now)s)

-- name: handling
-- How long those took that ended last, by group.
SELECT skill, array_agg(ended_at - served_at) AS took FROM (
    SELECT skill, ended_at, served_at, row_number() OVER (PARTITION BY skill ORDER BY ended_at DESC) AS place
    FROM desk_ticket WHERE shop_id = %(shop)s AND state = 'ended' AND served_at IS NOT NULL
) last WHERE place <= %(most)s GROUP BY skill

-- name: service_level
-- By group: of who asked for a person in the hour and in the day, how many had one within the target.
WITH ticket AS (
    SELECT t.skill, g.target, t.ended_at, greatest(t.asked_at, t.opens_at) AS since, least(t.served_at, given.at) AS answered_at
    FROM desk_ticket t
    JOIN unnest(%(groups)s::text[], %(targets)s::integer[]) AS g (name, target) ON g.name = t.skill
    LEFT JOIN LATERAL (
        -- who was put back has no time in his ticket any more
        SELECT min(e.at) AS at FROM conversation_event e
        WHERE e.shop_id = t.shop_id AND e.conversation_id = t.conversation_id AND e.at >= t.asked_at
          AND e.type = 'owner.changed' AND e.data ->> 'owner' = 'agent'
    ) given ON t.served_at IS NULL OR t.state <> 'ended'
    WHERE t.shop_id = %(shop)s AND t.ticket_id >= %(drawn_from)s AND t.reason <> 'taken_over' AND t.state <> 'called_back'
), decided AS (
    SELECT skill, since, answered_at IS NOT NULL AND answered_at - since <= make_interval(secs => target) AS in_time
    FROM ticket
    WHERE since <= %(now)s AND (answered_at IS NOT NULL OR coalesce(ended_at, %(now)s) - since > make_interval(secs => target))
)
SELECT skill,
       count(*) FILTER (WHERE since >= %(hour)s)::integer AS hour_decided,
       count(*) FILTER (WHERE since >= %(hour)s AND in_time)::integer AS hour_answered,
       count(*) FILTER (WHERE since >= %(day)s)::integer AS day_decided,
       count(*) FILTER (WHERE since >= %(day)s AND in_time)::integer AS day_answered
FROM decided GROUP BY skill

-- name: talks
-- What lives: the last to move first.
SELECT c.conversation_id, c.channel,
       CASE WHEN c.owner = 'bot' THEN 'bot' WHEN c.agent_id IS NULL THEN 'nobody' ELSE 'agent' END AS holder,
       c.agent_id, s.badge, c.started_at, last.at AS last_at
FROM conversation c
JOIN LATERAL (
    SELECT e.at FROM conversation_event e
    WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id ORDER BY e.seq DESC LIMIT 1
) last ON true
LEFT JOIN desk_seat s ON s.shop_id = c.shop_id AND s.staff_id = c.agent_id
WHERE c.shop_id = %(shop)s AND c.started_at >= %(since)s AND last.at >= %(lively_since)s
  AND (%(holder)s::text IS NULL OR %(holder)s =
       CASE WHEN c.owner = 'bot' THEN 'bot' WHEN c.agent_id IS NULL THEN 'nobody' ELSE 'agent' END)
ORDER BY last.at DESC, c.conversation_id
LIMIT %(limit)s

-- name: sent_before
SELECT seq FROM desk_message
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND client_message_id = %(client_message_id)s

-- name: keep_message
INSERT INTO desk_message (shop_id, conversation_id, client_message_id, seq)
VALUES (%(shop)s, %(conversation_id)s, %(client_message_id)s, %(seq)s)

-- name: bot_said
SELECT data ->> 'key' FROM conversation_event
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND seq = %(seq)s AND type = 'bot.said'

-- name: was_served
SELECT FROM conversation_event
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s AND type = 'service.ended' LIMIT 1

-- name: evidence
SELECT evidence_id FROM evidence
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s ORDER BY received_at, evidence_id

-- name: cases
SELECT case_id, kind, state, order_id, refund_fen FROM after_sales_case
WHERE shop_id = %(shop)s AND conversation_id = %(conversation_id)s ORDER BY created_at, case_id

-- name: notify
SELECT pg_notify(%(channel)s, %(payload)s)

-- name: replies
SELECT reply_id, sealed, changed_at FROM canned_reply WHERE shop_id = %(shop)s ORDER BY reply_id

-- name: set_reply
INSERT INTO canned_reply (shop_id, reply_id, sealed, changed_by, changed_at)
VALUES (%(shop)s, %(reply_id)s, %(sealed)s, %(staff_id)s, %(now)s)
ON CONFLICT (shop_id, reply_id) DO UPDATE
SET sealed = excluded.sealed, changed_by = excluded.changed_by, changed_at = excluded.changed_at

-- name: drop_reply
DELETE FROM canned_reply WHERE shop_id = %(shop)s AND reply_id = %(reply_id)s

-- name: own_hours
SELECT skill, hours FROM desk_hours WHERE shop_id = %(shop)s

-- name: set_hours
INSERT INTO desk_hours (shop_id, skill, hours, changed_at) VALUES (%(shop)s, %(skill)s, %(hours)s, %(now)s)
ON CONFLICT (shop_id, skill) DO UPDATE SET hours = EXCLUDED.hours, changed_at = EXCLUDED.changed_at

-- name: drop_hours
DELETE FROM desk_hours WHERE shop_id = %(shop)s AND skill = %(skill)s

-- name: open_at
-- Whoever waits for the group to open waits for its new hours.
UPDATE desk_ticket SET opens_at = %(opens_at)s
WHERE shop_id = %(shop)s AND skill = %(skill)s AND state = 'waiting' AND opens_at > %(now)s
