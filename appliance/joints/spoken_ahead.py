"""What a shop's calls begin with, spoken ahead: at start, and again when the shop has changed its words.

In the background, one sentence at a time, so that callers come first. What cannot be made is spoken anew in each call,
as everything else is; nobody waits for it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

import psycopg

from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.dialogue.render import WELCOME
from appliance.errors import ApplianceError
from appliance.ids import ShopId
from appliance.joints.outbound_talk import welcome_of
from appliance.voice.sentences import sentences
from models.errors import ModelError

MOST_SHOPS: Final = 50
"""Half a minute of audio each, a minute more where calls are made: less than the room that what is made ahead has."""
_AGAIN_AFTER_S: Final = 60.0
_MOST_TRIES: Final = 10
_log = logging.getLogger(__name__)

FirstWords = Callable[[ShopId, Sequence[str]], Awaitable[tuple[str, ...]]]
"""Of a shop: the notice, and what follows it by each key."""


class MakesAhead(Protocol):
    async def make_ahead(self, texts: Iterable[str], *, voice: str, speed: float = 1.0) -> int: ...


class SpokenAhead:
    def __init__(
        self, speaker: MakesAhead, voice: VoiceSettings, words: FirstWords, welcomes: Sequence[str] = (WELCOME,)
    ) -> None:
        """``welcomes``: the keys of what may follow the notice."""
        self._speaker = speaker
        self._voice = voice
        self._words = words
        self._welcomes = tuple(welcomes)
        self._shops: frozenset[ShopId] = frozenset()
        self._takes_new = False
        self._waiting: asyncio.Queue[ShopId] = asyncio.Queue()
        self._tries: dict[ShopId, int] = {}

    async def changed(self, shop: str) -> None:
        """For ``Listener.subscribe``: behind whoever forgets what the shop was before."""
        is_new = self._takes_new and len(self._shops) < MOST_SHOPS
        if is_new or ShopId(shop) in self._shops:
            self._shops |= {ShopId(shop)}
            self._begin(ShopId(shop))

    async def again(self) -> None:
        """Of every shop: what was changed meanwhile may have gone unheard."""
        for shop in sorted(self._shops):
            self._begin(shop)

    @asynccontextmanager
    async def running(self, shops: Iterable[ShopId], *, takes_new: bool = False) -> AsyncIterator[None]:
        """The first of them, if they are very many. ``takes_new``: also shops that are made later."""
        self._takes_new = takes_new
        kept = tuple(dict.fromkeys(shops))[:MOST_SHOPS]
        self._shops = frozenset(kept)
        for shop in kept:
            self._begin(shop)
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until_idle(self) -> None:
        """Until each shop that waits has had its turn."""
        await self._waiting.join()

    def _begin(self, shop: ShopId) -> None:
        self._tries.pop(shop, None)
        self._waiting.put_nowait(shop)

    async def _run(self) -> None:
        while True:
            shop = await self._waiting.get()
            try:
                await self._make(shop)
                self._tries.pop(shop, None)
            except (ApplianceError, ModelError, OSError, psycopg.Error) as away:
                code = getattr(away, "code", type(away).__name__)
                _log.warning("call.not_spoken_ahead", extra={"shop_id": shop, "code": code})
                self._later(shop)
            finally:
                self._waiting.task_done()

    async def _make(self, shop: ShopId) -> None:
        words = [each for text in await self._words(shop, self._welcomes) for each in sentences(text)]
        await self._speaker.make_ahead(words, voice=self._voice.voice, speed=self._voice.speed)

    def _later(self, shop: ShopId) -> None:
        """A speaker that is away comes back; one that refuses these words does so again, and is left alone."""
        tries = self._tries.get(shop, 0) + 1
        self._tries[shop] = tries
        if tries < _MOST_TRIES:
            asyncio.get_running_loop().call_later(_AGAIN_AFTER_S, self._waiting.put_nowait, shop)


def welcomes_of(settings: Settings) -> tuple[str, ...]:
    made = settings.outbound.purposes if settings.outbound.enabled else ()
    return (WELCOME, *(welcome_of(purpose) for purpose in made))


def shops_with_calls(settings: Settings, all_shops: Iterable[ShopId]) -> tuple[ShopId, ...]:
    """Those that are named first; of the others those that may be called from pages."""
    voice = settings.voice
    numbers = tuple(ShopId(each.split("=", 1)[1]) for each in voice.numbers)
    named = (*numbers, *((ShopId(voice.shop),) if voice.shop else ()))
    called = tuple(map(ShopId, settings.outbound.shops)) if settings.outbound.enabled else ()
    return tuple(dict.fromkeys((*named, *called, *(all_shops if voice.page_lines else ()))))
