"""``appliance chat --voice``: ring up the appliance that runs here, and talk: by microphone, by files, or by typing."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import click
import msgspec

from aftersales_client import AftersalesError, ApiKey, AsyncClient
from appliance.channels.phone import ports_file
from appliance.client.terminal import typed_lines
from appliance.config import Settings
from appliance.errors import ConfigurationError, Unavailable
from appliance.evaluation.calls import sound
from appliance.evaluation.calls.performance import KEYS, STILL_MS
from appliance.evaluation.calls.telephone import Telephone
from appliance.evaluation.calls.voice import CallersVoice
from appliance.evaluation.registrar import keys_of
from appliance.joints.voice_engines import speaking, with_own
from appliance.supervisor import board
from models.errors import ModelError
from security import aigc

_HELP = "Type what you say and press Enter; digits that end with # are pressed as keys. /quit hangs up."
_LOOK_EVERY_S = 0.5
_SPEAKERS = {"customer.said": "you", "bot.said": "bot"}


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    shop: str
    caller: str
    say: tuple[Path, ...]
    to: Path | None


async def talk(settings: Settings, wishes: Wishes) -> None:
    """Until one side hangs up."""
    status = board.read(settings.state_path)
    if status is None:
        raise Unavailable(f"no appliance runs in {settings.state_dir}: start it with 'appliance up'")
    if not settings.voice.enabled:
        raise ConfigurationError("calls are off: set voice.enabled in appliance.toml (docs/phone.md), and restart")
    sounds = [sound.read_wav(file) for file in wishes.say]
    voice = with_own(settings, status.addresses)
    has_microphone = not sounds and await sound.has_device(sound.RECORD)
    async with AsyncExitStack() as opened:
        typed = None
        if not sounds and not has_microphone:
            typed = CallersVoice(await opened.enter_async_context(speaking(voice, settings.state_path)))
        words = await opened.enter_async_context(_Words.of(settings, wishes.shop, status.addresses["web"]))
        ports = ports_file.read(settings.state_path)
        number = _number_of(settings, wishes.shop)
        phone = await opened.enter_async_context(Telephone.dial(ports, number=wishes.caller, called=number))
        await _play(opened, phone, wishes.to)
        showing = asyncio.create_task(words.show(phone))
        opened.callback(showing.cancel)
        if typed is not None:
            await _type(phone, typed)
        elif has_microphone:
            click.echo("your microphone is open; Ctrl-C hangs up")
            await _speak(phone)
        else:
            await _say(phone, sounds)
        await words.show_rest()
        if phone.is_over:
            how, where = await phone.goes_on()
            click.echo(f"the call is over: {how} {where}".rstrip())
        if wishes.to is not None:
            producer = settings.ai_label_producer or wishes.shop
            label = aigc.Metadata(content_producer=producer, produce_id=str(phone.call_id))
            sound.write_wav(wishes.to, bytes(phone.heard), label)
            click.echo(f"what was heard is in {wishes.to}")


def _number_of(settings: Settings, shop: str) -> str:
    voice = settings.voice
    for each in voice.numbers:
        number, _, of = each.partition("=")
        if of == shop:
            return number
    if voice.shop == shop:
        return ""
    raise ConfigurationError(f"no number that callers dial belongs to shop {shop}: name one in voice.numbers")


async def _play(opened: AsyncExitStack, phone: Telephone, to: Path | None) -> None:
    if await sound.has_device(sound.PLAY):
        loud = await opened.enter_async_context(sound.loudspeaker())
        phone.on_heard = loud.write
    elif to is None:
        click.echo(f"no loudspeaker is here ({sound.PLAY} lists no card); --to FILE.wav keeps what is heard")


async def _type(phone: Telephone, voice: CallersVoice) -> None:
    click.echo(f"no microphone is here ({sound.RECORD} lists no card). {_HELP}")
    await phone.until_sound()
    lines = typed_lines()
    ended = asyncio.create_task(phone.until_over())
    try:
        while (line := await _next(lines, ended)) is not None and line.strip() != "/quit":
            if not sys.stdin.isatty():
                await phone.until_still(STILL_MS)
            await _utter(phone, voice, line.strip())
        if not sys.stdin.isatty():
            await phone.until_still(2 * STILL_MS)
    finally:
        ended.cancel()


async def _next(lines: AsyncIterator[str], ended: "asyncio.Task[None]") -> str | None:
    """None: there are no more, or the call is over."""
    reading = asyncio.ensure_future(anext(lines, None))
    await asyncio.wait({reading, ended}, return_when=asyncio.FIRST_COMPLETED)
    if not reading.done():
        reading.cancel()
        return None
    return reading.result()


async def _utter(phone: Telephone, voice: CallersVoice, line: str) -> None:
    if KEYS.fullmatch(line):
        phone.press(line)
    elif line:
        try:
            await phone.say(await voice.of(line))
        except ModelError as away:
            raise Unavailable(f"the line could not be spoken: {away}") from away


async def _speak(phone: Telephone) -> None:
    hearing = sound.microphone()
    try:
        async for frame in hearing:
            if phone.is_over:
                return
            phone.hand_over(frame)
    finally:
        await hearing.aclose()


async def _say(phone: Telephone, sounds: Sequence[bytes]) -> None:
    """Each when the bot is silent; then its last words are waited for."""
    await phone.until_sound()
    for each in sounds:
        await phone.until_still(STILL_MS)
        await phone.say(each)
    await phone.until_still(2 * STILL_MS)


class _Words:
    """What is said on the call, as the log has it."""

    def __init__(self, client: AsyncClient, before: frozenset[str]) -> None:
        self._client = client
        self._before = before
        self._conversation: str | None = None
        self._shown = 0

    @classmethod
    @asynccontextmanager
    async def of(cls, settings: Settings, shop: str, web: str) -> AsyncIterator["_Words"]:
        """``web``: where the API is. NotFound: there is no such shop."""
        keys = await keys_of(settings, shop)
        client = AsyncClient(f"http://{web}", ApiKey(keys.api_key))
        try:
            yield cls(client, await _began(client))
        except AftersalesError as away:
            raise Unavailable(str(away)) from away
        finally:
            await client.aclose()

    async def show(self, phone: Telephone) -> None:
        await phone.until_sound()
        while True:
            await self.show_rest()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def show_rest(self) -> None:
        try:
            if self._conversation is None and not await self._find():
                return
            assert self._conversation is not None  # noqa: S101 - found
            trace = await self._client.trace(self._conversation, after=self._shown)
        except AftersalesError:
            return
        for event in trace.events:
            self._shown = event.seq
            if event.type in _SPEAKERS and event.words:
                click.echo(f"{_SPEAKERS[event.type]:>4}  {event.words}")

    async def _find(self) -> bool:
        """The one that began since: the bot was heard, so it is there. Of two nobody knows which is ours."""
        new = await _began(self._client) - self._before
        self._conversation = next(iter(new)) if len(new) == 1 else None
        return self._conversation is not None


async def _began(client: AsyncClient) -> frozenset[str]:
    page = await client.list_conversations(limit=20)
    return frozenset(str(each.conversation_id) for each in page.items if each.channel == "voice")
