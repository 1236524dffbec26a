"""Where the database of this installation is, and as whom it is entered: our own cluster, or an outside server.

``DATABASE_URL`` is what everything logs in with, and its role owns nothing. ``DATABASE_OWNER_URL`` is the owner's, for
migrations, backup, restore and pruning. It is read from the environment alone, so that it comes into no file of
settings. The passwords of both may lie in files.
"""

import os
from collections.abc import Mapping

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.errors import ConfigurationError
from appliance.secret_file import read_secret

OWNER_VARIABLE = "DATABASE_OWNER_URL"
OWNER_PASSWORD_VARIABLE = "DATABASE_OWNER_PASSWORD_FILE"  # noqa: S105 (names a file)
_CURE = "write the password of the database's role there, readable by this user alone"
_LOGIN_VARIABLE = "DATABASE_URL"
_HERE = ("", "localhost", "127.0.0.1", "::1")


def is_embedded(settings: Settings) -> bool:
    return not settings.database.url


def database_url(settings: Settings) -> str:
    """To connect with. An outside server is spoken to by TLS with a checked name, or not at all."""
    if is_embedded(settings):
        return Cluster(settings.state_path).url()
    url = _checked(settings.database.url, _LOGIN_VARIABLE)
    return _with_password(url, "database.password_file", settings.database.password_file)


def owner_url(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """For whoever makes tables or reads all of them; ConfigurationError where it was not given."""
    if is_embedded(settings):
        return Cluster(settings.state_path).owner_url()
    if url := environment.get(OWNER_VARIABLE, ""):
        password_file = environment.get(OWNER_PASSWORD_VARIABLE, "")
        return _with_password(_checked(url, OWNER_VARIABLE), OWNER_PASSWORD_VARIABLE, password_file)
    raise ConfigurationError(
        f"this needs the owner of the tables: set {OWNER_VARIABLE} for this one call, beside {_LOGIN_VARIABLE}"
    )


def has_owner_url(settings: Settings, environment: Mapping[str, str] = os.environ) -> bool:
    return is_embedded(settings) or bool(environment.get(OWNER_VARIABLE))


def _checked(url: str, variable: str) -> str:
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as wrong:
        raise ConfigurationError(f"{variable} is not understood: {str(wrong).strip()}") from wrong
    hosts = str(parts.get("host") or "").split(",")
    is_local = all(host in _HERE or host.startswith(("/", "@")) for host in hosts)
    if not is_local and parts.get("sslmode") != "verify-full":
        raise ConfigurationError(
            f"{variable} reaches {', '.join(hosts)} without a checked certificate: add sslmode=verify-full and "
            "sslrootcert=/path/to/ca.pem"
        )
    return url


def _with_password(url: str, named_by: str, file: str) -> str:
    """The connection's parameters with the password of the file; the url alone where none is named."""
    return make_conninfo(url, password=read_secret(named_by, file, _CURE)) if file else url
