-- All shops: workers belong to none.

-- name: beat
INSERT INTO worker_heartbeat (worker_id, host, process_id, started_at, beat_at)
VALUES (%(worker_id)s, %(host)s, %(process_id)s, %(now)s, %(now)s)
ON CONFLICT (worker_id) DO UPDATE SET beat_at = excluded.beat_at

-- name: leave
DELETE FROM worker_heartbeat WHERE worker_id = %(worker_id)s OR beat_at < %(forgotten)s

-- name: workers
SELECT worker_id, host, process_id, started_at, beat_at FROM worker_heartbeat WHERE beat_at >= %(since)s
ORDER BY started_at

-- name: become_system
SET ROLE appliance_system
