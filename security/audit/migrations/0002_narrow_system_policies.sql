-- As protect_table does: the role must have been taken on. Before PostgreSQL 16 the owner cannot hold a role without its
-- rights, and outside a scope it shall see no row.

ALTER POLICY all_shops ON audit_pending
  USING (current_user = 'appliance_system') WITH CHECK (current_user = 'appliance_system');
ALTER POLICY all_shops ON audit_record
  USING (current_user = 'appliance_system') WITH CHECK (current_user = 'appliance_system');
