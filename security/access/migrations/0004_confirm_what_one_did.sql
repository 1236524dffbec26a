-- What one security administrator did alone before going live is confirmed by somebody else, or it does not go live.
ALTER TABLE access_change ADD COLUMN confirmed_by uuid;
ALTER TABLE access_change ADD COLUMN confirmed_at timestamptz;
ALTER TABLE access_change ADD CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL));
ALTER TABLE access_change ADD CHECK (
  confirmed_by IS NULL
  OR (in_bootstrap AND state = 'applied' AND confirmed_by <> proposed_by AND confirmed_by <> staff_id)
);
CREATE INDEX access_change_unconfirmed ON access_change (proposed_at) WHERE in_bootstrap AND confirmed_at IS NULL;
GRANT UPDATE (confirmed_by, confirmed_at) ON access_change TO appliance_system;
