-- Staff, how they prove who they are, what they may do, and the changes that two of them agree on.
-- Only appliance_system reaches these tables: nothing that serves a customer can read them.
-- Accounts are never removed, so that neither an id nor a login name ever means somebody else.

CREATE TABLE staff_account (
  staff_id     uuid        PRIMARY KEY,
  login_digest bytea       UNIQUE,
  login        bytea,
  name         bytea       NOT NULL,
  roles        text[]      NOT NULL,
  shops        text[]      NOT NULL,
  level        text        NOT NULL CHECK (level IN ('public', 'internal', 'sensitive', 'core')),
  categories   text[]      NOT NULL,
  state        text        NOT NULL CHECK (state IN ('proposed', 'invited', 'active', 'disabled')),
  rights_mac   bytea       NOT NULL CHECK (octet_length(rights_mac) = 16),
  created_at   timestamptz NOT NULL,
  created_by   uuid,
  last_used_at timestamptz NOT NULL,
  CHECK (roles <@ ARRAY['sys_admin', 'sec_admin', 'audit_admin', 'agent', 'supervisor', 'approver', 'operations']
         AND cardinality(roles) > 0),
  -- an administrator is that one thing and nothing else
  CHECK (NOT roles && ARRAY['sys_admin', 'sec_admin', 'audit_admin'] OR cardinality(roles) = 1),
  CHECK ((login_digest IS NULL) = (login IS NULL)),
  CHECK (state <> 'active' OR login_digest IS NOT NULL)
);

CREATE TABLE staff_password (
  staff_id uuid        NOT NULL REFERENCES staff_account (staff_id),
  number   integer     NOT NULL CHECK (number > 0),
  hash     text        NOT NULL,
  set_at   timestamptz NOT NULL,
  PRIMARY KEY (staff_id, number)
);

CREATE TABLE staff_totp (
  staff_id  uuid        PRIMARY KEY REFERENCES staff_account (staff_id),
  seed      bytea       NOT NULL,
  -- the time step of the last code that was taken: it and all before it are spent
  last_step bigint      NOT NULL,
  since     timestamptz NOT NULL
);

CREATE TABLE staff_passkey (
  passkey_id    uuid        PRIMARY KEY,
  staff_id      uuid        NOT NULL REFERENCES staff_account (staff_id),
  credential_id bytea       NOT NULL UNIQUE,
  public_key    bytea       NOT NULL,
  sign_count    bigint      NOT NULL,
  created_at    timestamptz NOT NULL,
  last_used_at  timestamptz
);
CREATE INDEX staff_passkey_of_staff ON staff_passkey (staff_id);

-- What may be done once: set an account up, change a second factor, carry a second administrator's approval.
CREATE TABLE staff_token (
  token_id   uuid        PRIMARY KEY,
  sha256     bytea       NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
  purpose    text        NOT NULL CHECK (purpose IN ('set_up', 'totp', 'passkey', 'reset_second_factor', 'disable')),
  staff_id   uuid        NOT NULL REFERENCES staff_account (staff_id),
  issued_by  uuid,
  sealed     bytea,
  issued_at  timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX staff_token_of_staff ON staff_token (staff_id);

-- Between the right password and the second factor.
CREATE TABLE staff_ticket (
  sha256       bytea       PRIMARY KEY CHECK (octet_length(sha256) = 32),
  staff_id     uuid        NOT NULL REFERENCES staff_account (staff_id),
  login_digest bytea       NOT NULL,
  challenge    bytea       NOT NULL,
  expires_at   timestamptz NOT NULL,
  used_at      timestamptz
);

-- Every attempt counts as a failure until it has turned out right. Names that nobody has are counted alike.
CREATE TABLE staff_attempt (
  attempt_id    uuid        PRIMARY KEY,
  login_digest  bytea       NOT NULL,
  source_digest bytea       NOT NULL,
  while_locked  boolean     NOT NULL,
  at            timestamptz NOT NULL
);
CREATE INDEX staff_attempt_by_login ON staff_attempt (login_digest, at);
CREATE INDEX staff_attempt_by_source ON staff_attempt (source_digest, at);

CREATE TABLE staff_lock (
  login_digest bytea       PRIMARY KEY,
  locked_until timestamptz NOT NULL
);

CREATE TABLE staff_session (
  session_id   uuid        PRIMARY KEY,
  sha256       bytea       NOT NULL UNIQUE CHECK (octet_length(sha256) = 32),
  staff_id     uuid        NOT NULL REFERENCES staff_account (staff_id),
  factor       text        NOT NULL CHECK (factor IN ('totp', 'passkey')),
  place        bytea       NOT NULL,
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  ends_at      timestamptz NOT NULL,
  ended_at     timestamptz,
  ended_by     text        CHECK (ended_by IN ('logout', 'revoked', 'replaced', 'idle', 'age', 'account'))
);
CREATE INDEX staff_session_of_staff ON staff_session (staff_id) WHERE ended_at IS NULL;

CREATE TABLE access_change (
  change_id   uuid        PRIMARY KEY,
  kind        text        NOT NULL CHECK (kind IN ('create', 'set_rights', 'disable', 'reset')),
  staff_id    uuid        NOT NULL REFERENCES staff_account (staff_id),
  rights      jsonb       NOT NULL,
  proposed_by uuid        NOT NULL,
  proposed_at timestamptz NOT NULL,
  state       text        NOT NULL CHECK (state IN ('proposed', 'applied', 'refused')),
  decided_by  uuid,
  decided_at  timestamptz,
  in_bootstrap boolean    NOT NULL,
  CHECK ((state = 'proposed') = (decided_at IS NULL)),
  -- two people, once the installation is live
  CHECK (state <> 'applied' OR in_bootstrap OR decided_by <> proposed_by)
);
CREATE INDEX access_change_open ON access_change (proposed_at) WHERE state = 'proposed';

CREATE TABLE access_phase (
  is_only         boolean     PRIMARY KEY DEFAULT true CHECK (is_only),
  bootstrapped_at timestamptz NOT NULL,
  live_at         timestamptz,
  live_by         uuid
);

GRANT SELECT, INSERT ON staff_account, staff_totp, staff_passkey, staff_token, staff_ticket, staff_attempt, staff_lock,
  staff_session, staff_password, access_change, access_phase TO appliance_system;
GRANT UPDATE (login_digest, login, name, roles, shops, level, categories, state, rights_mac, last_used_at)
  ON staff_account TO appliance_system;
GRANT UPDATE (seed, last_step, since) ON staff_totp TO appliance_system;
GRANT UPDATE (sign_count, last_used_at) ON staff_passkey TO appliance_system;
GRANT UPDATE (sealed, used_at) ON staff_token TO appliance_system;
GRANT UPDATE (used_at) ON staff_ticket TO appliance_system;
GRANT UPDATE (locked_until) ON staff_lock TO appliance_system;
GRANT UPDATE (last_seen_at, ended_at, ended_by) ON staff_session TO appliance_system;
GRANT UPDATE (state, decided_by, decided_at) ON access_change TO appliance_system;
GRANT UPDATE (live_at, live_by) ON access_phase TO appliance_system;
GRANT DELETE ON staff_password, staff_totp, staff_passkey, staff_token, staff_ticket, staff_attempt, staff_lock, staff_session
  TO appliance_system;

-- Systems that sign what they ask for, and the nonces that they have spent.
CREATE TABLE signing_client (
  shop_id    text        NOT NULL,
  client_id  uuid        NOT NULL,
  name       text        NOT NULL,
  scopes     text[]      NOT NULL,
  secret     bytea       NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (shop_id, client_id)
);

CREATE TABLE client_nonce (
  shop_id   text        NOT NULL,
  client_id uuid        NOT NULL,
  nonce     text        NOT NULL,
  at        timestamptz NOT NULL,
  PRIMARY KEY (shop_id, client_id, nonce)
);
CREATE INDEX client_nonce_by_time ON client_nonce (shop_id, at);

ALTER TABLE signing_client ENABLE ROW LEVEL SECURITY;
ALTER TABLE signing_client FORCE ROW LEVEL SECURITY;
ALTER TABLE client_nonce ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_nonce FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON signing_client TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY own_shop ON client_nonce TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY all_shops ON signing_client TO appliance_system
  USING (current_user = 'appliance_system') WITH CHECK (current_user = 'appliance_system');
CREATE POLICY all_shops ON client_nonce TO appliance_system
  USING (current_user = 'appliance_system') WITH CHECK (current_user = 'appliance_system');
GRANT SELECT, INSERT ON signing_client, client_nonce TO appliance_app, appliance_system;
GRANT UPDATE (revoked_at) ON signing_client TO appliance_app, appliance_system;
GRANT DELETE ON client_nonce TO appliance_app, appliance_system;
