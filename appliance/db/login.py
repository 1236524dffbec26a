"""The role that everything but migrations, backup and restore logs in as.

It owns nothing, and may take on the two application roles and nobody else's: ``RESET ROLE`` leaves it with less, not
more. Whoever makes the cluster or the server makes the role; the owner of the tables admits it.
"""

import psycopg

from appliance.config import Settings
from appliance.db.location import OWNER_VARIABLE, database_url, has_owner_url, owner_url
from appliance.db.migrate import SQL, migrate, pending, reach
from appliance.errors import ConfigurationError

_CURE = (
    "make one that owns nothing (CREATE ROLE appliance_login LOGIN NOINHERIT PASSWORD '...'), log in as it by "
    f"DATABASE_URL, and give the owner's URL as {OWNER_VARIABLE} at the next start"
)


async def bring_up(settings: Settings) -> None:
    """The tables of this version, and a login that owns none of them. ConfigurationError says what is missing."""
    url = database_url(settings)
    if has_owner_url(settings):
        owner = owner_url(settings)
        await migrate(owner)
        await admit(owner, url)
    if found := await excess(url):
        raise ConfigurationError(f"the role of DATABASE_URL {', '.join(found)}: {_CURE}")
    if missing := await pending(url):
        cure = (
            f"DATABASE_URL and {OWNER_VARIABLE} reach different databases"
            if has_owner_url(settings)
            else f"set {OWNER_VARIABLE} for the next start"
        )
        raise ConfigurationError(f"{len(missing)} migrations are missing, first {missing[0]}: {cure}")


async def admit(owner: str, login: str) -> None:
    """Let the role of one URL take on the application roles in the database of the other. Again changes nothing."""
    async with await reach(login) as conn:
        role = await _logged_in(conn)
    async with await reach(owner) as conn:
        try:
            await conn.execute(SQL["lock_migrations"])
            await psycopg.AsyncClientCursor(conn).execute(SQL["admit"], {"login": role})
        except psycopg.Error as refused:
            raise ConfigurationError(f"the owner of the tables cannot admit {role}: {refused}") from refused


async def excess(url: str) -> list[str]:
    """What the role of this URL may do that it should not, in words."""
    async with await reach(url) as conn:
        return [words for (words,) in await (await conn.execute(SQL["excess"])).fetchall()]


async def _logged_in(conn: psycopg.AsyncConnection[tuple[object, ...]]) -> str:
    row = await (await conn.execute(SQL["logged_in"])).fetchone()
    return str(row[0]) if row else ""
