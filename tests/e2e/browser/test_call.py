"""Calls from a page of a shop: a caller who speaks when he has heard what he answers; engines of a self-test.

Chromium's microphone is a recording, made anew for each sentence and opened when that is to be said.
"""

import asyncio
import os
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from appliance.dialogue.effects import known
from appliance.evaluation.throwaway import Throwaway, throwaway
from appliance.evaluation.venue import Site
from appliance.voice.missing import missing
from models.asr.engine import Folders
from models.asr.launcher import SELF_TEST_MODEL
from models.tts.audio import RATE_HZ
from models.tts.client import Endpoint, Speech, SpeechClient
from models.tts.espeak.library import LIBRARY
from tests.asr.worker import PYTHON, AsrWorker
from tests.e2e.browser.conftest import ShopServer, Storefront, Visit, serving, shop_of
from tests.e2e.browser.test_accessible import serious
from tests.e2e.conftest import Shop
from tests.models.tts.server import KEY
from tests.models.tts.worker import ENGINE, started

pytestmark = pytest.mark.slow
DIGITS = "零幺二三四五六七八九"
POCKET: Any = {"width": 390, "height": 844}
_WAITS_MS = 120_000
GREETING = "请问有什么可以帮您"
"""Behind the notice: from here on the bot may be interrupted."""
MICROPHONE = """
const open = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
const close = (stream) => stream.getTracks().forEach((track) => track.stop());
if (open) navigator.mediaDevices.getUserMedia = async (asked) => {
  close(await open(asked));
  const context = new AudioContext();
  await context.resume();
  const heard = context.createMediaStreamDestination();
  window.callerSays = async (forMs) => {
    const stream = await open(asked);
    const source = context.createMediaStreamSource(stream);
    source.connect(heard);
    await new Promise((over) => setTimeout(over, forMs));
    source.disconnect();
    close(stream);
  };
  return heard.stream;
};
"""
"""Silence, and the browser's own microphone as the page asked for it, whenever the caller speaks: it reads its file
from the beginning each time that it is opened."""
_AROUND_S = 0.3
"""Silence before and behind what is said."""
_SETTINGS = """
[voice]
enabled = true
agi_port = 0
audiosocket_port = 0
media_port = 0
page_lines = 2
end_of_turn_model = true
recogniser_url = "{recogniser}"
speaker_url = "{speaker}"
speaker_key_file = "{key_file}"
voice = "selftest-female"

[photos]
address = "https://kf.example.cn"
said_as = "照片页"
"""


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What hears and what speaks, as the settings name them."""
    if not PYTHON.parents[1].joinpath("installed").exists():
        pytest.skip(f"FunASR is not here: {os.environ.get('TEST_FUNASR', './install.sh test --all installs it')}")
    if not ENGINE.joinpath(LIBRARY).exists():
        pytest.skip(f"eSpeak NG is not here: {os.environ.get('TEST_ESPEAK', './install.sh test --all fetches it')}")
    if missing():
        said = os.environ.get("TEST_VOICE_MODELS", "./install.sh test fetches them")
        pytest.skip(f"the models of calls are not here: {said}")
    folder = tmp_path_factory.mktemp("engines")
    key_file = folder / "speaker.key"
    key_file.write_text(KEY)
    key_file.chmod(0o600)
    hearing = AsrWorker(folder, Folders(final=SELF_TEST_MODEL))
    try:
        hearing.wait()
        with started(ENGINE) as speaking:
            yield {"recogniser": hearing.url, "speaker": speaking.url, "key_file": str(key_file)}
    finally:
        hearing.stop()


@pytest.fixture(scope="module")
def place(engines: dict[str, str]) -> Iterator[Throwaway]:
    """An appliance of its own, which takes calls from pages."""
    with asyncio.Runner() as runner:
        context = throwaway(_SETTINGS.format(**engines))
        yield runner.run(context.__aenter__())
        runner.run(context.__aexit__(None, None, None))


@pytest.fixture
async def site(place: Throwaway) -> AsyncIterator[Site]:
    async with Site.at(place.settings, place.status) as site:
        yield site


@pytest.fixture(scope="module")
def shop_server(place: Throwaway) -> Iterator[ShopServer]:
    with serving(ShopServer(place.web_url)) as server:
        yield server


@pytest.fixture
async def shop(site: Site) -> Shop:
    return await shop_of(site, 0)


@pytest.fixture
async def two_orders(site: Site) -> Shop:
    """One of its customers may mean either of his orders."""
    return await shop_of(site, 2)


Calling = Callable[..., AbstractAsyncContextManager["Caller"]]


class Caller:
    """A customer with eSpeak's voice, on a page of a shop."""

    def __init__(self, visit: Visit, speaker: str, recording: Path) -> None:
        self.visit = visit
        self._speaker = speaker
        self._recording = recording
        self._ready: dict[str, bytes] = {}
        self.page: Page = visit.page
        self.bar = visit.panel.get_by_role("region", name="语音通话")

    async def dial(self) -> None:
        await self.visit.open()
        await self.visit.panel.get_by_role("button", name="语音通话").click()

    async def will_say(self, words: str) -> None:
        """So that no engine has to make it when it has to come at once."""
        self._ready[words] = await voiced(self._speaker, words)

    async def says(self, words: str) -> None:
        """Aloud; returns when all of it is out."""
        sound = self._ready.get(words) or await voiced(self._speaker, words)
        record(self._recording, sound)
        await self.page.evaluate("forMs => window.callerSays(forMs)", 1000 * (len(sound) / 2 / RATE_HZ + 2 * _AROUND_S))

    async def press(self, name: str) -> None:
        await self.bar.get_by_role("button", name=name, exact=True).click()

    async def keys(self, *keys: str) -> None:
        for key in keys:
            await self.bar.get_by_role("group").get_by_role("button", name=key).click()

    async def reads(self, words: str) -> None:
        await self.bar.get_by_text(words).first.wait_for(timeout=_WAITS_MS)

    async def sees(self, words: str) -> None:
        """In the log of the chat."""
        await self.visit.log.get_by_text(words).last.wait_for(timeout=_WAITS_MS)


@pytest.fixture
def calling(
    chromium: dict[str, Any],
    engines: dict[str, str],
    place: Throwaway,
    shop_server: ShopServer,
    shop: Shop,
    tmp_path: Path,
) -> Calling:
    """``async with calling() as caller``."""

    @asynccontextmanager
    async def called(shop: Shop = shop) -> AsyncIterator[Caller]:
        recording = tmp_path / "caller.wav"
        record(recording, b"")
        flags = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={recording}%noloop",
        ]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(**{**chromium, "args": [*chromium["args"], *flags]})
            storefront = Storefront(browser, place, shop_server, tmp_path)
            await storefront.dress(shop, "--origin", storefront.origin, "--calls")
            async with storefront.opened(shop, is_named=False, script=MICROPHONE) as visit:
                yield Caller(visit, engines["speaker"], recording)
            await browser.close()

    return called


async def voiced(speaker: str, words: str) -> bytes:
    client = SpeechClient(Endpoint(url=speaker, api_key=KEY), first_within_s=60)
    speech = Speech(model="espeak-ng-1.52", input=words, voice="cmn+f2", speed=1.0)
    sound = b"".join([piece async for piece in client.speak(speech)])
    await client.aclose()
    return sound


def record(path: Path, sound: bytes) -> None:
    around = bytes(int(_AROUND_S * RATE_HZ) * 2)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(around + sound + around)


def spoken(number: str) -> str:
    return "".join(DIGITS[int(digit)] for digit in number)


@pytest.mark.control("L-02", "L-05")
async def test_a_return_by_a_spoken_number_is_in_the_order_system(
    calling: Calling, site: Site, two_orders: Shop
) -> None:
    """Of two orders the one whose number was said; reason and yes are pressed, the recording was refused before."""
    shop = two_orders
    order = shop.orders[0]
    async with calling(shop=shop) as caller:
        await caller.dial()
        await caller.reads("AI生成语音")
        await caller.reads("由人工智能为您服务")
        await caller.press("不录音")
        await caller.reads("没有录音")
        await caller.reads(GREETING)
        await caller.says("我要退货")
        await caller.sees("哪一笔订单")
        await caller.says(f"订单号是{spoken(order)}")
        await caller.sees("原因")
        await caller.press("按键")
        await caller.keys("1", "井号")
        await caller.sees("请核对")
        await caller.reads("确认")
        await caller.reads("请讲")
        assert await shop.writes() == 0
        await caller.keys("1", "井号")
        await caller.sees("办好了")
        log = await site.trace(str(await site.newest_conversation(shop.keys.api_key)), shop.keys.api_key)
    told = [(str(event.words), event.data.get("is_keyed", False)) for event in log if event.type == "customer.said"]
    assert [is_keyed for _, is_keyed in told] == [True, False, False, True, True]
    assert ("退" in told[1][0], order in told[2][0]) == (True, True), told
    (case,) = await shop.received()
    assert (case.kind, case.reason, case.order_id) == ("return_refund", "seven_day", order)


async def test_the_bot_is_interrupted_waits_and_puts_through_to_people(
    calling: Calling, site: Site, shop: Shop
) -> None:
    """Into its long question 等一下; then the words for people, and the conversation goes on in writing."""
    async with calling() as caller:
        await caller.will_say("等一下")
        await caller.dial()
        await caller.reads(GREETING)
        await caller.says("我要退货")
        await caller.reads("原因")
        await caller.says("等一下")
        await caller.sees("等一下")
        await caller.sees("好的，")
        await caller.says("转人工客服")
        await caller.sees("转人工客服")
        await caller.reads("人工客服在这里用文字继续为您服务")
        await caller.visit.panel.locator(".floor").wait_for(timeout=_WAITS_MS)
        log = await site.trace(str(await site.newest_conversation(shop.keys.api_key)), shop.keys.api_key)
    question = next(event.data for event in log if event.type == "bot.heard" and event.data["key"] == "ask.reason")
    assert question["sentences"] < question["of"]
    assert [event.data["reason"] for event in log if event.type == "handoff.made"] == ["customer_asked"]
    assert await shop.writes() == 0


async def test_an_order_number_is_spoken_and_a_back_channel_leaves_the_bot_speaking(
    calling: Calling, site: Site, shop: Shop
) -> None:
    """The 好的 falls into the bot's answer to the number, which is heard to its end all the same."""
    (order,) = shop.orders
    async with calling() as caller:
        await caller.dial()
        await caller.reads(GREETING)
        await caller.says(f"订单号是{spoken(order)}")
        await caller.sees(order)
        await caller.reads("床头灯")
        await caller.says("好的")
        await caller.sees("好的")
        log = await site.trace(str(await site.newest_conversation(shop.keys.api_key)), shop.keys.api_key)
    number, agreement = (event for event in log if event.type == "customer.said")
    told = next(event.seq for event in log if event.type == "bot.said" and event.data["key"].startswith("status."))
    heard = next(event.data for event in log if event.type == "bot.heard" and event.data["said_seq"] == told)
    assert order in str(number.words)
    assert agreement.words == "好的"
    assert heard["from_ms"] < agreement.data["from_ms"] < heard["until_ms"]
    assert heard["sentences"] == heard["of"]
    assert await shop.writes() == 0


async def test_photos_for_a_call_come_by_a_page_that_its_code_opens(
    calling: Calling, place: Throwaway, shop: Shop, tmp_path: Path
) -> None:
    """In another browser, as on the caller's telephone; the call goes on as soon as they are there."""
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    async with calling() as caller:
        await caller.dial()
        await caller.reads(GREETING)
        await caller.says("我要退货")
        await caller.sees("原因")
        await caller.press("按键")
        await caller.keys("2", "井号")
        await caller.sees("哪一件")
        await caller.keys("1", "井号")
        await caller.sees("八位验证码")
        code = code_in((await caller.visit.texts())[-1])

        telephone = await known(caller.page.context.browser).new_context(viewport=POCKET, locale="zh-CN")
        telephone.set_default_timeout(_WAITS_MS)
        page = await telephone.new_page()
        await page.goto(f"{place.web_url}/p")
        await page.get_by_label("8 位验证码").fill("1234567")
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_role("alert").get_by_text("验证码不对").wait_for()
        await page.get_by_label("8 位验证码").fill(code)
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_text("鹿角小铺").wait_for()
        chosen = page.get_by_role("list", name="选好的照片").get_by_role("listitem")
        await page.get_by_label("拍照或选择照片").set_input_files([caller.visit.picture, broken])
        await page.get_by_role("button", name="上传", exact=True).click()
        await chosen.nth(0).get_by_text("已上传").wait_for()
        await chosen.nth(1).get_by_text("这不是照片").wait_for()
        found = await serious(page)
        await chosen.nth(1).get_by_role("button", name="去掉").click()
        await page.get_by_role("button", name="上传", exact=True).click()
        await page.get_by_role("heading", name="照片收到了").wait_for()

        await caller.sees("照片收到了")
        await caller.sees("请核对")
        await caller.reads("请讲")
        await caller.keys("1", "井号")
        await caller.sees("办好了")
        await page.reload()
        await page.get_by_label("8 位验证码").fill(code)
        await page.get_by_role("button", name="下一步").click()
        await page.get_by_role("alert").get_by_text("不能用了").wait_for()
        await telephone.close()
    (case,) = await shop.received()
    assert (case.kind, case.reason) == ("return_refund", "quality")
    assert found == []


def code_in(words: str) -> str:
    """As it is read out, first."""
    read = words.split("验证码：", 1)[1].split("。", 1)[0]
    return "".join(str(DIGITS.index(char)) for char in read if char in DIGITS)
