-- Which generations of the root key are being destroyed: no transaction takes a key file back, and the record of it must come.

ALTER TABLE key_rotation DROP CONSTRAINT key_rotation_layer_check;
ALTER TABLE key_rotation ADD CONSTRAINT key_rotation_layer_check
  CHECK (layer IN ('root', 'shop', 'subject', 'old_root'));
