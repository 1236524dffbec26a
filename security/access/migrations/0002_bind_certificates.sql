-- Certificates that a signing client must come with; none: its signature is enough.

CREATE TABLE client_certificate (
  shop_id   text        NOT NULL,
  client_id uuid        NOT NULL,
  sha256    bytea       NOT NULL CHECK (octet_length(sha256) = 32),
  bound_at  timestamptz NOT NULL,
  PRIMARY KEY (shop_id, client_id, sha256),
  FOREIGN KEY (shop_id, client_id) REFERENCES signing_client (shop_id, client_id)
);

ALTER TABLE client_certificate ENABLE ROW LEVEL SECURITY;
ALTER TABLE client_certificate FORCE ROW LEVEL SECURITY;
CREATE POLICY own_shop ON client_certificate TO appliance_app
  USING (shop_id = current_setting('app.shop_id', true)) WITH CHECK (shop_id = current_setting('app.shop_id', true));
CREATE POLICY all_shops ON client_certificate TO appliance_system
  USING (current_user = 'appliance_system') WITH CHECK (current_user = 'appliance_system');
GRANT SELECT, INSERT, DELETE ON client_certificate TO appliance_app, appliance_system;
