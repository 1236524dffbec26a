-- Which rotations are under way, so that one that was broken off is gone on with; and what a shop's index is made with.

CREATE TABLE key_rotation (
  rotation_id uuid        PRIMARY KEY,
  layer       text        NOT NULL CHECK (layer IN ('root', 'shop', 'subject')),
  -- the shop, or empty: all
  place       text        NOT NULL,
  -- root and shop: the generation or epoch that everything moves to
  target      integer     NOT NULL,
  moved       bigint      NOT NULL DEFAULT 0,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE UNIQUE INDEX key_rotation_under_way ON key_rotation (layer, place) WHERE finished_at IS NULL;
GRANT SELECT, INSERT ON key_rotation TO appliance_system;
GRANT UPDATE (moved, finished_at) ON key_rotation TO appliance_system;

ALTER TABLE shop_index_key ADD COLUMN algorithm text NOT NULL DEFAULT 'hmac-sha256'
  CHECK (algorithm IN ('hmac-sha256', 'hmac-sm3'));
GRANT UPDATE (wrapped) ON shop_kek TO appliance_system;

-- A version that serves no more: its successor has been there for a while, and nothing is sealed under it.
CREATE INDEX subject_dek_by_age ON subject_dek (shop_id, created_at) WHERE wrapped IS NOT NULL;
