"""Back to a chosen second: PostgreSQL's own archiving of its log, base backups, and its own recovery.

``base/base-<end>-<first segment>.csab`` and ``wal/<segment>.csaw`` in a folder for each cluster, named by its
identifier. Of our own PostgreSQL only; an outside one is restored by its own means.
"""
