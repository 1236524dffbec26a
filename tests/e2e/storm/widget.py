"""A chat widget as a shop would ship it: reconnects, resumes after the last event, says again what was not kept."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random
from typing import TypeVar
from uuid import uuid4

from appliance.client import ChatClient, Conversation
from appliance.client.frames import ServerFrame
from appliance.errors import ApplianceError
from appliance.evaluation.picture import png

T = TypeVar("T")

PATIENCE_S = 240.0
"""Longer than any part of the appliance may be away."""
_RECEIPT = re.compile(
    "(退货申请|仅退款申请|订单取消|换货申请|补寄申请|保修申请|差价申请|发票申请)办好了"
    "|(收货地址|规格)改好了|加急备注留好了|寄回单号登记好了|申请撤销好了|客服为您办好了"
)


class _Watched(Conversation):
    """Counts what the server sends, before the client sorts repeats out."""

    def __init__(self, client: ChatClient, conversation_id: str, access_token: str) -> None:
        super().__init__(client, conversation_id, access_token)
        self.arrivals: Counter[int] = Counter()

    def _take(self, frame: ServerFrame) -> None:
        if frame.type == "event" and frame.event is not None:
            self.arrivals[frame.event.seq] += 1
        super()._take(frame)


class Widget:
    def __init__(self, client: ChatClient, conversation_id: str, access_token: str, dice: Random) -> None:
        self.conversation = _Watched(client, conversation_id, access_token)
        self.connects = 0
        self._dice = dice

    @property
    def receipts(self) -> list[str]:
        """What was heard so far that only a receipt may say."""
        return [event.text for event in self.conversation.said_by_bot() if _RECEIPT.search(event.text)]

    @property
    def is_sent_away(self) -> bool:
        """To a person; the bot says no more."""
        return self.conversation.is_handed_off

    async def say(self, words: str) -> str | None:
        """Until it is heard and answered; what the bot waits for then."""
        return await self._send(lambda message_id: self.conversation.say(words, message_id))

    async def show(self) -> str | None:
        """A picture, likewise."""
        evidence_id = await persistently(lambda: self.conversation.upload(png()), self._dice)
        return await self._send(lambda message_id: self.conversation.show(evidence_id, client_message_id=message_id))

    async def _send(self, message: Callable[[str], Awaitable[str]]) -> str | None:
        message_id = uuid4().hex

        async def attempt() -> str | None:
            await self._connected()
            await message(message_id)
            await self.conversation.flush()
            awaiting = await self.conversation.turn_end(message_id, timeout_s=PATIENCE_S)
            if message_id not in {event.client_message_id for event in self.conversation.events}:
                raise ConnectionError("refused for now")
            return awaiting

        return await persistently(attempt, self._dice)

    async def until(self, condition: Callable[[], bool]) -> None:
        async def attempt() -> None:
            await self._connected()
            await self.conversation.until(condition, timeout_s=PATIENCE_S)

        await persistently(attempt, self._dice)

    async def close(self) -> None:
        await self.conversation.close()

    async def _connected(self) -> None:
        if not self.conversation.is_open:
            await self.conversation.open()
            self.connects += 1


async def persistently(attempt: Callable[[], Awaitable[T]], dice: Random) -> T:
    """Again after a short pause of its own, for as long as a patient customer would."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await attempt()
            except (ApplianceError, OSError) as failed:
                last = failed
            try:
                await asyncio.sleep(0.2 + dice.random())
            except asyncio.CancelledError as late:
                late.add_note(f"last failure: {last}")
                raise
