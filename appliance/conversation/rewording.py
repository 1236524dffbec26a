"""New wordings for what a turn says, where a language model gives some that say the same; the template's otherwise.

It runs after the engine and before the commit, never while a transaction is open, and for all of a turn's words at the
same time. What is shown is what is kept: a replay compares reply keys, and finds these words in the log.
"""

import asyncio
from collections.abc import Sequence

import msgspec

from appliance.conversation.bodies import Shown, pack
from appliance.conversation.events import BotSaid
from appliance.conversation.ports import Rephraser
from appliance.conversation.store import NewEvent
from appliance.dialogue.render import Persona
from appliance.dialogue.wording import Wording
from models.errors import ModelError
from models.llm.rephraser import Voice
from security.untrusted import fenced, one_line


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the turn: its event, what the customer will be shown, and the facts in it."""

    event: NewEvent
    said: BotSaid
    shown: Shown
    facts: tuple[str, ...]


class Rewording:
    def __init__(self, rephraser: Rephraser, wording: Wording) -> None:
        self._rephraser = rephraser
        self._wording = wording

    async def reword(self, spoken: Sequence[Spoken], persona: Persona) -> None:
        """Never raises for a model's sake. What a shop calls itself is shown as it is; a model reads it fenced."""
        names = one_line(persona.shop_name), one_line(persona.bot_name)
        voice = Voice(shop_name=names[0], bot_name=names[1], tone=persona.tone)
        may_change = [each for each in spoken if self._wording.may_change(each.said.key)]
        await asyncio.gather(*(self._reword(each, voice) for each in may_change))

    async def _reword(self, spoken: Spoken, voice: Voice) -> None:
        said, shown = spoken.said, spoken.shown
        try:
            words = (await self._rephraser.rephrase(fenced(shown.text), voice)).strip()
        except ModelError as away:
            spoken.event.data = msgspec.structs.replace(said, fell_back=away.code)
            return
        if (flaw := self._wording.flaw(shown.text, words, spoken.facts)) is not None:
            spoken.event.data = msgspec.structs.replace(said, fell_back=flaw.value)
            return
        spoken.event.data = msgspec.structs.replace(said, rephrased=True)
        spoken.event.body = pack(msgspec.structs.replace(shown, text=words))
