"""The auditor's side of the house: what stands in the audit log, and whether it is whole."""
