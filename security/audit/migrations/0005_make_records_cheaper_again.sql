-- What a record costs, once more, where it can be saved: nothing here changes what may be done.

-- As before. A transaction makes every expression of a function ready anew, so there are fewer of them: both refusals are
-- looked for at once, and told apart only when there is one.
CREATE OR REPLACE FUNCTION audit_append(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  event jsonb;
BEGIN
  FOR place IN 0 .. jsonb_array_length(events) - 1 LOOP
    event := events -> place;
    IF event ->> 'tenant' NOT IN ('', nullif(current_setting('app.shop_id', true), ''))
      OR event ->> 'action' IN ('audit.started', 'audit.stopped', 'audit.recovered', 'audit.key_changed', 'audit.prune')
      AND current_setting('role') <> 'appliance_system'
    THEN
      IF event ->> 'tenant' NOT IN ('', nullif(current_setting('app.shop_id', true), '')) THEN
        RAISE EXCEPTION 'an audit record of another shop' USING ERRCODE = 'insufficient_privilege';
      END IF;
      RAISE EXCEPTION 'only the system says this of the log' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.audit_pending (id, shop_id, event) VALUES ((event ->> 'id')::uuid, event ->> 'tenant', event);
    IF event ->> 'kind' = 'intent' THEN
      PERFORM pg_notify('audit_pending', '');
    END IF;
  END LOOP;
  RETURN jsonb_array_length(events);
END
$$;

-- Records come in the order of their time, so a summary of each range of pages finds a time as well as an entry for
-- every record did.
DROP INDEX audit_record_by_time;
CREATE INDEX audit_record_by_time ON audit_record USING brin (ts);
