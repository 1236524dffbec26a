"""Where the database of this installation is: our own cluster, or the one that ``DATABASE_URL`` names."""

import psycopg
from psycopg.conninfo import conninfo_to_dict

from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.errors import ConfigurationError

_HERE = ("", "localhost", "127.0.0.1", "::1")


def is_embedded(settings: Settings) -> bool:
    return not settings.database.url


def database_url(settings: Settings) -> str:
    """To connect with. An outside server is spoken to by TLS with a checked name, or not at all."""
    if is_embedded(settings):
        return Cluster(settings.state_path).url()
    return _checked(settings.database.url)


def _checked(url: str) -> str:
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as wrong:
        raise ConfigurationError(f"DATABASE_URL is not understood: {str(wrong).strip()}") from wrong
    hosts = str(parts.get("host") or "").split(",")
    is_local = all(host in _HERE or host.startswith(("/", "@")) for host in hosts)
    if not is_local and parts.get("sslmode") != "verify-full":
        raise ConfigurationError(
            f"DATABASE_URL reaches {', '.join(hosts)} without a checked certificate: add sslmode=verify-full and "
            "sslrootcert=/path/to/ca.pem"
        )
    return url
