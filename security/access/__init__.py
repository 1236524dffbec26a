"""Who may do what: staff accounts, passwords, second factors, sessions, roles, labels, and systems that sign.

Denies by default. Opens no transaction: a connection of the caller's is handed in, and what was done commits with its
record in the audit log or not at all.
"""
