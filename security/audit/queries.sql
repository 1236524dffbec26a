-- name: append
SELECT audit_append(%(events)s::jsonb)

-- name: unsealed
SELECT audit_unsealed(%(ids)s::uuid[])

-- name: behind
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(occurred_at)), 0)::float8
FROM (SELECT occurred_at FROM audit_pending ORDER BY position LIMIT %(most)s) AS oldest

-- name: become_system
SET ROLE appliance_system

-- name: listen
LISTEN audit_pending

-- name: try_lock
SELECT pg_try_advisory_lock(hashtextextended('appliance.audit.sealer', 0))

-- name: log_id
SELECT log_id::text FROM audit_log

-- name: pending
-- Each one is looked up by itself: whatever the planner believes, the log is never read as a whole.
SELECT p.id, p.event::text AS event, to_char(p.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ts,
       r.id IS NOT NULL AS is_known,
       CASE WHEN r.id IS NULL THEN false ELSE audit_tells(audit_record_of(p.id), p.id, p.event) END AS is_sealed
FROM (SELECT * FROM audit_pending ORDER BY position LIMIT %(limit)s) p
LEFT JOIN LATERAL (SELECT id FROM audit_record WHERE id = p.id LIMIT 1) r ON true
ORDER BY p.position

-- name: seal
-- Arrays go in binary: as text they would be the larger part of a batch's cost.
SELECT audit_seal(%(first)b::bigint, %(raws)b::bytea[], %(done)b::uuid[])

-- name: size
SELECT coalesce(max(seq) + 1, 0) FROM audit_record

-- name: records
SELECT seq, id, leaf, raw FROM audit_record WHERE seq >= %(start)s ORDER BY seq LIMIT %(limit)s

-- name: all_records
SELECT seq, id::text, leaf, raw, shop_id, ts, cat, action, outcome, actor_id, object_id, req
FROM audit_record ORDER BY seq

-- name: insert_checkpoint
INSERT INTO audit_checkpoint (number, size, note, frontier, created_at)
VALUES (%(number)s, %(size)s, %(note)s, %(frontier)s, %(now)s)

-- name: latest_checkpoint
SELECT number, size, note, frontier FROM audit_checkpoint ORDER BY number DESC LIMIT 1

-- name: checkpoints
SELECT number, size, note FROM audit_checkpoint WHERE number >= %(start)s ORDER BY number

-- name: known
SELECT id::text FROM audit_record WHERE id = ANY (%(ids)s::uuid[])
UNION ALL
SELECT id::text FROM audit_pending WHERE id = ANY (%(ids)s::uuid[])

-- name: leaves
SELECT seq, leaf, raw FROM audit_leaf WHERE seq >= %(start)s ORDER BY seq LIMIT %(limit)s

-- name: pruned
SELECT coalesce(max(seq) + 1, 0) FROM audit_leaf

-- name: all_leaves
SELECT leaf FROM (
  SELECT seq, leaf FROM audit_leaf UNION ALL SELECT seq, leaf FROM audit_record
) AS every
WHERE seq < %(size)s
ORDER BY seq

-- name: record_place
SELECT seq, raw FROM audit_record WHERE seq = %(seq)s OR id = %(id)s::uuid

-- name: restored_from
-- The newest record of two people that a log of so many records was lost.
SELECT seq, raw FROM audit_record
WHERE cat = 'audit' AND action = 'audit.restored' AND outcome = 'success'
  AND audit_text(raw, 'detail', 'new_size')::bigint < %(old_size)s
  AND audit_text(raw, 'detail', 'old_size')::bigint >= %(old_size)s
ORDER BY seq DESC LIMIT 1

-- name: key_changes
SELECT raw FROM (
  SELECT seq, raw FROM audit_leaf WHERE raw IS NOT NULL
  UNION ALL
  SELECT seq, raw FROM audit_record WHERE cat = 'audit' AND action = 'audit.key_changed'
) AS every
ORDER BY seq

-- name: young_records_of_long_keeping
SELECT count(*) FROM audit_record
WHERE seq < %(bound)s AND ts > %(cutoff)s AND cat = ANY (%(categories)s)

-- name: prunable
SELECT audit_prunable()

-- name: is_pruning_told
SELECT EXISTS (
  SELECT FROM audit_record WHERE cat = 'audit' AND action = 'audit.prune' AND req = %(request)s AND outcome <> 'pending'
) OR EXISTS (
  SELECT FROM audit_pending
  WHERE event ->> 'action' = 'audit.prune' AND event ->> 'req' = %(request)s AND event ->> 'kind' = 'outcome'
)

-- name: prune
SELECT audit_prune(%(at_most)s)

-- name: wake_sealer
SELECT pg_notify('audit_pending', '')

-- name: forwarded
SELECT next_seq FROM audit_forward WHERE target = %(target)s

-- name: remember_forwarded
INSERT INTO audit_forward (target, next_seq, updated_at) VALUES (%(target)s, %(next_seq)s, %(now)s)
ON CONFLICT (target) DO UPDATE SET next_seq = excluded.next_seq, updated_at = excluded.updated_at
