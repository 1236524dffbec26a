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
