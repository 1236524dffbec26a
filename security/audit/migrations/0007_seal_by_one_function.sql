-- A role that could add rows to the log and take pending ones away could put in a record of its own under the id of one
-- that waits, and drop that. Now one function does both: what it keeps follows the record before it, and what goes from
-- the pending rows is told, whole, by a record that is kept. Nobody adds or takes away in any other way.

-- Whether a record says all that was appended, and nothing else but what sealing adds; or, of what fits no record, its hash.
CREATE FUNCTION audit_tells(record jsonb, pending uuid, event jsonb) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT record - '{v,alg,log,node,boot,mono,seq,ts,prev}'::text[] = event
    OR record ->> 'action' = 'audit.malformed'
      AND record #>> '{detail,id}' = pending::text
      AND record #>> '{detail,sha256}' = encode(sha256(convert_to(event::text, 'UTF8')), 'hex')
$$;

-- By its id, and looked up by itself: whatever the planner believes, the log is never read as a whole.
CREATE FUNCTION audit_record_of(wanted uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT convert_from(r.raw, 'UTF8')::jsonb FROM public.audit_record r WHERE r.id = wanted);
END
$$;

-- Keeps records, as they are hashed, from number first on, and drops the pending rows that are told of. All or nothing.
CREATE FUNCTION audit_seal(first bigint, raws bytea[], done uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  leaf_before text := encode(coalesce(
    (SELECT r.leaf FROM public.audit_record r WHERE r.seq = first - 1),
    (SELECT l.leaf FROM public.audit_leaf l WHERE l.seq = first - 1),
    CASE WHEN first = 0 THEN decode(repeat('00', 32), 'hex') END), 'hex');
  strange bigint;
  untold  bigint;
BEGIN
  WITH given AS MATERIALIZED (
    SELECT first + place - 1 AS seq, (record ->> 'id')::uuid AS id, sha256('\x00'::bytea || raw) AS leaf, raw, record
    FROM (
      SELECT raw, place, convert_from(raw, 'UTF8')::jsonb AS record
      FROM unnest(raws) WITH ORDINALITY AS listed (raw, place) OFFSET 0
    ) AS parsed
  ),
  kept AS (
    INSERT INTO public.audit_record
      (seq, id, leaf, raw, shop_id, ts, cat, action, outcome, actor_id, object_id, req)
    SELECT seq, id, leaf, raw, record ->> 'tenant', record ->> 'ts', record ->> 'cat', record ->> 'action',
           record ->> 'outcome', record #>> '{actor,id}', record #>> '{object,id}', record ->> 'req'
    FROM given
  ),
  gone AS (
    DELETE FROM public.audit_pending WHERE id = ANY (done) RETURNING id, event
  ),
  placed AS (
    SELECT record ->> 'seq' = seq::text
       AND record ->> 'prev' = lag(encode(leaf, 'hex'), 1, leaf_before) OVER (ORDER BY seq) AS follows
    FROM given
  ),
  explained AS (
    SELECT CASE
      WHEN public.audit_tells(same.record, gone.id, gone.event) THEN true
      WHEN public.audit_tells(hashed.record, gone.id, gone.event) THEN true
      ELSE public.audit_tells(public.audit_record_of(gone.id), gone.id, gone.event)
    END AS told
    FROM gone
    LEFT JOIN given same ON same.id = gone.id
    LEFT JOIN given hashed ON hashed.record ->> 'action' = 'audit.malformed' AND hashed.record #>> '{detail,id}' = gone.id::text
  )
  SELECT (SELECT count(*) FROM placed WHERE follows IS NOT TRUE), (SELECT count(*) FROM explained WHERE told IS NOT TRUE)
  INTO strange, untold;
  IF strange > 0 THEN
    RAISE EXCEPTION 'an audit record must follow the one before it' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF untold > 0 THEN
    RAISE EXCEPTION 'a pending audit record may only go once it is sealed' USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;

REVOKE ALL ON FUNCTION audit_tells(jsonb, uuid, jsonb), audit_record_of(uuid), audit_seal(bigint, bytea[], uuid[])
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_tells(jsonb, uuid, jsonb), audit_record_of(uuid), audit_seal(bigint, bytea[], uuid[])
  TO appliance_system;
REVOKE INSERT ON audit_record FROM appliance_system;
REVOKE DELETE ON audit_pending FROM appliance_system;
CREATE POLICY sealing ON audit_record FOR INSERT TO CURRENT_USER WITH CHECK (true);
CREATE POLICY sealing ON audit_pending FOR DELETE TO CURRENT_USER USING (true);
CREATE POLICY sealing_reads ON audit_pending FOR SELECT TO CURRENT_USER USING (true);

-- The function reads what it is given once, and reads the columns out of that: no trigger for each row beside it.
DROP TRIGGER sealed_first ON audit_pending;
DROP FUNCTION audit_refuse_loss();
DROP TRIGGER read_columns ON audit_record;
DROP FUNCTION audit_read_columns();

-- As before, and: who will wait for the seal of an intent must not be told of the seal of another record with its id.
CREATE OR REPLACE FUNCTION audit_append(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  event jsonb;
BEGIN
  FOR place IN 0 .. jsonb_array_length(events) - 1 LOOP
    event := events -> place;
    IF event ->> 'tenant' NOT IN ('', nullif(current_setting('app.shop_id', true), ''))
      OR event ->> 'action' IN ('audit.started', 'audit.stopped', 'audit.recovered', 'audit.malformed',
                                'audit.key_changed', 'audit.prune')
      AND current_setting('role') <> 'appliance_system'
    THEN
      IF event ->> 'tenant' NOT IN ('', nullif(current_setting('app.shop_id', true), '')) THEN
        RAISE EXCEPTION 'an audit record of another shop' USING ERRCODE = 'insufficient_privilege';
      END IF;
      RAISE EXCEPTION 'only the system says this of the log' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.audit_pending (id, shop_id, event) VALUES ((event ->> 'id')::uuid, event ->> 'tenant', event);
    IF event ->> 'kind' = 'intent' THEN
      IF EXISTS (SELECT FROM public.audit_record r WHERE r.id = (event ->> 'id')::uuid) THEN
        RAISE EXCEPTION 'the log holds a record with this id already' USING ERRCODE = 'unique_violation';
      END IF;
      PERFORM pg_notify('audit_pending', '');
    END IF;
  END LOOP;
  RETURN jsonb_array_length(events);
END
$$;
