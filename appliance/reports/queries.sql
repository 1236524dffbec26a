-- Every figure of docs/reports.md is a column of one of these statements. What the console shows is what they say, and
-- it hands each out with its values put in, to be run with psql by whoever wants to check.
--
-- Parameters:
--   shops    the shops that are counted
--   since    from this time on, until the one in until, which is not included
--   channel  only this one; null: all
--   step     how wide a point of the chart is: hour, day, week, month
--   zone     the time zone in which days begin
--
-- Each statement gives one row of slice 'all', and one for each part of these slices: 'at' (a step, by its beginning
-- in the zone's own time), 'channel', 'shop', and where there is one 'code'. A conversation belongs to the time at
-- which it began, with all that came of it later.

-- name: conversations
WITH counted AS (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at,
           EXISTS (
               SELECT FROM conversation_event e
               WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id
                 AND e.type IN ('customer.said', 'customer.showed', 'customer.chose')
           ) AS has_spoken,
           coalesce(came.has_receipt, false) AS has_receipt, coalesce(came.was_handed_over, false) AS was_handed_over,
           coalesce(came.saw_a_person, false) AS saw_a_person
    FROM conversation c
    CROSS JOIN LATERAL (
        SELECT bool_or(e.type = 'receipt.received') AS has_receipt, bool_or(e.type = 'handoff.made') AS was_handed_over,
               bool_or(e.type = 'handoff.made' OR e.data ->> 'owner' = 'agent') AS saw_a_person
        FROM conversation_event e
        WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id
          AND e.type IN ('receipt.received', 'handoff.made', 'owner.changed')
    ) came
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
)
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id) AS part,
       count(*) AS conversations,
       count(*) FILTER (WHERE has_spoken) AS spoken,
       count(*) FILTER (WHERE has_spoken)::float8 / nullif(count(*), 0) AS opening_rate,
       count(*) FILTER (WHERE has_receipt) AS resolved,
       count(*) FILTER (WHERE has_receipt)::float8 / nullif(count(*) FILTER (WHERE has_spoken), 0) AS resolution_rate,
       count(*) FILTER (WHERE has_spoken AND NOT saw_a_person) AS contained,
       count(*) FILTER (WHERE has_spoken AND NOT saw_a_person)::float8
           / nullif(count(*) FILTER (WHERE has_spoken), 0) AS containment_rate,
       count(*) FILTER (WHERE has_receipt AND NOT saw_a_person)::float8
           / nullif(count(*) FILTER (WHERE has_spoken), 0) AS automation_rate,
       count(*) FILTER (WHERE was_handed_over) AS handed_over,
       count(*) FILTER (WHERE was_handed_over)::float8
           / nullif(count(*) FILTER (WHERE has_spoken), 0) AS handoff_rate
FROM counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id))

-- name: handoffs
-- The code is the reason.
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, code) AS part,
       count(*) AS handoffs
FROM (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at,
           e.data ->> 'reason' AS code
    FROM conversation c
    JOIN conversation_event e
      ON e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'handoff.made'
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
) counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (code))

-- name: receipts
-- The code is the kind of what was done.
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, code) AS part,
       count(*) AS receipts
FROM (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at,
           e.data ->> 'kind' AS code
    FROM conversation c
    JOIN conversation_event e
      ON e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'receipt.received'
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
) counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (code))

-- name: answers
-- The first turn that a customer's words had: from their arrival to the commit of the answer, in seconds.
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id) AS part,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took_s) AS answer_p50,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY took_s) AS answer_p90,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s) AS answer_p95
FROM (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at, first.took_s
    FROM conversation c
    CROSS JOIN LATERAL (
        SELECT ((e.data -> 'took_us' ->> 'waited')::float8 + (e.data -> 'took_us' ->> 'total')::float8) / 1e6 AS took_s
        FROM conversation_event e
        WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id
          AND e.type = 'turn.ended' AND e.data -> 'took_us' ? 'waited'
        ORDER BY e.seq LIMIT 1
    ) first
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
) counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id))

-- name: queue
-- A ticket is one wish for a person; it belongs to the time at which he was asked for. Its wait begins when the desk is
-- open, and ends with the agent whom it went to at last. The code is the skill group. The service level is the desk's
-- (its query service_level): groups and their targets in seconds; decided is who had a person, or waited longer.
WITH counted AS (
    SELECT t.shop_id, c.channel, date_trunc(%(step)s::text, t.asked_at AT TIME ZONE %(zone)s::text) AS at, t.skill AS code,
           t.state, t.served_at IS NOT NULL AS was_served,
           CASE WHEN t.served_at IS NOT NULL THEN
               greatest(0, extract(epoch FROM t.served_at - greatest(t.asked_at, t.opens_at)))::float8
           END AS waited_s,
           CASE WHEN spoken.at IS NOT NULL THEN
               greatest(0, extract(epoch FROM spoken.at - greatest(t.asked_at, t.opens_at)))::float8
           END AS reply_s,
           CASE WHEN t.state = 'ended' THEN extract(epoch FROM t.ended_at - t.served_at)::float8 END AS handled_s,
           t.state <> 'called_back' AND greatest(t.asked_at, t.opens_at) <= %(now)s
               AND (least(t.served_at, given.at) IS NOT NULL
                    OR coalesce(t.ended_at, %(now)s) - greatest(t.asked_at, t.opens_at) > g.target) AS is_decided,
           t.state <> 'called_back'
               AND least(t.served_at, given.at) - greatest(t.asked_at, t.opens_at) <= g.target AS is_in_time
    FROM desk_ticket t
    JOIN conversation c ON c.shop_id = t.shop_id AND c.conversation_id = t.conversation_id
    LEFT JOIN (
        SELECT name, make_interval(secs => seconds) AS target
        FROM unnest(%(groups)s::text[], %(targets)s::integer[]) AS each (name, seconds)
    ) g ON g.name = t.skill
    LEFT JOIN LATERAL (
        -- who was put back has no time in his ticket any more
        SELECT min(e.at) AS at FROM conversation_event e
        WHERE e.shop_id = t.shop_id AND e.conversation_id = t.conversation_id AND e.at >= t.asked_at
          AND e.type = 'owner.changed' AND e.data ->> 'owner' = 'agent'
    ) given ON t.served_at IS NULL OR t.state <> 'ended'
    LEFT JOIN LATERAL (
        SELECT e.at FROM conversation_event e
        WHERE t.served_at IS NOT NULL AND e.shop_id = t.shop_id AND e.conversation_id = t.conversation_id
          AND e.type = 'agent.said' AND e.at >= t.asked_at
        ORDER BY e.seq LIMIT 1
    ) spoken ON true
    WHERE t.shop_id = ANY(%(shops)s::text[]) AND t.asked_at >= %(since)s AND t.asked_at < %(until)s
      AND t.reason <> 'taken_over'
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
)
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, code) AS part,
       count(*) AS asked,
       count(*) FILTER (WHERE was_served) AS served,
       count(*) FILTER (WHERE state = 'left') AS abandoned,
       count(*) FILTER (WHERE state = 'left')::float8
           / nullif(count(*) FILTER (WHERE was_served OR state = 'left'), 0) AS abandon_rate,
       count(*) FILTER (WHERE state = 'called_back') AS called_back,
       count(*) FILTER (WHERE is_decided AND is_in_time)::float8 / nullif(count(*) FILTER (WHERE is_decided), 0)
           AS service_level,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY waited_s) AS wait_p50,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY waited_s) AS wait_p90,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY waited_s) AS wait_p95,
       max(waited_s) AS wait_longest,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY reply_s) AS reply_p50,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY reply_s) AS reply_p90,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY reply_s) AS reply_p95,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY handled_s) AS handling_p50,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY handled_s) AS handling_p90,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY handled_s) AS handling_p95
FROM counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (code))

-- name: waiting
-- Now, whatever the period. now: the time of asking. The code is the skill group.
SELECT CASE WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(channel, shop_id, code) AS part,
       count(*) AS waiting_now,
       max(waited_s) AS longest_now
FROM (
    SELECT t.shop_id, c.channel, t.skill AS code,
           greatest(0, extract(epoch FROM %(now)s::timestamptz - greatest(t.asked_at, t.opens_at)))::float8 AS waited_s
    FROM desk_ticket t
    JOIN conversation c ON c.shop_id = t.shop_id AND c.conversation_id = t.conversation_id
    WHERE t.shop_id = ANY(%(shops)s::text[]) AND t.state = 'waiting'
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
) counted
GROUP BY GROUPING SETS ((), (channel), (shop_id), (code))

-- name: ratings
-- The last that a customer gave in a conversation. The code is the score.
WITH counted AS (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at,
           (SELECT (e.data ->> 'score')::integer FROM conversation_event e
            WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'rating.given'
            ORDER BY e.seq DESC LIMIT 1) AS score
    FROM conversation c
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
      AND EXISTS (
          SELECT FROM conversation_event e
          WHERE e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'service.ended')
)
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(score) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, score::text) AS part,
       count(score) AS ratings,
       count(score)::float8 / nullif(count(*), 0) AS rating_rate,
       avg(score)::float8 AS score_average,
       count(*) FILTER (WHERE score >= 4)::float8 / nullif(count(score), 0) AS csat
FROM counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (score))
HAVING grouping(score) = 1 OR score IS NOT NULL

-- name: errors
-- The code is the event of the log. What an order system refuses for a reason is no error.
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, code) AS part,
       count(*) AS errors,
       count(DISTINCT conversation_id) AS disturbed
FROM (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at,
           c.conversation_id, e.type AS code
    FROM conversation c
    JOIN conversation_event e
      ON e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id
     AND e.type IN ('turn.given_up', 'order_system.away', 'operation.failed')
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
      AND (e.type <> 'operation.failed' OR e.data ->> 'how' NOT IN ('refused', 'by_hand'))
) counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (code))

-- name: marks
-- The code is what was wrong with the answer.
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, code) AS part,
       count(*) AS marks
FROM (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at,
           e.data ->> 'why' AS code
    FROM conversation c
    JOIN conversation_event e
      ON e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'answer.marked'
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
) counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (code))

-- name: calls
-- Telephone calls, by what they told of themselves when they were over. The code is who ended it, or how.
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, code) AS part,
       count(*) AS calls,
       coalesce(sum(yielded), 0)::integer AS yielded,
       coalesce(sum(false_interruptions), 0)::integer AS false_interruptions,
       coalesce(sum(not_yielded), 0)::integer AS not_yielded,
       coalesce(sum(backchannels), 0)::integer AS backchannels,
       sum(split)::float8 / nullif(sum(utterances), 0) AS split_rate,
       coalesce(sum(fillers), 0)::integer AS fillers,
       coalesce(sum(silences), 0)::integer AS silences,
       coalesce(sum(keys), 0)::integer AS keys_pressed
FROM (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at,
           e.data ->> 'left' AS code,
           jsonb_array_length(coalesce(e.data -> 'yields_ms', '[]')) AS yielded,
           coalesce((e.data ->> 'false_interruptions')::integer, 0) AS false_interruptions,
           coalesce((e.data ->> 'not_yielded')::integer, 0) AS not_yielded,
           coalesce((e.data ->> 'backchannels')::integer, 0) AS backchannels,
           coalesce((e.data ->> 'split')::integer, 0) AS split,
           coalesce((e.data ->> 'utterances')::integer, 0) AS utterances,
           coalesce((e.data ->> 'fillers')::integer, 0) AS fillers,
           coalesce((e.data ->> 'silences')::integer, 0) AS silences,
           coalesce((e.data ->> 'keys')::integer, 0) AS keys
    FROM conversation c
    JOIN conversation_event e
      ON e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'call.measured'
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
) counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (code))

-- name: call_times
-- Of every answer on a call, in seconds: from the end of the caller's words to its first sound. The code is the part of
-- it; own is what the appliance adds (no silence that it waits for, no recogniser, language model, order system, speaker).
WITH measured AS (
    SELECT c.shop_id, c.channel, date_trunc(%(step)s::text, c.started_at AT TIME ZONE %(zone)s::text) AS at, e.data
    FROM conversation c
    JOIN conversation_event e
      ON e.shop_id = c.shop_id AND e.conversation_id = c.conversation_id AND e.type = 'call.measured'
    WHERE c.shop_id = ANY(%(shops)s::text[]) AND c.started_at >= %(since)s AND c.started_at < %(until)s
      AND (%(channel)s::text IS NULL OR c.channel = %(channel)s)
), answers AS (
    SELECT shop_id, channel, at, answer,
           (answer ->> 'judging')::float8 + (answer ->> 'line')::float8
               + greatest(0, (answer ->> 'turn')::float8 - coalesce((answer ->> 'elsewhere')::float8, 0)) AS own
    FROM measured CROSS JOIN LATERAL jsonb_array_elements(data -> 'answers') AS answer
), counted AS (
    SELECT shop_id, channel, at, code, coalesce((answer ->> code)::float8, 0) / 1000 AS took_s
    FROM answers CROSS JOIN LATERAL unnest(ARRAY['total', 'end_of_turn', 'final', 'turn', 'held', 'speech', 'line']) AS code
    UNION ALL
    SELECT shop_id, channel, at, 'own', own / 1000 FROM answers
    UNION ALL
    SELECT shop_id, channel, at, 'partial', took_ms::float8 / 1000
    FROM measured CROSS JOIN LATERAL jsonb_array_elements_text(data -> 'partials_ms') AS took_ms
    UNION ALL
    SELECT shop_id, channel, at, 'yield', took_ms::float8 / 1000
    FROM measured CROSS JOIN LATERAL jsonb_array_elements_text(data -> 'yields_ms') AS took_ms
)
SELECT CASE WHEN grouping(at) = 0 THEN 'at' WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(shop_id) = 0 THEN 'shop'
            WHEN grouping(code) = 0 THEN 'code' ELSE 'all' END AS slice,
       coalesce(to_char(at, 'YYYY-MM-DD"T"HH24:MI'), channel, shop_id, code) AS part,
       CASE WHEN grouping(code) = 0 THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY took_s)
            ELSE percentile_cont(0.5) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'total') END AS first_audio_p50,
       CASE WHEN grouping(code) = 0 THEN percentile_cont(0.9) WITHIN GROUP (ORDER BY took_s)
            ELSE percentile_cont(0.9) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'total') END AS first_audio_p90,
       CASE WHEN grouping(code) = 0 THEN percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s)
            ELSE percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'total') END AS first_audio_p95,
       CASE WHEN grouping(code) = 0 THEN percentile_cont(0.99) WITHIN GROUP (ORDER BY took_s)
            ELSE percentile_cont(0.99) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'total') END AS first_audio_p99,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'own') AS own_p95,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'partial') AS partial_p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'partial') AS partial_p95,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'yield') AS yield_p50,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY took_s) FILTER (WHERE code = 'yield') AS yield_p95
FROM counted
GROUP BY GROUPING SETS ((), (at), (channel), (shop_id), (code))
