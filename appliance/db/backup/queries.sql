-- name: tables
-- Ours and the job queue's, all of them: with their columns in order, and whom they refer to.
SELECT c.relname AS name, c.relforcerowsecurity AS is_guarded,
       ARRAY(SELECT a.attname::text FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
             ORDER BY a.attnum) AS columns,
       ARRAY(SELECT DISTINCT r.relname::text FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid
             WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid <> c.oid) AS refers_to
FROM pg_class c
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
ORDER BY c.relname;

-- name: sequences
SELECT sequencename AS name, coalesce(last_value, start_value) AS last_value, last_value IS NOT NULL AS is_called
FROM pg_sequences WHERE schemaname = 'public' ORDER BY sequencename;

-- name: migrations
SELECT package, name, sha256 FROM schema_migration ORDER BY package, number, name;

-- name: set_sequence
SELECT setval(%(name)s::regclass, %(last_value)s, %(is_called)s);

-- name: has_tables
-- Of anybody, in any schema of this database.
SELECT EXISTS (
  SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
);

-- name: begin_restore
-- Stands while the database holds less than an archive, and goes with the commit of the rest.
CREATE TABLE restore_under_way ();

-- name: end_restore
DROP TABLE restore_under_way;

-- name: was_broken_off
SELECT to_regclass('public.restore_under_way') IS NOT NULL;

-- name: empty_again
-- Only where no table was before: all that is ours in this database was made a moment ago. DROP OWNED would also take
-- from the login its membership in the application roles, in every database of the server.
DO $$
DECLARE
    said text;
BEGIN
    SELECT 'DROP TABLE ' || string_agg(c.oid::regclass::text, ', ') || ' CASCADE' INTO said FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND pg_get_userbyid(c.relowner) = current_user;
    EXECUTE coalesce(said, 'SELECT');
    SELECT 'DROP ROUTINE ' || string_agg(p.oid::regprocedure::text, ', ') || ' CASCADE' INTO said FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) = current_user
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e');
    EXECUTE coalesce(said, 'SELECT');
    SELECT 'DROP TYPE ' || string_agg(t.oid::regtype::text, ', ') || ' CASCADE' INTO said FROM pg_type t
    WHERE t.typnamespace = 'public'::regnamespace AND pg_get_userbyid(t.typowner) = current_user AND t.typcategory <> 'A'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e');
    EXECUTE coalesce(said, 'SELECT');
END
$$;

-- name: snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: as_system
SET LOCAL ROLE appliance_system;

-- name: as_owner
RESET ROLE;

-- name: keks
SELECT shop_id, epoch, wrapped FROM shop_kek ORDER BY shop_id, epoch;

-- name: bury_subjects
UPDATE subject_dek SET wrapped = NULL, kek_epoch = NULL, destroyed_at = now()
WHERE shop_id = %(shop_id)s AND kek_epoch = %(epoch)s;

-- name: bury_index_key
DELETE FROM shop_index_key WHERE shop_id = %(shop_id)s AND kek_epoch = %(epoch)s;

-- name: bury_kek
DELETE FROM shop_kek WHERE shop_id = %(shop_id)s AND epoch = %(epoch)s;
