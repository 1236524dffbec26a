-- What every other migration stands on: two roles, one function that puts a table under row-level security,
-- and the list of applied migrations. Roles belong to the whole server, so they may be there already.

DO $$
DECLARE
    is_16  boolean := current_setting('server_version_num')::integer >= 160000;
    needed text := CASE WHEN is_16 THEN 'SET' ELSE 'MEMBER' END;
    name   text;
BEGIN
    FOREACH name IN ARRAY ARRAY['appliance_app', 'appliance_system'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- The owner takes a role on by SET ROLE and never holds its rights by itself: outside a scope it sees no row.
        IF NOT pg_has_role(current_user, name, needed) THEN
            EXECUTE format('GRANT %I TO %I', name, current_user)
                || CASE WHEN is_16 THEN ' WITH INHERIT FALSE, SET TRUE' ELSE '' END;
        END IF;
    END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO appliance_app, appliance_system;

-- Puts a business table (one with shop_id) under row-level security and grants the two roles what they need.
CREATE FUNCTION protect_table(business_table regclass) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', business_table);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', business_table);
    EXECUTE format(
        'CREATE POLICY own_shop ON %s FOR ALL TO appliance_app '
        'USING (shop_id = current_setting(''app.shop_id'', true)) '
        'WITH CHECK (shop_id = current_setting(''app.shop_id'', true))', business_table);
    -- Before 16 the owner cannot hold a role without its rights: so the role must have been taken on, too.
    EXECUTE format(
        'CREATE POLICY all_shops ON %s FOR ALL TO appliance_system '
        'USING (current_user = ''appliance_system'') WITH CHECK (current_user = ''appliance_system'')', business_table);
    EXECUTE format(
        'GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO appliance_app, appliance_system', business_table);
END
$$;

CREATE TABLE schema_migration (
    package    text NOT NULL,
    number     integer NOT NULL,
    name       text NOT NULL,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (package, name)
);
GRANT SELECT ON schema_migration TO appliance_app, appliance_system;
