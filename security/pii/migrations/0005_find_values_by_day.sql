-- How many were found in a period. Rows come in the order of time, so blocks alone are named: putting costs next to nothing.
CREATE INDEX vault_value_by_time ON vault_value USING brin (created_at) WITH (autosummarize = on);
