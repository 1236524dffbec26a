-- Makes a used test database as good as new. As superuser; triggers and foreign keys are off for this session.

-- name: shape
-- Whatever a test may have changed besides rows: then the database is thrown away instead.
SELECT md5(concat_ws('|',
    (SELECT string_agg(concat_ws(' ', relname, relkind, relrowsecurity, relforcerowsecurity, relacl), ',' ORDER BY oid)
       FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', attrelid, attname, attnotnull, attisdropped, attacl), ',' ORDER BY attrelid, attnum)
       FROM pg_attribute WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)),
    (SELECT string_agg(concat_ws(' ', proname, md5(prosrc), proacl), ',' ORDER BY oid)
       FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', tgname, tgenabled), ',' ORDER BY oid) FROM pg_trigger),
    (SELECT string_agg(concat_ws(' ', polname, polrelid), ',' ORDER BY oid) FROM pg_policy),
    (SELECT string_agg(concat_ws(' ', conname, conrelid), ',' ORDER BY oid) FROM pg_constraint)))

-- name: hang_up
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()

-- name: tables
SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace

-- name: empty
DO $$
DECLARE
    part regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR part IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('DELETE FROM %s', part);
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
END
$$
