"""The terminal: what is typed reaches the bot, what the bot shows is printed."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from rich.console import Console

from appliance.client.terminal import HELP, TerminalChat

Fake = Any


async def typed(*lines: str) -> AsyncIterator[str]:
    for line in lines:
        yield line


async def talk(fake: Fake, *lines: str) -> str:
    written = io.StringIO()
    async with fake.client() as client, await client.start("s1") as conversation:
        await TerminalChat(conversation, Console(file=written, width=100)).run(typed(*lines))
    return written.getvalue()


async def test_words_go_in_and_replies_come_out(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda heard: turn(reply=f"听到[{heard[0]}]")) as fake:
        assert "bot: 听到[在吗]" in await talk(fake, "在吗", "", "/quit", "不会说到")
        assert fake.stands["c0"].heard == [["在吗"]]


async def test_a_number_presses_the_button_and_any_other_is_said(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn(quick_replies=("退货", "换货"))) as fake:
        shown = await talk(fake, "7", "2", "3")
        assert "[2] 换货" in shown
        assert fake.stands["c0"].heard == [["7"], ["换货"], ["3"]]


async def test_a_picture_is_uploaded_and_shown(appliance_with: Fake, turn: Fake, tmp_path: Path) -> None:
    (tmp_path / "杯.png").write_bytes(b"picture")
    async with appliance_with(lambda _: turn()) as fake:
        await talk(fake, f"/image {tmp_path / '杯.png'}")
        assert fake.uploads == [b"picture"]
        assert fake.stands["c0"].heard == [["[e1 None]"]]


async def test_what_goes_wrong_is_said_and_the_talk_goes_on(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn(), refuse="太长") as fake:
        shown = await talk(fake, "/image /no/such/file", "太长", "/help", "好")
        assert "No such file" in shown
        assert "too long" in shown
        assert HELP.split(".", maxsplit=1)[0] in shown
        assert fake.stands["c0"].heard == [["好"]]
