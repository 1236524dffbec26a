-- A subject's new key needs what it sealed under it: values of the vault, and secrets of API clients, which `access`
-- made before this ran. Nothing else of them ever changes.
GRANT UPDATE (ciphertext) ON vault_value TO appliance_system;
GRANT UPDATE (secret) ON signing_client TO appliance_system;
