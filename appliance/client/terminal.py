"""Talking to the appliance in a terminal: lines in, what the customer may see out. Readable without colours too."""

import asyncio
import contextlib
import io
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from appliance.client.chat import ChatError, Conversation, Place, TurnTimeout
from appliance.conversation.model import Card, QuickReply, Speaker, Visible, VisibleKind

HELP = (
    "Type and press Enter. A number presses a button. /image FILE sends a picture, /leave waits for a person no more, "
    "/rate 1 to 5 rates the service, /quit ends."
)
HANDED_OVER = "a person takes over from here; the bot says no more"
_WHO = {Speaker.CUSTOMER: "you", Speaker.BOT: "bot", Speaker.AGENT: "agent", Speaker.SYSTEM: "system"}
_STYLE = {Speaker.BOT: "cyan", Speaker.AGENT: "green", Speaker.SYSTEM: "dim"}


class TerminalChat:
    """``run`` returns when the lines end or ``/quit`` is said."""

    def __init__(self, conversation: Conversation, console: Console) -> None:
        self._conversation = conversation
        self._console = console
        self._buttons: list[str] = []

    async def run(self, lines: AsyncIterator[str]) -> None:
        printing = asyncio.gather(self._print_all(), self._print_places())
        try:
            async for line in lines:
                if line.strip() == "/quit":
                    return
                await self._do(line)
        finally:
            printing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await printing

    async def _do(self, line: str) -> None:
        said = line.strip()
        if not said:
            return
        try:
            sent = await self._send(said)
            self._buttons = []
            if sent is not None:
                await self._conversation.flush()
                await self._conversation.turn_end(sent)
                await asyncio.sleep(0)
        except (ChatError, TurnTimeout, OSError) as wrong:
            self._note(str(wrong))
        for error in self._conversation.errors:
            self._note(error.detail)
        self._conversation.errors.clear()

    async def _send(self, said: str) -> str | None:
        if said == "/help":
            self._note(HELP)
            return None
        if said.startswith("/image "):
            content = await asyncio.to_thread(_read, said.removeprefix("/image ").strip())
            return await self._conversation.show(await self._conversation.upload(content))
        if said == "/leave":
            await self._conversation.leave_queue()
            return None
        if said.startswith("/rate "):
            await self._conversation.rate(_score(said.removeprefix("/rate ").strip()))
            return None
        if said.isascii() and said.isdigit() and 1 <= int(said) <= len(self._buttons):
            return await self._conversation.choose(self._buttons[int(said) - 1])
        return await self._conversation.say(said)

    async def _print_all(self) -> None:
        async for event in self._conversation.follow():
            if event.kind is not VisibleKind.STATE and event.speaker is not Speaker.CUSTOMER:
                self._print(event)

    async def _print_places(self) -> None:
        async for place in self._conversation.follow_places():
            self._note(_place(place))

    def _print(self, event: Visible) -> None:
        style = _STYLE.get(event.speaker, "")
        if event.kind is VisibleKind.OWNER and not event.text:
            return
        text = event.text or (HANDED_OVER if event.kind is VisibleKind.HANDOFF else "")
        who = _WHO[event.speaker] + (f" {event.badge}" if event.speaker is Speaker.AGENT else "")
        self._console.print(Text(f"{who}: {text}", style=style), soft_wrap=True)
        shown: tuple[Card | QuickReply, ...] = (*event.cards, *event.quick_replies)
        for each in shown:
            mark = ""
            if each.payload is not None:
                self._buttons.append(each.payload)
                mark = f"[{len(self._buttons)}] "
            self._console.print(Text(f"    {mark}{_words(each)}"), soft_wrap=True)

    def _note(self, words: str) -> None:
        self._console.print(Text(words, style="yellow"), soft_wrap=True)


def _read(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except (ValueError, RuntimeError) as error:  # a NUL in it, or the home of a user that does not exist
        raise ChatError(f"no picture can be there: {error}") from error


def _score(words: str) -> int:
    if words in {"1", "2", "3", "4", "5"}:
        return int(words)
    raise ChatError("a rating is a number from 1 to 5")


def _place(place: Place) -> str:
    if place.position is None:
        opens = f"{place.opens_at.astimezone():%Y-%m-%d %H:%M}" if place.opens_at else "later"
        return f"nobody is there until {opens}; your place is kept"
    waits = f"about {place.estimate_s // 60} min" if place.estimate_s else "nobody is there yet; how long is not known"
    return f"waiting for a person: place {place.position}, {waits}"


def _words(each: Card | QuickReply) -> str:
    return each.label if isinstance(each, QuickReply) else " / ".join((each.title, *each.lines))


async def typed_lines(prompt: str = "> ") -> AsyncIterator[str]:
    """What is typed, line by line, in a thread that never keeps the program from ending."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(
            errors="surrogateescape"
        )  # what is no UTF-8 is refused as a message, and the talk goes on
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[str | None]()
    gate = threading.Semaphore()

    def read() -> None:
        while True:
            gate.acquire()
            try:
                line: str | None = input(prompt if sys.stdin.isatty() else "")
            except EOFError:
                line = None
            loop.call_soon_threadsafe(queue.put_nowait, line)
            if line is None:
                return

    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line
        gate.release()
