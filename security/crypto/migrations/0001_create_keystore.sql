-- Wrapped keys only: without the root key nothing here opens anything.
-- created_xact lets a reader see that a row is its own transaction's and may yet be rolled back: such keys are not cached.

CREATE TABLE shop_kek (
  shop_id      text        NOT NULL,
  epoch        integer     NOT NULL CHECK (epoch > 0),
  wrapped      bytea       NOT NULL,
  created_at   timestamptz NOT NULL,
  created_xact xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (shop_id, epoch)
);

CREATE TABLE shop_index_key (
  shop_id      text        NOT NULL,
  version      integer     NOT NULL CHECK (version > 0),
  kek_epoch    integer     NOT NULL,
  wrapped      bytea       NOT NULL,
  created_at   timestamptz NOT NULL,
  created_xact xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (shop_id, version),
  FOREIGN KEY (shop_id, kek_epoch) REFERENCES shop_kek (shop_id, epoch)
);

-- A destroyed key leaves its row without the secret, so that the subject cannot come back under the same id.
CREATE TABLE subject_dek (
  shop_id      text        NOT NULL,
  subject_id   uuid        NOT NULL,
  version      integer     NOT NULL CHECK (version > 0),
  dek_id       uuid        NOT NULL UNIQUE,
  suite        smallint    NOT NULL,
  kek_epoch    integer,
  wrapped      bytea,
  created_at   timestamptz NOT NULL,
  destroyed_at timestamptz,
  created_xact xid8        NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (shop_id, subject_id, version),
  FOREIGN KEY (shop_id, kek_epoch) REFERENCES shop_kek (shop_id, epoch),
  CHECK ((destroyed_at IS NULL) = (wrapped IS NOT NULL AND kek_epoch IS NOT NULL))
);
CREATE INDEX subject_dek_by_epoch ON subject_dek (shop_id, kek_epoch) WHERE wrapped IS NOT NULL;

ALTER TABLE shop_kek ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_kek FORCE ROW LEVEL SECURITY;
ALTER TABLE shop_index_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop_index_key FORCE ROW LEVEL SECURITY;
ALTER TABLE subject_dek ENABLE ROW LEVEL SECURITY;
ALTER TABLE subject_dek FORCE ROW LEVEL SECURITY;

CREATE POLICY own_shop ON shop_kek TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY own_shop ON shop_index_key TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY own_shop ON subject_dek TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY all_shops ON shop_kek TO appliance_system USING (true) WITH CHECK (true);
CREATE POLICY all_shops ON shop_index_key TO appliance_system USING (true) WITH CHECK (true);
CREATE POLICY all_shops ON subject_dek TO appliance_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT ON shop_kek, shop_index_key, subject_dek TO appliance_app, appliance_system;
GRANT UPDATE (kek_epoch, wrapped, destroyed_at) ON subject_dek TO appliance_app, appliance_system;
GRANT UPDATE (kek_epoch, wrapped) ON shop_index_key TO appliance_system;
GRANT DELETE ON shop_kek TO appliance_system;
