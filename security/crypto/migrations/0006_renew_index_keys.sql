-- The key of a shop's blind indexes is renewed: what it made is made again in one transaction, in which the old one goes.

ALTER TABLE key_rotation DROP CONSTRAINT key_rotation_layer_check;
ALTER TABLE key_rotation ADD CONSTRAINT key_rotation_layer_check
  CHECK (layer IN ('root', 'shop', 'subject', 'old_root', 'index'));
GRANT DELETE ON shop_index_key TO appliance_system;
