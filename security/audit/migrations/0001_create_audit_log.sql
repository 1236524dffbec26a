-- Pending records live in the business transaction that causes them; the sealer moves them into the log for good.
-- The application may append, and ask whether something is sealed; nothing more. Nobody may change or remove.

CREATE TABLE audit_log (
  log_id     uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  created_at timestamptz NOT NULL DEFAULT now(),
  is_only    boolean     NOT NULL DEFAULT true UNIQUE CHECK (is_only)
);
INSERT INTO audit_log DEFAULT VALUES;

CREATE TABLE audit_pending (
  position    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id          uuid        NOT NULL UNIQUE,
  shop_id     text        NOT NULL,
  event       jsonb       NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Decoding UTF-8 never changes its mind, though PostgreSQL only calls convert_from stable.
CREATE FUNCTION audit_text(raw bytea, VARIADIC path text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT pg_catalog.convert_from(raw, 'UTF8')::jsonb #>> path $$;

-- Everything but raw and its hash is read out of raw, so that no column can say anything else than the record does.
CREATE TABLE audit_record (
  seq       bigint PRIMARY KEY CHECK (seq >= 0),
  id        uuid   NOT NULL UNIQUE,
  leaf      bytea  NOT NULL,
  raw       bytea  NOT NULL,
  shop_id   text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'tenant')) STORED,
  ts        text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'ts')) STORED,
  cat       text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'cat')) STORED,
  action    text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'action')) STORED,
  outcome   text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'outcome')) STORED,
  actor_id  text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'actor', 'id')) STORED,
  object_id text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'object', 'id')) STORED,
  req       text   NOT NULL GENERATED ALWAYS AS (audit_text(raw, 'req')) STORED
);
CREATE INDEX audit_record_by_object ON audit_record (object_id, seq);
CREATE INDEX audit_record_by_time ON audit_record (ts, seq);

CREATE TABLE audit_checkpoint (
  number     bigint      PRIMARY KEY CHECK (number >= 0),
  size       bigint      NOT NULL,
  note       text        NOT NULL,
  frontier   bytea       NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER no_change BEFORE UPDATE OR TRUNCATE ON audit_pending
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

CREATE FUNCTION audit_refuse_loss() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM gone g WHERE NOT EXISTS (SELECT FROM audit_record r WHERE r.id = g.id)) THEN
    RAISE EXCEPTION 'a pending audit record may only go once it is sealed'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER sealed_first AFTER DELETE ON audit_pending
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_loss();

CREATE FUNCTION audit_append(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  shop  text := nullif(current_setting('app.shop_id', true), '');
  taken integer;
BEGIN
  IF shop IS NOT NULL AND EXISTS (SELECT FROM jsonb_array_elements(events) e WHERE e ->> 'tenant' NOT IN ('', shop)) THEN
    RAISE EXCEPTION 'an audit record of another shop' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO public.audit_pending (id, shop_id, event)
  SELECT (event ->> 'id')::uuid, event ->> 'tenant', event
  FROM jsonb_array_elements(events) WITH ORDINALITY AS listed (event, place)
  ORDER BY place;
  GET DIAGNOSTICS taken = ROW_COUNT;
  PERFORM pg_notify('audit_pending', '');
  RETURN taken;
END
$$;

CREATE FUNCTION audit_unsealed(ids uuid[]) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*) FROM unnest(ids) AS asked (id)
  WHERE NOT EXISTS (SELECT FROM public.audit_record r WHERE r.id = asked.id)
$$;

REVOKE ALL ON FUNCTION audit_append(jsonb), audit_unsealed(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(jsonb), audit_unsealed(uuid[]) TO appliance_app, appliance_system;

ALTER TABLE audit_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_pending FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_record FORCE ROW LEVEL SECURITY;

-- The owner acts through the two functions only, the application through nothing else.
CREATE POLICY the_functions ON audit_pending FOR INSERT TO CURRENT_USER WITH CHECK (true);
CREATE POLICY the_functions ON audit_record FOR SELECT TO CURRENT_USER USING (true);
CREATE POLICY own_shop ON audit_pending TO appliance_app USING (shop_id = current_setting('app.shop_id', true));
CREATE POLICY own_shop ON audit_record TO appliance_app USING (shop_id = current_setting('app.shop_id', true));
CREATE POLICY all_shops ON audit_pending TO appliance_system USING (true) WITH CHECK (true);
CREATE POLICY all_shops ON audit_record TO appliance_system USING (true) WITH CHECK (true);

GRANT SELECT ON audit_log, audit_pending TO appliance_system;
GRANT DELETE ON audit_pending TO appliance_system;
GRANT SELECT, INSERT ON audit_record, audit_checkpoint TO appliance_system;
