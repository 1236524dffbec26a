-- The originals of placeholders, each sealed under its subject's own key. Of ID and bank cards only the last four.

CREATE TABLE vault_value (
  shop_id         text        NOT NULL,
  id              uuid        NOT NULL,
  conversation_id uuid        NOT NULL,
  subject_id      uuid        NOT NULL,
  type            text        NOT NULL,
  placeholder     text        NOT NULL,
  identity        text        NOT NULL,
  is_last_four    boolean     NOT NULL,
  ciphertext      bytea       NOT NULL,
  created_at      timestamptz NOT NULL,
  PRIMARY KEY (shop_id, id),
  UNIQUE (shop_id, conversation_id, placeholder),
  CHECK (type NOT IN ('OTP', 'CVV', 'PASSWORD')),
  CHECK (is_last_four = (type IN ('ID_CARD', 'BANK_CARD', 'PASSPORT', 'TRAVEL_PERMIT')))
);
CREATE INDEX vault_value_of_subject ON vault_value (shop_id, subject_id);

ALTER TABLE vault_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE vault_value FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON vault_value TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY all_shops ON vault_value TO appliance_system USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, DELETE ON vault_value TO appliance_app, appliance_system;
