-- All shops: what ``appliance doctor`` reads of the installation. How many, how old; of rows only ids and names of parts.

-- name: clock
SELECT clock_timestamp() AS database_at, (SELECT max(created_at) FROM audit_checkpoint) AS sealed_at

-- name: durability
SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')

-- name: collation
SELECT datcollversion AS made, pg_database_collation_actual_version(oid) AS now
FROM pg_database WHERE datname = current_database()

-- name: connections
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS held,
       current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer AS most

-- name: archiver
SELECT current_setting('archive_mode') AS mode, archived_count, last_archived_time, failed_count, last_failed_time,
       last_failed_wal
FROM pg_stat_archiver

-- name: collector
SELECT (SELECT max(seq) + 1 FROM audit_record) AS size,
       (SELECT next_seq FROM audit_forward WHERE target = %(target)s) AS next_seq,
       (SELECT updated_at FROM audit_forward WHERE target = %(target)s) AS updated_at

-- name: backups
SELECT ts, outcome FROM audit_record
WHERE action = 'backup.made' AND outcome IN ('success', 'failure') ORDER BY seq DESC LIMIT 20

-- name: copies
SELECT (SELECT made_at FROM key_copy WHERE kind = 'shares') AS shares_at,
       (SELECT made_at FROM key_copy WHERE kind = 'epochs') AS epochs_at,
       (SELECT max(created_at) FROM shop_kek) AS newest_epoch_at

-- name: people
SELECT a.staff_id, a.roles, a.state,
       EXISTS (SELECT FROM staff_totp t WHERE t.staff_id = a.staff_id)
         OR EXISTS (SELECT FROM staff_passkey p WHERE p.staff_id = a.staff_id) AS has_second_factor,
       (SELECT max(expires_at) FROM staff_token k
        WHERE k.staff_id = a.staff_id AND k.purpose = 'set_up' AND k.used_at IS NULL) AS token_until
FROM staff_account a WHERE a.state IN ('invited', 'active') ORDER BY a.staff_id

-- name: phase
SELECT bootstrapped_at, live_at FROM access_phase
