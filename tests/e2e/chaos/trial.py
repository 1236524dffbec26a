"""One fault while a crowd is being served: what was seen of it, and how long it took to be over.

Buyers come until they have what they came for; a prober asks one question again and again. What must be true afterwards
is the storm's reckoning: each thing that was agreed is done once and told once, and no message is unheard.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import Random
from time import monotonic
from typing import Final, TypeVar

import msgspec
import pytest

from appliance.db import Database
from appliance.evaluation.venue import Site
from appliance.installation import rungs
from appliance.installation.rungs import Rung
from tests.e2e.conftest import NOW, Shop, open_shop
from tests.e2e.storm import reckoning
from tests.e2e.storm.customers import Buyer, buyers
from tests.e2e.storm.street import Street, Visit
from tests.e2e.storm.widget import Widget, persistently

T = TypeVar("T")

WANTED: Final = ("return_refund", "refund_only", "cancel_order")
LOOK_S: Final = 0.1
SIGN_S: Final = 120.0
"""A sign that has not come by then does not come: so long nothing of the appliance waits."""
QUESTION: Final = "我的烧水壶到哪了"
PLACE: Final = "芜湖"
"""Only who read the order can say it."""


_FIGURES: Final = ("seen", "lasted", "longest", "good", "over", "all")
_SENT: Final = "SELECT count(*) FROM operation WHERE shop_id = %(shop)s AND state = 'sent'"
_OPEN: Final = "SELECT count(*) FROM operation WHERE shop_id = %(shop)s AND state IN ('accepted', 'sent', 'unknown')"
_LATE_MS: Final = 1000
"""So long the order system takes over a write: a fault finds some of them half-way."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    open: int
    """Writes that were under way when it ended."""
    seen_s: float | None
    """From its beginning until the sign of it was there; None: it has none."""
    lasted_s: float
    longest_s: float
    """The longest that an answer took while it lasted."""
    good_s: float
    """From its end to the first good answer."""
    over_s: float | None
    """From its end until the sign was gone."""
    all_s: float
    """From its end until the last buyer had what he wanted; 0: he had it before."""


class Sign(msgspec.Struct, frozen=True):
    """By what it is known that a fault is noticed."""

    is_there: Callable[[], bool]
    is_gone: Callable[[], bool]

    async def comes(self) -> None:
        await _until(self.is_there)

    async def goes(self) -> None:
        await _until(self.is_gone)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SIGN_S):
        while not holds():  # noqa: ASYNC110 - a file tells nobody that it is another
            await asyncio.sleep(LOOK_S)


def rung_sign(state_dir: Path, rung: Rung) -> Sign:
    def stands() -> bool:
        return any(view.rung == rung for view in rungs.present(state_dir))

    return Sign(stands, lambda: not stands())


class Prober:
    """A customer who asks where the kettle is, and asks again. Whoever is sent to a person comes anew."""

    def __init__(self, site: Site, shop: Shop, dice: Random) -> None:
        self._site = site
        self._shop = shop
        self._dice = dice
        self.answers: list[tuple[float, float, bool]] = []
        """Asked when, answered when, and whether well."""
        self._answered = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            widget = await self._enter()
            try:
                while not widget.is_sent_away:
                    await self._ask(widget)
                    await asyncio.sleep(LOOK_S)
            finally:
                await widget.close()

    async def good_after(self, begin: float) -> float:
        """When the first good answer came."""
        while True:
            for _, ended, is_good in self.answers:
                if ended > begin and is_good:
                    return ended
            self._answered.clear()
            await self._answered.wait()

    def longest_s(self, begin: float, end: float) -> float:
        return max((ended - asked for asked, ended, _ in self.answers if begin <= ended and asked <= end), default=0.0)

    async def _ask(self, widget: Widget) -> None:
        conversation, asked = widget.conversation, monotonic()
        before = len(conversation.said_by_bot())
        await widget.say(QUESTION)
        said = conversation.said_by_bot()[before:]
        assert said, "a turn ended without an answer"
        shown = [event.text for event in said] + [line for event in said for card in event.cards for line in card.lines]
        self.answers.append((asked, monotonic(), any(PLACE in each for each in shown)))
        self._answered.set()

    async def _enter(self) -> Widget:
        async def start() -> Widget:
            begun = await self._site.chat.start(self._shop.name, token=self._shop.token(), business_now=NOW)
            return Widget(self._site.chat, begun.conversation_id, begun.access_token, self._dice)

        return await persistently(start, self._dice)


class Crowd:
    """A shop with buyers and a prober in it."""

    def __init__(self, site: Site, db: Database, shop: Shop, crowd: Sequence[Buyer], dice: Random) -> None:
        """``db``: past whatever is broken."""
        self.site = site
        self._db = db
        self.shop = shop
        self.crowd = crowd
        self._street = Street(site, shop.keys, dice)
        self._dice = dice

    @classmethod
    async def of(cls, site: Site, db: Database, size: int, order_system_url: str = "", *, seed: int = 11) -> "Crowd":
        dice = Random(seed)  # noqa: S311 - what to buy
        shop = await open_shop(site, order_system_url)
        crowd = buyers(size, dice, WANTED)
        for buyer in crowd:
            await site.orders.load(shop.name, buyer.fixture())
        await site.orders.hang_faults(shop.name, {"delay_ms": {"ms": _LATE_MS, "on": "writes"}})
        return cls(site, db, shop, crowd, dice)

    async def tried(
        self,
        what: str,
        fault: Callable[[], AbstractAsyncContextManager[None]],
        sign: Sign | None,
        *,
        hold_s: float,
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> tuple[Row, list[Visit]]:
        """``hold_s``: how long the fault lasts at least. ``meanwhile``: what is looked at before it ends."""
        prober = Prober(self.site, self.shop, self._dice)
        probing = asyncio.create_task(prober.run())
        try:
            await _unless_failed(probing, prober.good_after(0.0))
            async with asyncio.TaskGroup() as group:
                visits = [group.create_task(self._street.visit(buyer)) for buyer in self.crowd]
                row = await _unless_failed(probing, self._watched(what, fault, sign, hold_s, meanwhile, prober, visits))
            return row, [visit.result() for visit in visits]
        finally:
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)

    async def _watched(
        self,
        what: str,
        fault: Callable[[], AbstractAsyncContextManager[None]],
        sign: Sign | None,
        hold_s: float,
        meanwhile: Callable[[], Awaitable[None]] | None,
        prober: Prober,
        visits: "Sequence[asyncio.Task[Visit]]",
    ) -> Row:
        while not await self._number(_SENT):  # noqa: ASYNC110 - the database tells nobody that something is sent
            await asyncio.sleep(LOOK_S)
        seen_s = over_s = None
        async with fault():
            began = monotonic()
            if sign is not None:
                await sign.comes()
                seen_s = monotonic() - began
            if meanwhile is not None:
                await meanwhile()
            await asyncio.sleep(max(0.0, began + hold_s - monotonic()))
        served = asyncio.create_task(_served(visits))
        healed, still_open = monotonic(), await self._number(_OPEN)
        good_s = await prober.good_after(healed) - healed
        if sign is not None:
            await sign.goes()
            over_s = monotonic() - healed
        return Row(
            what=what,
            open=still_open,
            seen_s=seen_s,
            lasted_s=healed - began,
            longest_s=prober.longest_s(began, healed),
            good_s=good_s,
            over_s=over_s,
            all_s=max(0.0, await served - healed),
        )

    async def wrong(self, visits: Sequence[Visit]) -> list[str]:
        """Once nothing is under way any more; empty: all is as it must be."""
        return await reckoning.everything(self._db, self.site, self.shop.keys, visits)

    async def _number(self, query: str) -> int:
        async with self._db.system() as conn:
            row = await (await conn.execute(query.encode(), {"shop": self.shop.name})).fetchone()
        return int(row[0]) if row else 0


async def _served(visits: "Sequence[asyncio.Task[Visit]]") -> float:
    """When the last of them was."""
    await asyncio.wait(visits)
    return monotonic()


async def _unless_failed(beside: "asyncio.Task[None]", work: Awaitable[T]) -> T:
    """What comes of ``work``, or why what goes on beside it ended."""
    working = asyncio.ensure_future(work)
    await asyncio.wait([beside, working], return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        beside.result()
    return working.result()


def table(rows: Sequence[Row]) -> Iterator[str]:
    """In seconds."""
    yield f"{'fault':<34}{'open':>6}" + "".join(f"{name:>9}" for name in _FIGURES)
    for row in rows:
        figures = (getattr(row, f"{name}_s") for name in _FIGURES)
        said = ("-" if each is None else f"{each:.1f}" for each in figures)
        yield f"{row.what:<34}{row.open:>6}" + "".join(f"{each:>9}" for each in said)


def tell(capfd: pytest.CaptureFixture[str], rows: Sequence[Row]) -> None:
    with capfd.disabled():
        sys.stdout.write("\n" + "\n".join(table(rows)) + "\n")
