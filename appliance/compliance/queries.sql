-- name: newest_place
-- Times grow with the numbers; the index over them is small, and only bounds where to begin.
SELECT coalesce(max(seq) + 1, 0) FROM audit_record WHERE %(until)s::text IS NULL OR ts < %(until)s

-- name: look_back
-- So many records at a time, whatever is looked for: no question reads the log as a whole.
WITH looked_at AS MATERIALIZED (
  SELECT seq, raw, ts, cat, action, outcome, actor_id, object_id, req, shop_id FROM audit_record
  WHERE seq < %(before)s ORDER BY seq DESC LIMIT %(most)s
), fitting AS (
  SELECT seq, raw FROM looked_at
  WHERE (%(category)s::text IS NULL OR cat = %(category)s)
    AND (%(action)s::text IS NULL OR action = %(action)s
         OR (right(%(action)s, 1) = '.' AND starts_with(action, %(action)s)))
    AND (%(outcome)s::text IS NULL OR outcome = %(outcome)s)
    AND (%(actor)s::text IS NULL OR actor_id = %(actor)s)
    AND (%(object)s::text IS NULL OR object_id = %(object)s)
    AND (%(request)s::text IS NULL OR req = %(request)s)
    AND (%(shop)s::text IS NULL OR shop_id = %(shop)s)
    AND (%(since)s::text IS NULL OR ts >= %(since)s)
    AND (%(until)s::text IS NULL OR ts < %(until)s)
  ORDER BY seq DESC LIMIT %(limit)s
)
SELECT (SELECT min(seq) FROM looked_at) AS reached, (SELECT min(ts) FROM looked_at) AS reached_ts,
       coalesce((SELECT array_agg(seq ORDER BY seq DESC) FROM fitting), '{}') AS seqs,
       coalesce((SELECT array_agg(raw ORDER BY seq DESC) FROM fitting), '{}') AS raws,
       (SELECT min(seq) FROM fitting) AS last

-- name: one
SELECT seq, leaf, raw FROM audit_record WHERE seq = %(seq)s OR id = %(id)s::uuid

-- name: checkpoints
SELECT number, size, created_at, note FROM audit_checkpoint
WHERE %(before)s::bigint IS NULL OR number < %(before)s ORDER BY number DESC LIMIT %(limit)s

-- name: waiting
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0)::float8 FROM audit_pending

-- name: disclosures
-- An intent is no disclosure yet; what became of it is.
SELECT seq, raw FROM audit_record
WHERE cat = 'pii' AND action = ANY (%(actions)s) AND outcome <> 'pending'
  AND (%(before)s::bigint IS NULL OR seq < %(before)s)
  AND (%(actor)s::text IS NULL OR actor_id = %(actor)s)
  AND (%(object)s::text IS NULL OR object_id = %(object)s)
  AND (%(shop)s::text IS NULL OR shop_id = %(shop)s)
  AND (%(since)s::text IS NULL OR ts >= %(since)s)
  AND (%(until)s::text IS NULL OR ts < %(until)s)
ORDER BY seq DESC LIMIT %(limit)s

-- name: past_checks
SELECT seq, raw FROM audit_record WHERE cat = 'audit' AND action = 'audit.verify' ORDER BY seq DESC LIMIT %(limit)s

-- name: found
-- Kinds and counts: no value, no placeholder and no conversation leaves the tables.
SELECT (v.created_at AT TIME ZONE 'Asia/Shanghai')::date AS day, c.channel, v.type, count(*) AS values
FROM vault_value v JOIN conversation c USING (shop_id, conversation_id)
WHERE v.created_at >= %(since)s AND v.created_at < %(until)s
GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3

-- name: found_afterwards
SELECT seq, raw FROM audit_record
WHERE cat = 'pii' AND action = 'pii.masked_afterwards' AND ts >= %(since)s AND ts < %(until)s
