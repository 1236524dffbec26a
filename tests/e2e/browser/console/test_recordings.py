"""A call is heard in the console by who may: for a purpose, with its words beside it, by mouse and by keys alone."""

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from playwright.async_api import Locator, Page

from appliance.app.core import Core
from appliance.conversation.model import Channel, HeardOf, Text
from appliance.evaluation.throwaway import Throwaway
from appliance.ids import ConversationId, ShopId, uuid7
from appliance.voice.recording.model import RATE_HZ, Utterance
from appliance.voice.recording.service import Recordings
from models.asr.heard import Word
from security import aigc
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.looking import Look
from tests.e2e.conftest import Shop

pytestmark = pytest.mark.slow

GREETING, CODE, ASKED = "我想退货", "验证码是482913", "运费谁出"
SECONDS = 24


def voice(second: int, hertz: int) -> bytes:
    """A second that swells and fades."""
    at = np.arange(RATE_HZ) / RATE_HZ
    loud = 9000 * np.sin(np.pi * at) * (0.4 + 0.6 * (second % 3) / 2)
    return (loud * np.sin(2 * np.pi * hertz * at)).astype("<i2").tobytes()


def said(text: str, start_ms: int) -> Utterance:
    words = tuple(Word(char, start_ms + 250 * place, start_ms + 250 * place + 240) for place, char in enumerate(text))
    return Utterance(start_ms=start_ms, end_ms=words[-1].end_ms, text=text, words=words)


@asynccontextmanager
async def opened(place: Throwaway, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Core]:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    async with Core.open(place.settings, "web", "") as core:
        yield core


async def called(core: Core, shop: Shop, *, is_refused: bool = False) -> ConversationId:
    """A call of 24 seconds; after the first words the caller tells a code, and cuts the answer short."""
    at, conversations = ShopId(shop.name), core.conversations
    begun = await conversations.start(shop=at, channel=Channel.VOICE, customer=None)
    conversation = begun.conversation_id
    recordings = Recordings(core.db, core.ring, conversations, core.analyzer, core.clock)
    async with recordings.record(at, conversation) as recorder:
        for second in range(SECONDS):
            if second % 6 < 3:
                recorder.speak(second * 1000, voice(second, 330))
            else:
                recorder.hear(second * 1000, voice(second, 220))
        for start_ms, words in ((3200, GREETING), (9200, CODE), (15_300, ASKED)):
            recorder.transcribed(said(words, start_ms))
            spoken = Text(client_message_id=str(uuid7()), text=words, from_ms=start_ms, until_ms=start_ms + 2000)
            await conversations.receive(at, conversation, spoken)
            await conversations.finish()
            last = [each for each in await conversations.trace(at, conversation) if each.type == "bot.said"][-1].seq
            heard = HeardOf(said_seq=last, sentences=0, of=2, from_ms=start_ms + 2800, until_ms=start_ms + 4000)
            await conversations.heard(at, conversation, [heard])
        if is_refused:
            await recorder.refuse()
    return conversation


async def beside(page: Page) -> Locator:
    await page.get_by_role("complementary", name="顾客信息").get_by_role("tab", name="录音").click()
    return page.get_by_role("tabpanel", name="录音")


async def listen(page: Page, purpose: str = "争议核实") -> Locator:
    panel = await beside(page)
    await panel.get_by_role("button", name="取听").click()
    asked = page.get_by_role("dialog", name="取听通话录音")
    await asked.get_by_role("radio", name=purpose).check(force=True)
    await asked.get_by_role("button", name="取听").click()
    player = page.get_by_role("dialog", name="通话录音", exact=True)
    await player.get_by_role("slider").wait_for()
    return player


async def seconds(player: Locator) -> int:
    return int(await player.get_by_role("slider").get_attribute("aria-valuenow") or -1)


@pytest.mark.control("M-18", "M-35", "L-03")
async def test_a_call_is_heard_seen_and_read_and_taken_away(
    desk: Desk, shop: Shop, place: Throwaway, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Path
) -> None:
    approver = await desk.session("approver", shops=(shop.name,))
    async with opened(place, monkeypatch) as core:
        conversation = await called(core, shop)
    async with desk.opened(f"/conversations/{conversation}", by=approver, accept_downloads=True) as (page, _):
        panel = await beside(page)
        await panel.get_by_role("button", name="取听").click()
        asked = page.get_by_role("dialog", name="取听通话录音")
        await asked.get_by_role("button", name="取听").click()
        await page.get_by_text("请选择用途").wait_for()
        await asked.get_by_role("radio", name="争议核实").check(force=True)
        await asked.get_by_role("button", name="取听").click()
        player = page.get_by_role("dialog", name="通话录音", exact=True)
        slider = player.get_by_role("slider")
        words = player.get_by_role("list", name="文字记录")
        await slider.wait_for()

        assert await words.get_by_role("button").filter(has_text=GREETING).count() == 1
        assert "482913" not in await player.inner_text()
        assert await player.get_by_text("顾客没有听到这段话").count() > 0
        silenced = player.get_by_role("button", name="跳到0:0")
        assert await silenced.count() > 0
        assert await player.locator("rect.mark").count() >= 1

        await words.get_by_role("button").filter(has_text=ASKED).click()
        assert await seconds(player) == 15
        assert ASKED in await words.locator("[aria-current]").inner_text()
        await slider.focus()
        await slider.press("ArrowLeft")
        assert await seconds(player) == 10
        await slider.press("End")
        assert await seconds(player) == SECONDS
        await slider.press("Home")
        assert await seconds(player) == 0
        await slider.press("ArrowDown")
        await slider.press(" ")
        await player.get_by_role("button", name="暂停").wait_for()
        await page.wait_for_function("document.querySelector('audio').currentTime > 0.5")
        await slider.press(" ")
        await player.get_by_role("button", name="播放").wait_for()

        look = Look(page, folder)
        await words.get_by_role("button").filter(has_text=ASKED).click()
        await look.at("recording")
        assert look.found == []

        async with page.expect_download() as downloading:
            await player.get_by_role("button", name="下载").click()
        await (await downloading.value).save_as(tmp_path / "call.wav")
        await page.get_by_text("已下载，已写入审计日志").wait_for()
        await page.keyboard.press("Escape")
        await player.wait_for(state="hidden")
        assert await page.locator("audio").count() == 0

    content = (tmp_path / "call.wav").read_bytes()
    label = aigc.read_wav(content)
    assert label is not None
    assert label.content_producer == shop.name
    with wave.open(str(tmp_path / "call.wav")) as file:
        assert (file.getnchannels(), file.getnframes()) == (2, SECONDS * RATE_HZ)


async def test_who_refused_whose_time_is_over_and_who_was_never_called(
    desk: Desk, shop: Shop, place: Throwaway, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    approver = await desk.session("approver", shops=(shop.name,))
    async with opened(place, monkeypatch) as core:
        refused = await called(core, shop, is_refused=True)
        kept = await called(core, shop)
        began = await core.conversations.start(shop=ShopId(shop.name), channel=Channel.WEB, customer=None)
    async with desk.opened(f"/conversations/{refused}", by=approver) as (page, _):
        panel = await beside(page)
        await panel.get_by_text("顾客选择了不录音").wait_for()
        assert await panel.get_by_role("button", name="取听").count() == 0
        look = Look(page, folder)
        await look.at("recording-refused")
        assert look.found == []
    async with desk.opened(f"/conversations/{began.conversation_id}", by=approver) as (page, _):
        await (await beside(page)).get_by_text("这个会话没有录音").wait_for()
    async with desk.opened(f"/conversations/{kept}", by=approver, is_clean=False) as (page, _):
        await (await beside(page)).get_by_role("button", name="取听").click()
        async with opened(place, monkeypatch) as core, core.db.transaction(ShopId(shop.name)) as conn:
            await conn.execute("DELETE FROM recording WHERE conversation_id = %s", (UUID(str(kept)),))
        asked = page.get_by_role("dialog", name="取听通话录音")
        await asked.get_by_role("radio", name="投诉处理").check(force=True)
        await asked.get_by_role("button", name="取听").click()
        await page.get_by_text("没有找到，或者不归您管").wait_for()


@pytest.mark.control("M-16")
async def test_an_agent_has_no_such_tab(
    desk: Desk, shop: Shop, place: Throwaway, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await desk.session("agent", shops=(shop.name,))
    async with opened(place, monkeypatch) as core:
        conversation = await called(core, shop)
    async with desk.opened(f"/conversations/{conversation}", by=agent) as (page, _):
        await page.get_by_role("complementary", name="顾客信息").get_by_role("tab", name="订单").wait_for()
        assert await page.get_by_role("tab", name="录音").count() == 0
