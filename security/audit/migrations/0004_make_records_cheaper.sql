-- What a record costs, where it can be saved: nothing here changes what may be done.

-- As before, one record after another, and only intents wake the sealer: NOTIFY makes commits queue behind one another,
-- and nothing else waits. The sealer looks for all other records by itself, several times a second.
CREATE OR REPLACE FUNCTION audit_append(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  shop  text := nullif(current_setting('app.shop_id', true), '');
  event jsonb;
  taken integer := 0;
BEGIN
  FOR place IN 0 .. jsonb_array_length(events) - 1 LOOP
    event := events -> place;
    IF event ->> 'tenant' NOT IN ('', shop) THEN
      RAISE EXCEPTION 'an audit record of another shop' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF event ->> 'action' IN ('audit.started', 'audit.stopped', 'audit.recovered', 'audit.key_changed', 'audit.prune')
      AND current_setting('role') <> 'appliance_system' THEN
      RAISE EXCEPTION 'only the system says this of the log' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.audit_pending (id, shop_id, event) VALUES ((event ->> 'id')::uuid, event ->> 'tenant', event);
    IF event ->> 'kind' = 'intent' THEN
      PERFORM pg_notify('audit_pending', '');
    END IF;
    taken := taken + 1;
  END LOOP;
  RETURN taken;
END
$$;

-- The columns still say what raw says, and nothing else: read once for each record, not once for each column.
ALTER TABLE audit_record
  ALTER COLUMN shop_id DROP EXPRESSION,
  ALTER COLUMN ts DROP EXPRESSION,
  ALTER COLUMN cat DROP EXPRESSION,
  ALTER COLUMN action DROP EXPRESSION,
  ALTER COLUMN outcome DROP EXPRESSION,
  ALTER COLUMN actor_id DROP EXPRESSION,
  ALTER COLUMN object_id DROP EXPRESSION,
  ALTER COLUMN req DROP EXPRESSION;

CREATE FUNCTION audit_read_columns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  record jsonb := pg_catalog.convert_from(NEW.raw, 'UTF8')::jsonb;
BEGIN
  NEW.shop_id   := record ->> 'tenant';
  NEW.ts        := record ->> 'ts';
  NEW.cat       := record ->> 'cat';
  NEW.action    := record ->> 'action';
  NEW.outcome   := record ->> 'outcome';
  NEW.actor_id  := record #>> '{actor,id}';
  NEW.object_id := record #>> '{object,id}';
  NEW.req       := record ->> 'req';
  RETURN NEW;
END
$$;
CREATE TRIGGER read_columns BEFORE INSERT ON audit_record FOR EACH ROW EXECUTE FUNCTION audit_read_columns();

-- As before, each looked up by itself: the whole log is never read for a batch.
CREATE OR REPLACE FUNCTION audit_refuse_loss() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM gone g
    LEFT JOIN LATERAL (SELECT id FROM audit_record WHERE id = g.id LIMIT 1) r ON true
    WHERE r.id IS NULL
  ) THEN
    RAISE EXCEPTION 'a pending audit record may only go once it is sealed'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
