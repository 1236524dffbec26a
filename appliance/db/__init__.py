"""PostgreSQL, plainly: pool, unit of work, SQL files, migrations, LISTEN/NOTIFY, and a private cluster (``embedded``).

It knows no business table but ``shop``; each domain keeps its own ``queries.sql`` beside its code.
"""

from appliance.db.database import Connection, Database
from appliance.db.listener import Listener
from appliance.db.queries import Queries

__all__ = ["Connection", "Database", "Listener", "Queries"]
