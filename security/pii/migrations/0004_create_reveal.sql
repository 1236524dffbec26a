-- How often somebody asked for clear values: for the limit alone. What was asked, and why, stands in the audit log.
-- Only appliance_system reaches it.

CREATE TABLE vault_reveal (
  reveal_id uuid        PRIMARY KEY,
  staff_id  uuid        NOT NULL,
  at        timestamptz NOT NULL
);
CREATE INDEX vault_reveal_of_staff ON vault_reveal (staff_id, at);

GRANT SELECT, INSERT, DELETE ON vault_reveal TO appliance_system;
