"""The workbench, with a customer at the other end of the chat: take, say, note, mark, transfer, hand back, close."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute

from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.test_widget import CANARIES
from tests.e2e.conftest import PHONE, Shop, Talk
from tests.e2e.people import Session

pytestmark = pytest.mark.slow

REPLY = "输入回复"
CANNED = {"title": "问候", "text": "您好，很高兴为您服务"}


class Bench:
    """One agent's workbench in a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log")
        self.field = page.get_by_role("textbox", name=REPLY)

    async def come_online(self) -> None:
        await self.page.get_by_label("在线状态").select_option("online")

    async def list(self, name: str) -> Any:
        await self.page.get_by_role("tab", name=name).click()
        return self.page.get_by_role("tabpanel").get_by_role("button")

    async def choose(self, name: str) -> None:
        entries = await self.list(name)
        await entries.first.click()
        await self.log.wait_for()

    async def say(self, words: str) -> None:
        await self.field.fill(words)
        await self.field.press("Enter")

    async def see(self, words: str) -> None:
        await self.log.get_by_text(words).last.wait_for()

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
async def agent(desk: Desk, shop: Shop) -> Session:
    return await seated(desk, shop, "agent")


async def seated(desk: Desk, shop: Shop, role: str) -> Session:
    """A person with a seat in all groups, given by a supervisor."""
    session = await desk.session(role, shops=(shop.name,))
    supervisor = session if role == "supervisor" else await desk.session("supervisor", shops=(shop.name,))
    seat = {"shop": shop.name, "badge": f"{secrets.randbelow(10**6)}", "groups": ["general", "complaints"]}
    await supervisor.ask("PUT", f"/desk/seats/{session.person.staff_id}", seat)
    if role == "agent":
        await supervisor.ask("POST", "/desk/replies", {"shop": shop.name, **CANNED})
    return session


@asynccontextmanager
async def bench(desk: Desk, session: Session, path: str = "/workbench", **options: Any) -> AsyncIterator[Bench]:
    async with desk.opened(path, by=session, **options) as (page, _):
        await page.get_by_label("在线状态").wait_for()
        yield Bench(page)


async def heard(talk: Talk, words: str) -> None:
    """The customer sees words, whoever says them."""
    await talk.conversation.until(lambda: any(words in event.text for event in talk.conversation.events))


async def test_a_customer_is_served_and_handed_back(desk: Desk, shop: Shop, agent: Session) -> None:
    async with bench(desk, agent) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        await at.see("转人工")
        await at.say("您好，请问什么问题？")
        await heard(talk, "您好，请问什么问题？")
        await talk.conversation.say("灯不亮了")
        await at.see("灯不亮了")
        await at.press("交还机器人")
        await at.page.get_by_role("dialog").get_by_role("button", name="确定").click()
        await at.page.get_by_role("button", name="接入").wait_for()
        await talk.say("我的快递到哪里了")
        await at.see("我的快递到哪里了")

    assert [event.badge for event in talk.conversation.events if event.speaker == "agent"] != []


async def test_an_agent_takes_from_the_bot_notes_marks_and_closes(desk: Desk, shop: Shop, agent: Session) -> None:
    async with bench(desk, agent) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("我的快递到哪里了")
        await at.choose("进行中")
        await at.log.get_by_role("button", name="标记答错").first.click()
        await at.press("没听懂")
        await at.log.get_by_text("已标记答错").wait_for()
        await at.page.get_by_role("textbox", name="写给其他坐席").fill("老顾客，多照顾")
        await at.press("保存备注")
        await at.see("老顾客，多照顾")
        await at.press("接入")
        await at.field.fill("/问候")
        await at.page.get_by_role("option", name="问候").wait_for()
        await at.field.press("Enter")
        await at.field.press("Enter")
        await heard(talk, CANNED["text"])
        await at.press("结束")
        await at.page.get_by_role("dialog").get_by_text("转其他方式跟进").click()
        await at.page.get_by_role("button", name="结束接待").click()
        await at.see("转其他方式跟进")
        await talk.conversation.until(lambda: any(e.kind == "rating" for e in talk.conversation.events))

    assert "老顾客" not in talk.shown
    assert [each.data["why"] for each in await talk.log("answer.marked")] == ["misunderstood"]
    assert [each.data["reason"] for each in await talk.log("service.ended")] == ["followed_up"]


async def test_a_transfer_goes_to_the_queue_and_is_taken_from_it(desk: Desk, shop: Shop, agent: Session) -> None:
    async with bench(desk, agent) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        await at.page.get_by_label("在线状态").select_option("busy")
        await at.press("转接")
        await at.page.get_by_role("dialog").get_by_text("投诉").click()
        await at.page.get_by_role("dialog").get_by_role("button", name="转接").click()
        await at.choose("排队")
        await at.press("接入")
        await at.say("我来处理")
        await heard(talk, "我来处理")


@pytest.mark.control("P-15")
async def test_values_are_masked_and_a_clear_one_asks_for_a_purpose(desk: Desk, shop: Shop, agent: Session) -> None:
    async with bench(desk, agent) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say(f"转人工，我的电话是{PHONE}")
        await at.choose("我的")
        await at.press("查看脱敏值")
        await at.page.get_by_text(f"{PHONE[:3]}****{PHONE[-4:]}").first.wait_for()
        before = await at.page.get_by_text(PHONE).count()
        await at.page.get_by_role("button", name="查看明文 ⟨手机1⟩").click()
        dialog = at.page.get_by_role("dialog", name="查看明文")
        await dialog.get_by_role("button", name="查看明文").click()
        await at.page.get_by_text("请选择用途").wait_for()
        await dialog.get_by_text("回电").click()
        await dialog.get_by_role("button", name="查看明文").click()
        await at.page.get_by_text(PHONE).wait_for()

    assert before == 0


async def test_nothing_is_lost_or_doubled_when_the_line_breaks(desk: Desk, shop: Shop, agent: Session) -> None:
    """The line is cut as the words are acknowledged, and again as they come back."""
    lines: list[WebSocketRoute] = []

    def through(line: WebSocketRoute) -> None:
        lines.append(line)
        server = line.connect_to_server()

        async def back(frame: str | bytes) -> None:
            if '"ack"' in str(frame) and len(lines) < 3:
                await line.close(code=1012)
                return
            line.send(frame)

        server.on_message(back)

    async with bench(desk, agent, sockets=through) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        for words in ("第一句", "第二句", "第三句"):
            await at.say(words)
        await heard(talk, "第三句")
        await at.see("第三句")
        await at.log.get_by_text("发送中").first.wait_for(state="detached")
        said = [text for text in await at.log.locator(".agent .bubble").all_inner_texts() if text.startswith("第")]

    assert len(lines) >= 3
    assert sorted(said) == sorted(["第一句", "第二句", "第三句"])
    heard_by_customer = [event.text for event in talk.conversation.events if event.speaker == "agent"]
    assert sorted(heard_by_customer) == sorted(said)


async def test_the_keyboard_is_enough(desk: Desk, shop: Shop, agent: Session) -> None:
    async with bench(desk, agent) as at, shop.talk(now=None) as one, shop.talk(now=None) as two:
        await at.come_online()
        await one.say("转人工")
        await two.say("我的快递到哪里了", "转人工")
        keyboard = at.page.keyboard
        await at.page.get_by_role("tab", name="我的 2").wait_for()
        assert (await at.page.title()).startswith("(2)")
        await keyboard.press("Alt+ArrowDown")
        await at.log.wait_for()
        first = at.page.url
        await keyboard.press("Alt+ArrowDown")
        await at.page.wait_for_url(lambda url: url != first)
        await keyboard.press("Alt+h")
        await at.page.get_by_role("dialog", name="快捷键").wait_for()
        await keyboard.press("Escape")
        await keyboard.press("Alt+w")
        await keyboard.type("您好")
        await keyboard.press("Enter")
        await at.see("您好")
        await keyboard.press("Alt+c")
        await at.page.get_by_role("dialog", name="结束接待").wait_for()


async def test_who_has_no_seat_is_told_so_and_can_look(desk: Desk, shop: Shop) -> None:
    session = await desk.session("agent", shops=(shop.name,))
    async with desk.opened("/workbench", by=session) as (page, _), shop.talk(now=None) as talk:
        await page.get_by_text("还没有座席").wait_for()
        await talk.say("我的快递到哪里了")
        await page.get_by_role("tab", name="进行中").click()
        await page.get_by_role("tabpanel").get_by_role("button").first.click()
        await page.get_by_role("log").get_by_text("我的快递到哪里了").wait_for()
        assert await page.get_by_role("button", name="接入").count() == 0


async def test_two_agents_never_both_have_it(desk: Desk, shop: Shop, agent: Session) -> None:
    supervisor = await seated(desk, shop, "supervisor")
    async with bench(desk, agent) as at, bench(desk, supervisor) as above, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        await above.choose("进行中")
        await above.press("接管")
        await above.say("我是主管")
        await asyncio.gather(heard(talk, "我是主管"), at.see("我是主管"))
        assert await at.field.count() == 0


@pytest.mark.control("M-16")
async def test_strangers_words_are_words(desk: Desk, shop: Shop, agent: Session) -> None:
    async with bench(desk, agent) as at, shop.talk(now=None) as talk:
        await at.come_online()
        await talk.say("转人工")
        await at.choose("我的")
        for canary in CANARIES:
            await talk.conversation.say(canary)
            await at.see(canary.replace("<", "‹").replace(">", "›"))  # as the log fences what comes from outside
        await at.page.get_by_role("tabpanel").get_by_text(CANARIES[-1]).wait_for()
        is_hacked = await at.page.evaluate("'hacked' in window")
        made = await at.log.locator("img, script, a, iframe").count()

    assert (is_hacked, made) == (False, 0)
