-- Two administrators may approve what was lost in a restore, and from where the log goes on: one token of each.
ALTER TABLE staff_token DROP CONSTRAINT staff_token_purpose_check;
ALTER TABLE staff_token ADD CONSTRAINT staff_token_purpose_check CHECK (
  purpose IN ('set_up', 'totp', 'passkey', 'reset_second_factor', 'disable', 'prune_log', 'settle_restore')
);
