"""Calls to a throw-away appliance: its shops, one for each case, its ports, and a voice for the callers."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from appliance import config_text
from appliance.channels.phone import ports_file
from appliance.channels.phone.server import Ports
from appliance.config import Settings
from appliance.config_voice import VoiceSettings
from appliance.evaluation import scoring, stories, suite
from appliance.evaluation.calls.performance import CallPerformance
from appliance.evaluation.calls.telephone import Telephone
from appliance.evaluation.calls.voice import CallersVoice
from appliance.evaluation.model import Case, Entry, ReceivedCase, Verdict
from appliance.evaluation.registrar import ShopKeys
from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from appliance.joints.voice_engines import recogniser_of, speaking, with_own
from appliance.supervisor import board
from appliance.voice.own_engines import better_models, own_recogniser
from models.asr.client import Recogniser

CASES: Final = Path(__file__).with_name("cases")
READY_S: Final = 600.0
"""Engines of speech take long to be warm, where other things are done."""
_NUMBER: Final = "40055500{:02}"
_SHOP: Final = "calls-{:02}"
_MOST: Final = 20


def told_at(now: datetime, folder: Path = CASES) -> list[Case]:
    """Each case as if it happened now, its orders with numbers of this run."""
    return [suite.checked(stories.moved_to(suite.read(file), now), file) for file in sorted(folder.glob("*.yaml"))]


def voice_section(settings: Settings) -> str:
    """For a throw-away appliance: engines as here, and those that run here already; ports and shops of its own."""
    status = board.read(settings.state_path)
    voice = with_own(settings, status.addresses if status else {})
    own = own_recogniser(msgspec.structs.replace(settings, voice=msgspec.structs.replace(voice, enabled=True)))
    models = voice.recogniser_models or ("" if own is None or own.is_self_test else str(better_models(settings)))
    section = msgspec.structs.replace(
        voice,
        enabled=True,
        host="127.0.0.1",
        networks=VoiceSettings().networks,
        recogniser_models=models and str(Path(models).absolute()),
        agi_port=0,
        audiosocket_port=0,
        media_port=0,
        recogniser_port=0,
        speaker_port=0,
        shop="",
        numbers=tuple(f"{_NUMBER.format(n)}={_SHOP.format(n)}" for n in range(_MOST)),
    )
    return config_text.section("voice", section)


class CallCentre:
    """A throw-away appliance that takes calls. Shops are used once, so each holds one conversation."""

    def __init__(
        self, site: Site, ports: Ports, recogniser: Recogniser, voice: CallersVoice, bot: CallersVoice
    ) -> None:
        """``bot`` says what the appliance's bot says as it says it."""
        self._bot = bot
        self.site = site
        self.ports = ports
        self.recogniser = recogniser
        self.voice = voice
        self._used = 0

    @classmethod
    @asynccontextmanager
    async def at(cls, place: Throwaway) -> AsyncIterator["CallCentre"]:
        voice = with_own(place.settings, place.status.addresses)
        async with AsyncExitStack() as opened:
            site = await opened.enter_async_context(Site.at(place.settings, place.status))
            speaker = await opened.enter_async_context(speaking(voice, place.state_dir))
            bot = CallersVoice(speaker, ((voice.voice, voice.speed),))
            yield cls(site, ports_file.read(place.state_dir), recogniser_of(voice), CallersVoice(speaker), bot)

    @asynccontextmanager
    async def rings(self, case: Case) -> AsyncIterator["Desk"]:
        """The shop of a case, with its orders, and the number to dial."""
        number, self._used = self._used, self._used + 1
        keys = await self.site.open_shop(_SHOP.format(number))
        await self.site.orders.load(keys.shop, case.fixtures)
        yield Desk(self.site, keys, _NUMBER.format(number), str(case.fixtures["customer"]["phone"]))

    async def bot_says(self, text: str) -> bytes:
        """The sound of it on a telephone line, whole."""
        return await self._bot.of(text)

    async def play(self, case: Case) -> Verdict:
        async with self.rings(case) as desk:
            async with Telephone.dial(self.ports, number=desk.caller, called=desk.number) as phone:
                played = await CallPerformance(case, phone, self.voice, desk.log).play(desk.received)
            return scoring.judge(case, played)


class Desk:
    """What can be seen of a call from the shop's side."""

    def __init__(self, site: Site, keys: ShopKeys, number: str, caller: str) -> None:
        self.number, self.caller = number, caller
        self._site, self._keys = site, keys
        self._conversation: str | None = None

    async def log(self) -> Sequence[Entry]:
        """Empty as long as the call has not begun."""
        if self._conversation is None:
            self._conversation = await self._site.newest_conversation(self._keys.api_key)
        if self._conversation is None:
            return ()
        events = await self._site.trace(self._conversation, self._keys.api_key)
        return [Entry(type=event.type, data=event.data, words=event.words or "") for event in events]

    async def received(self) -> tuple[Sequence[ReceivedCase], int]:
        return await self._site.orders.received(self._keys.shop)
