-- Two administrators may approve that the beginning of the audit log is taken out: one token of each, for one account.
ALTER TABLE staff_token DROP CONSTRAINT staff_token_purpose_check;
ALTER TABLE staff_token ADD CONSTRAINT staff_token_purpose_check
  CHECK (purpose IN ('set_up', 'totp', 'passkey', 'reset_second_factor', 'disable', 'prune_log'));
