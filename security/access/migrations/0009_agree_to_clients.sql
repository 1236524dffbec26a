-- A system that would read more than who makes it may waits for a security administrator's word: its credential opens
-- nothing before. Those without a row here need none.

CREATE TABLE client_proposal (
  shop_id     text        NOT NULL,
  client_id   uuid        NOT NULL,
  name        text        NOT NULL,
  scopes      text[]      NOT NULL,
  proposed_by uuid        NOT NULL,
  proposed_at timestamptz NOT NULL,
  state       text        NOT NULL DEFAULT 'proposed' CHECK (state IN ('proposed', 'applied', 'refused')),
  decided_by  uuid,
  decided_at  timestamptz,
  PRIMARY KEY (shop_id, client_id),
  CHECK ((state = 'proposed') = (decided_at IS NULL)),
  -- two people
  CHECK (state <> 'applied' OR (decided_by IS NOT NULL AND decided_by <> proposed_by))
);
CREATE INDEX client_proposal_open ON client_proposal (proposed_at) WHERE state = 'proposed';

ALTER TABLE client_proposal ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_proposal FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON client_proposal TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY all_shops ON client_proposal TO appliance_system
  USING (current_user = 'appliance_system') WITH CHECK (current_user = 'appliance_system');
GRANT SELECT, INSERT ON client_proposal TO appliance_app, appliance_system;
-- who looks after one shop may take a proposal back, and agree to none
GRANT UPDATE (state, decided_at) ON client_proposal TO appliance_app;
GRANT UPDATE (state, decided_by, decided_at) ON client_proposal TO appliance_system;
