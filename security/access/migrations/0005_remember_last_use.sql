-- When a system that signs last came, to the minute.
ALTER TABLE signing_client ADD COLUMN last_used_at timestamptz;
GRANT UPDATE (last_used_at) ON signing_client TO appliance_app, appliance_system;
