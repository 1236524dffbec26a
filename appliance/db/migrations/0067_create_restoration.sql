-- A restore is not over when the rows are back: until two people have said what was lost, nothing is written to an
-- order system and no yes is taken. The row comes with the restored rows, in the same commit.

CREATE TABLE restoration (
  restoration_id uuid        PRIMARY KEY,
  kind           text        NOT NULL CHECK (kind IN ('archive', 'point_in_time')),
  -- of when the rows are
  as_of          timestamptz NOT NULL,
  restored_at    timestamptz NOT NULL,
  -- the head of the audit log from which this installation goes on
  log_size       bigint      NOT NULL CHECK (log_size >= 0),
  log_root       text        NOT NULL CHECK (log_root ~ '^[0-9a-f]{64}$'),
  -- the audit record by which two people end it
  record_id      uuid,
  settled_at     timestamptz CHECK (settled_at IS NULL OR record_id IS NOT NULL)
);
CREATE INDEX restoration_open ON restoration (restored_at) WHERE settled_at IS NULL;
GRANT SELECT ON restoration TO appliance_app, appliance_system;
GRANT UPDATE (record_id, settled_at) ON restoration TO appliance_system;

-- A backup of an older version had no such table: its restore left the row beside, and it is taken over here.
DO $$
BEGIN
  IF to_regclass('public.restoration_due') IS NOT NULL THEN
    INSERT INTO restoration (restoration_id, kind, as_of, restored_at, log_size, log_root)
    SELECT restoration_id, kind, as_of, restored_at, log_size, log_root FROM restoration_due;
    DROP TABLE restoration_due;
  END IF;
END
$$;
