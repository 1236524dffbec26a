-- When what the keys hang on was last put away, and of which root key: whoever answers for the keys has to see it.

CREATE TABLE key_copy (
  kind       text        PRIMARY KEY CHECK (kind IN ('shares', 'epochs')),
  -- of the root key that the shares bring back
  generation integer,
  made_at    timestamptz NOT NULL
);
GRANT SELECT, INSERT ON key_copy TO appliance_system;
GRANT UPDATE (generation, made_at) ON key_copy TO appliance_system;
