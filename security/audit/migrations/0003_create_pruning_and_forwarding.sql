-- What is left of pruned records, the only way in which records may go, and how far each outside collector has come.

CREATE TABLE audit_leaf (
  seq  bigint PRIMARY KEY CHECK (seq >= 0),
  leaf bytea  NOT NULL CHECK (octet_length(leaf) = 32),
  -- kept where later proofs need the record itself: changes of the signing key
  raw  bytea
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaf
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

CREATE INDEX audit_record_of_the_log_itself ON audit_record (action, seq) WHERE cat = 'audit';

-- How far the sealed record of two approvals allows the beginning of the log to be taken out.
CREATE FUNCTION audit_prunable() RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(public.audit_text(r.raw, 'detail', 'next')::bigint), 0)
  FROM public.audit_record r
  WHERE r.cat = 'audit' AND r.action = 'audit.prune' AND r.outcome = 'pending'
$$;

-- In place of the refusal of every DELETE: a record may go if its leaf is kept and a sealed record says that it goes.
CREATE FUNCTION audit_refuse_unexplained() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM gone g
    WHERE g.seq >= public.audit_prunable()
       OR NOT EXISTS (SELECT FROM public.audit_leaf l WHERE l.seq = g.seq AND l.leaf = g.leaf)
  ) THEN
    RAISE EXCEPTION 'the audit log is append-only: a record goes only by pruning, which the log itself must say'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END
$$;
DROP TRIGGER append_only ON audit_record;
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit_record
  FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER pruned_only AFTER DELETE ON audit_record
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_unexplained();

-- Takes out up to a number of records, oldest first, and keeps their leaves; how many. Again until none is left.
CREATE FUNCTION audit_prune(at_most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  bound bigint := public.audit_prunable();
  taken bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('appliance.audit.prune', 0));
  INSERT INTO public.audit_leaf (seq, leaf, raw)
  SELECT r.seq, r.leaf, CASE WHEN r.cat = 'audit' AND r.action = 'audit.key_changed' THEN r.raw END
  FROM public.audit_record r WHERE r.seq < bound ORDER BY r.seq LIMIT at_most;
  GET DIAGNOSTICS taken = ROW_COUNT;
  DELETE FROM public.audit_record r
  WHERE r.seq < bound AND EXISTS (SELECT FROM public.audit_leaf l WHERE l.seq = r.seq AND l.leaf = r.leaf);
  RETURN taken;
END
$$;
REVOKE ALL ON FUNCTION audit_prunable(), audit_prune(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_prunable(), audit_prune(integer) TO appliance_system;
CREATE POLICY pruning ON audit_record FOR DELETE TO CURRENT_USER USING (true);
GRANT SELECT ON audit_leaf TO appliance_system;

CREATE TABLE audit_forward (
  target     text        PRIMARY KEY,
  next_seq   bigint      NOT NULL CHECK (next_seq >= 0),
  updated_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON audit_forward TO appliance_system;

-- As before, and: what the log says about itself is for the system to say.
CREATE OR REPLACE FUNCTION audit_append(events jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  shop  text := nullif(current_setting('app.shop_id', true), '');
  taken integer;
BEGIN
  IF shop IS NOT NULL AND EXISTS (SELECT FROM jsonb_array_elements(events) e WHERE e ->> 'tenant' NOT IN ('', shop)) THEN
    RAISE EXCEPTION 'an audit record of another shop' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF current_setting('role') <> 'appliance_system' AND EXISTS (
    SELECT FROM jsonb_array_elements(events) e
    WHERE e ->> 'action' IN ('audit.started', 'audit.stopped', 'audit.recovered', 'audit.key_changed', 'audit.prune')
  ) THEN
    RAISE EXCEPTION 'only the system says this of the log' USING ERRCODE = 'insufficient_privilege';
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
