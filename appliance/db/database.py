"""The pool and the unit of work: one transaction, one scope, one commit at the edge.

Every transaction runs either inside one shop (role ``appliance_app``, row-level security) or, for the few readers of
all shops, as ``appliance_system``. There is no third way in, and no connection outside a transaction.
"""

import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from appliance.db.line import watched
from appliance.db.patience import within
from appliance.db.queries import Queries
from appliance.errors import Unavailable
from appliance.ids import ShopId

SQL = Queries.beside(__file__)

logging.getLogger("psycopg.pool").addHandler(logging.NullHandler())
"""Where nobody keeps a log (a command in a terminal), the error says why; the pool's own lines go to logs only."""

Connection = psycopg.AsyncConnection[TupleRow]

_WAIT_S = 10.0
"""How long a request waits for a database that restarts, before it is told so."""
_REASON_S = 2
_RECONNECT_S = 5.0
"""After this the pool stops its growing pauses; the next request makes it try at once."""


class PoolUse(NamedTuple):
    """Connections that somebody has, connections that nobody has, and who waits for one."""

    busy: int
    free: int
    waiting: int


class Database:
    """A pool of connections to one database. Open it once a process."""

    def __init__(self, pool: AsyncConnectionPool[Connection], wait_s: float) -> None:
        self._pool = pool
        self._wait_s = wait_s

    @classmethod
    async def open(cls, url: str, *, size: int = 10, name: str = "appliance", wait_s: float = _WAIT_S) -> Self:
        """Connect; ``name`` is what ``pg_stat_activity`` shows. ``Unavailable`` if the server does not answer."""
        pool = AsyncConnectionPool[Connection](
            watched(url),
            connection_class=psycopg.AsyncConnection[TupleRow],
            kwargs={"autocommit": True, "prepare_threshold": 3, "application_name": name},
            min_size=min(2, size),
            max_size=size,
            name=name,
            reconnect_timeout=_RECONNECT_S,
            open=False,
        )
        try:
            await pool.open(wait=True, timeout=wait_s)
        except PoolTimeout as late:
            await pool.close()
            raise Unavailable(f"the database does not answer within {wait_s:g} s{await _reason(url)}") from late
        return cls(pool, wait_s)

    async def close(self) -> None:
        await self._pool.close()

    @property
    def use(self) -> PoolUse:
        """Of the pool, now."""
        stats = self._pool.get_stats()
        free = stats.get("pool_available", 0)
        return PoolUse(busy=stats.get("pool_size", 0) - free, free=free, waiting=stats.get("requests_waiting", 0))

    @asynccontextmanager
    async def transaction(self, shop: ShopId) -> AsyncIterator[Connection]:
        """One transaction inside one shop; commits when the block ends, rolls back when it raises."""
        async with self._scope(SQL["begin_shop"], {"shop": shop}) as conn:
            yield conn

    @asynccontextmanager
    async def system(self) -> AsyncIterator[Connection]:
        """One transaction over all shops: sealer, sweeper, projections. Never for a customer's request."""
        async with self._scope(SQL["begin_system"], {}) as conn:
            yield conn

    @asynccontextmanager
    async def _scope(self, begin: str, values: Mapping[str, str]) -> AsyncIterator[Connection]:
        conn = await self._begin(begin, values)
        try:
            async with conn:
                yield conn
                _refuse_silent_rollback(conn)
        except psycopg.OperationalError as lost:
            if conn.broken:
                raise Unavailable("the database went away during a transaction") from lost
            raise
        finally:
            await self._pool.putconn(conn)

    async def _begin(self, begin: str, values: Mapping[str, str]) -> Connection:
        """A connection with its transaction open. A dead one is found here, where nothing is lost by another try."""
        deadline = time.monotonic() + self._wait_s
        while True:
            try:
                conn = await self._pool.getconn(timeout=max(deadline - time.monotonic(), 0.01))
            except PoolTimeout as late:
                raise Unavailable(f"no database connection within {self._wait_s:g} s") from late
            try:
                opening = self._opened(conn, begin, values)
                return await within(deadline - time.monotonic(), opening, self._pool.putconn)
            except TimeoutError as silent:
                raise Unavailable(f"the database gave no answer within {self._wait_s:g} s") from silent
            except psycopg.OperationalError:
                if not conn.broken:
                    raise

    async def _opened(self, conn: Connection, begin: str, values: Mapping[str, str]) -> Connection:
        """Goes back to the pool where it did not work out, however long that takes to be known."""
        try:
            await psycopg.AsyncClientCursor(conn).execute(begin, values)
        except BaseException:
            await self._pool.putconn(conn)
            raise
        return conn


async def _reason(url: str) -> str:
    """Why it cannot be reached: the pool tells nobody but its log."""
    try:
        await (await psycopg.AsyncConnection.connect(url, connect_timeout=_REASON_S)).close()
    except psycopg.Error as refused:
        return f": {' '.join(str(refused).split())}"
    return ""


def _refuse_silent_rollback(conn: Connection) -> None:
    """COMMIT of a failed transaction is answered with ROLLBACK and no error; a swallowed error must not look done."""
    if conn.info.transaction_status == TransactionStatus.INERROR:
        raise psycopg.errors.InFailedSqlTransaction(
            "an SQL error was swallowed inside this transaction; nothing is kept"
        )
