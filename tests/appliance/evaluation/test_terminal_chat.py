"""The terminal: what is typed reaches the bot, what the bot shows is printed."""

import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from appliance.client.terminal import HANDED_OVER, HELP, TerminalChat, typed_lines

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


async def test_bytes_that_are_no_text_are_refused_in_words_and_the_talk_goes_on(
    appliance_with: Fake, turn: Fake
) -> None:
    async with appliance_with(lambda _: turn()) as fake:
        shown = await talk(fake, "\udcff\udcfe", "好")
        assert "not sent: it holds bytes that are no text" in shown
        assert fake.stands["c0"].heard == [["好"]]


@pytest.mark.parametrize("path", ["a\0b", "~nobody-of-this-name/cup.png", "\udcff"])
async def test_a_path_that_can_be_none_is_refused_in_words(appliance_with: Fake, turn: Fake, path: str) -> None:
    async with appliance_with(lambda _: turn()) as fake:
        shown = await talk(fake, f"/image {path}", "好")
        assert "no picture can be there" in shown or "No such file" in shown
        assert fake.stands["c0"].heard == [["好"]]


async def test_a_hand_off_is_said_in_words(appliance_with: Fake, turn: Fake) -> None:
    async with appliance_with(lambda _: turn(is_handed_off=True)) as fake:
        assert f"system: {HANDED_OVER}\n" in await talk(fake, "转人工")


async def test_a_line_of_other_bytes_does_not_end_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    typed_bytes = io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n\xe5\xa5\xbd\n"), encoding="utf-8", errors="strict")
    monkeypatch.setattr("sys.stdin", typed_bytes)
    assert [line async for line in typed_lines()] == ["\udcff\udcfe", "好"]
