"""Where buyers come from, each with as many browsers as he has, and stay until they have what they came for."""

import asyncio
import time
from random import Random

import msgspec

from appliance.clock import SystemClock
from appliance.evaluation.registrar import ShopKeys
from appliance.evaluation.venue import Site
from tests.e2e.storm.customers import LEFT, NOW, SPECIAL, Buyer
from tests.e2e.storm.people import People
from tests.e2e.storm.widget import Widget, persistently

MOST_ROUNDS = 40
"""Whom an ailing order system sent away before his yes was taken comes back, but not for ever."""
MOST_QUESTIONS = 6
LONGEST_THOUGHT_S = 2.0
"""Before something is said: so a storm lasts long enough to be one, however fast the machine."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """The conversation in which a buyer got what he wanted, how many it took, and how long he waited for the end."""

    buyer: Buyer
    widget: Widget
    conversations: int
    waited_s: float


class Street:
    def __init__(self, site: Site, keys: ShopKeys, dice: Random, people: People | None = None) -> None:
        """``people``: without them nobody wants a special refund."""
        self._site = site
        self._keys = keys
        self._dice = dice
        self._people = people

    async def visit(self, buyer: Buyer) -> Visit:
        """Comes until he has got it, in one conversation only, whatever he says in how many at once."""
        for number in range(1, MOST_ROUNDS + 1):
            try:
                tried = await asyncio.gather(*(self._try(buyer) for _ in range(buyer.devices)))
            except TimeoutError as late:
                late.add_note(f"{buyer}, in round {number}")
                raise
            served = [(widget, waited_s) for widget, waited_s in tried if waited_s is not None]
            for widget, waited_s in tried:
                if waited_s is None:
                    await widget.close()
            if served:
                assert len(served) == 1, f"{buyer.customer_id} got it {len(served)} times"
                widget, waited_s = served[0]
                return Visit(buyer=buyer, widget=widget, conversations=number * buyer.devices, waited_s=waited_s or 0.0)
            await self._think()
        raise AssertionError(f"{buyer.customer_id} was sent away {MOST_ROUNDS} times")

    async def _try(self, buyer: Buyer) -> tuple[Widget, float | None]:
        """How long he waited for the end, or None where he did not get it."""
        widget = await self._enter(buyer)
        awaiting = await self._ask(widget, buyer)
        await self._think()
        began = time.monotonic()
        if buyer.kind in LEFT:
            is_served = widget.is_sent_away if buyer.kind == "complaint" else not widget.is_sent_away
        elif buyer.kind == SPECIAL and self._people is not None:
            is_done = await self._people.refund(buyer, widget.conversation.conversation_id)
            is_served = is_done and await self._is_told(widget)
        else:
            is_served = awaiting == "confirm" and await self._is_agreed(widget)
        return widget, time.monotonic() - began if is_served else None

    async def _is_agreed(self, widget: Widget) -> bool:
        await widget.say("确认")
        conversation_id, key = widget.conversation.conversation_id, self._keys.api_key
        log = await persistently(lambda: self._site.trace(conversation_id, key), self._dice)
        return any(event.type == "operation.accepted" for event in log) and await self._is_told(widget)

    async def _is_told(self, widget: Widget) -> bool:
        await widget.until(lambda: bool(widget.receipts) or widget.is_sent_away)
        return bool(widget.receipts)

    async def _enter(self, buyer: Buyer) -> Widget:
        token = self._keys.token(buyer.customer_id, SystemClock())

        async def start() -> Widget:
            started = await self._site.chat.start(self._keys.shop, token=token, business_now=NOW)
            return Widget(self._site.chat, started.conversation_id, started.access_token, self._dice)

        return await persistently(start, self._dice)

    async def _ask(self, widget: Widget, buyer: Buyer) -> str | None:
        await self._think()
        awaiting = await widget.say(buyer.opening)
        for _ in range(MOST_QUESTIONS):
            answer = buyer.answers.get(awaiting or "")
            if awaiting == "evidence":
                awaiting = await widget.show()
            elif answer is None:
                break
            else:
                awaiting = await widget.say(answer)
        return awaiting

    async def _think(self) -> None:
        await asyncio.sleep(self._dice.random() * LONGEST_THOUGHT_S)
