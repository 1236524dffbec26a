-- All shops: the installation itself. How many, how old and how large; of rows only ids and names of shops and jobs.

-- name: patience
SET LOCAL statement_timeout = '3s'

-- name: database
SELECT current_setting('server_version') AS version,
       pg_database_size(current_database())::float8 AS size_bytes,
       (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())::float8 AS connections,
       current_setting('max_connections')::float8 AS most_connections,
       pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS written_bytes

-- name: audit
SELECT (SELECT count(*) FROM audit_pending)::float8 AS waiting,
       (SELECT extract(epoch FROM %(now)s - min(occurred_at)) FROM audit_pending)::float8 AS oldest_s,
       (SELECT max(size) FROM audit_checkpoint)::float8 AS sealed,
       (SELECT extract(epoch FROM %(now)s - max(created_at)) FROM audit_checkpoint)::float8 AS sealed_ago_s,
       (SELECT max(next_seq) FROM audit_forward)::float8 AS forwarded

-- name: jobs
SELECT count(*) FILTER (WHERE status = 'todo')::float8 AS waiting,
       count(*) FILTER (WHERE status = 'failed')::float8 AS failed,
       coalesce(extract(epoch FROM %(now)s - min(scheduled_at) FILTER (WHERE status = 'todo')), 0)::float8 AS late_s
FROM procrastinate_jobs

-- name: failed_jobs
SELECT j.task_name AS task, j.attempts,
       (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id) AS failed_at,
       EXISTS (SELECT FROM procrastinate_periodic_defers p WHERE p.task_name = j.task_name) AS comes_again
FROM procrastinate_jobs j WHERE j.status = 'failed' ORDER BY j.id DESC LIMIT %(limit)s

-- name: webhook_places
SELECT shop_id, url FROM webhook ORDER BY shop_id, url

-- name: shops
SELECT shop_id AS shop, name, order_system->>'mapping' AS mapping, order_system->>'base_url' AS base_url,
       (SELECT count(*) FROM webhook w WHERE w.shop_id = s.shop_id) AS webhooks
FROM shop s ORDER BY shop_id
