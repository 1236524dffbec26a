-- One statement string each: BEGIN, role and scope travel in a single round trip.

-- name: begin_shop
BEGIN; SELECT set_config('role', 'appliance_app', true), set_config('app.shop_id', %(shop)s, true)

-- name: begin_system
BEGIN; SET LOCAL ROLE appliance_system

-- name: lock_migrations
SELECT pg_advisory_lock(hashtextextended('appliance.migrations', 0))

-- name: applied_migrations
SELECT package, name, sha256 FROM schema_migration

-- name: has_migration_table
SELECT to_regclass('schema_migration') IS NOT NULL

-- name: is_half_restored
SELECT to_regclass('public.restore_under_way') IS NOT NULL

-- name: record_migration
INSERT INTO schema_migration (package, number, name, sha256)
VALUES (%(package)s, %(number)s, %(name)s, %(sha256)s)

-- name: logged_in
SELECT session_user

-- name: admit
-- Put together by the client: DO takes no parameter. As in the ground, membership gives no right before it is taken on.
SELECT set_config('appliance.login', %(login)s, false);
DO $$
DECLARE
    is_16  boolean := current_setting('server_version_num')::integer >= 160000;
    needed text := CASE WHEN is_16 THEN 'SET' ELSE 'MEMBER' END;
    login  text := current_setting('appliance.login');
    name   text;
BEGIN
    FOREACH name IN ARRAY ARRAY['appliance_app', 'appliance_system'] LOOP
        IF NOT pg_has_role(login, name, needed) THEN
            EXECUTE format('GRANT %%I TO %%I', name, login)
                || CASE WHEN is_16 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
        END IF;
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %%I', login);
    EXECUTE format('GRANT SELECT ON schema_migration TO %%I', login);
END
$$

-- name: excess
-- What whoever is logged in may do beyond taking on the application roles: nothing, where all is well.
WITH me AS (SELECT * FROM pg_roles WHERE rolname = session_user)
SELECT 'is a superuser' FROM me WHERE rolsuper
UNION ALL
SELECT 'may make roles' FROM me WHERE rolcreaterole
UNION ALL
SELECT 'may make databases' FROM me WHERE rolcreatedb
UNION ALL
SELECT 'passes row-level security' FROM me WHERE rolbypassrls
UNION ALL
SELECT 'may replicate' FROM me WHERE rolreplication
UNION ALL
SELECT 'owns tables' FROM me WHERE EXISTS (SELECT FROM pg_class c WHERE c.relowner = me.oid AND c.relpersistence <> 't')
UNION ALL
SELECT 'owns functions' FROM me WHERE EXISTS (SELECT FROM pg_proc p WHERE p.proowner = me.oid)
UNION ALL
SELECT 'owns the database' FROM me JOIN pg_database d ON d.datdba = me.oid WHERE d.datname = current_database()
UNION ALL
SELECT 'may create in the schema ' || n.nspname FROM me CROSS JOIN pg_namespace n
WHERE NOT me.rolsuper AND n.nspname NOT LIKE 'pg\_%' AND has_schema_privilege(me.oid, n.oid, 'CREATE')
UNION ALL
SELECT 'is a member of ' || r.rolname FROM me JOIN pg_roles r ON r.oid <> me.oid
WHERE NOT me.rolsuper AND r.rolname NOT IN ('appliance_app', 'appliance_system') AND pg_has_role(me.oid, r.oid, 'MEMBER')
UNION ALL
SELECT 'has the rights of ' || r.rolname || ' without taking it on (it must be NOINHERIT)' FROM me JOIN pg_roles r ON true
WHERE NOT me.rolsuper AND r.rolname IN ('appliance_app', 'appliance_system') AND pg_has_role(me.oid, r.oid, 'USAGE')

-- name: is_reconciling
-- Of whichever role: whoever is about to write for a shop asks in its own transaction.
SELECT EXISTS (SELECT FROM restoration WHERE settled_at IS NULL)

-- name: has_restorations
SELECT to_regclass('public.restoration') IS NOT NULL

-- name: restorations_due
-- For a backup of a version that had no such table; the migration that makes it takes the row over.
CREATE TABLE restoration_due (
  restoration_id uuid, kind text, as_of timestamptz, restored_at timestamptz, log_size bigint, log_root text
)

-- name: begin_restoration
INSERT INTO restoration (restoration_id, kind, as_of, restored_at, log_size, log_root)
VALUES (%(restoration_id)s, %(kind)s, %(as_of)s, %(restored_at)s, %(log_size)s, %(log_root)s)

-- name: begin_restoration_due
INSERT INTO restoration_due (restoration_id, kind, as_of, restored_at, log_size, log_root)
VALUES (%(restoration_id)s, %(kind)s, %(as_of)s, %(restored_at)s, %(log_size)s, %(log_root)s)

-- name: open_restorations
SELECT restoration_id, kind, as_of, restored_at, log_size, log_root, record_id
FROM restoration WHERE settled_at IS NULL ORDER BY restored_at

-- name: name_record_of_restoration
UPDATE restoration SET record_id = %(record_id)s WHERE restoration_id = %(restoration_id)s AND settled_at IS NULL

-- name: settle_restorations
UPDATE restoration SET settled_at = %(now)s WHERE settled_at IS NULL AND record_id = ANY (%(record_ids)s)
