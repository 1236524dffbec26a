"""The widget's way to a human: waiting for one, being served by one who works through the staff API, and back."""

from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Locator, WebSocketRoute

from appliance.client import Conversation
from tests.e2e.browser.conftest import DESKTOP, PHONE, Storefront, Visit
from tests.e2e.conftest import Shop
from tests.e2e.people import Office
from tests.e2e.staff import an_agent

pytestmark = pytest.mark.slow

BADGE = "801"
NAME = "人工客服801号"


async def ask_for_a_person(visit: Visit) -> None:
    await visit.open()
    await visit.say("转人工")
    await visit.see("正在为您转接人工客服")


async def test_from_the_widget_to_an_agent_and_back_to_the_bot(
    storefront: Storefront, shop: Shop, office: Office
) -> None:
    async with storefront.opened(shop) as visit:
        await ask_for_a_person(visit)
        await visit.floor("客服上线后按顺序接待您").wait_for()
        async with an_agent(office, shop.name, BADGE) as agent:
            given = await agent.is_given()
            await visit.floor(NAME).wait_for()
            await visit.see(f"{NAME}为您服务")
            await visit.field.press_sequentially("床头灯的灯罩裂了")
            heard = await agent.hears("typing")
            await visit.field.press("Enter")
            await visit.see("床头灯的灯罩裂了")
            await agent.types(given)
            await visit.log.get_by_text(f"{NAME}正在输入").wait_for(state="attached")
            await agent.says(given, "您好，我来帮您看看床头灯。")
            await visit.see("您好，我来帮您看看床头灯。")
            typing = await visit.log.locator(".typing").count()
            tag = await visit.log.locator(".row.agent .ai").inner_text()
            await agent.hands_back(given)
            await visit.see("由智能客服继续为您服务")
            left = await visit.floor(NAME).count()
        await visit.say("我要退货")
        await visit.press("收到时破损")
        await visit.see("哪一件")

    assert (heard["conversation_id"], typing, tag, left) == (given["conversation_id"], 0, NAME, 0)


async def test_who_was_served_rates_the_service_once_and_sees_it_on_the_next_page(
    storefront: Storefront, shop: Shop, office: Office
) -> None:
    async with storefront.opened(shop) as visit, an_agent(office, shop.name, BADGE) as agent:
        await ask_for_a_person(visit)
        given = await agent.is_given()
        await visit.floor(NAME).wait_for()
        await agent.closes(given)
        await visit.see("请为这次服务打个分")
        await visit.tab_to("4分", backwards=True)
        box = await visit.log.locator(".rate").bounding_box()
        await visit.page.keyboard.press("Enter")
        await visit.see("谢谢您的评价")
        moved = await visit.log.locator(".rate").bounding_box()
        rated = await agent.read(given, "rating.given")
        on = await visit.page.evaluate("document.activeElement.shadowRoot.activeElement.tagName")
        await visit.page.reload()
        await visit.open()
        await visit.see("谢谢您的评价")
        pressed = visit.log.get_by_role("button", pressed=True)
        kept = await pressed.inner_text()
        disabled = await visit.log.locator(".score:disabled").count()

    assert [each["score"] for each in rated] == [4]
    assert (box, on) == (moved, "TEXTAREA")
    assert (kept.split(), disabled) == (["4分", "满意"], 5)


async def test_a_service_may_end_without_a_question(storefront: Storefront, shop: Shop, office: Office) -> None:
    async with storefront.opened(shop) as visit, an_agent(office, shop.name, BADGE) as agent:
        await ask_for_a_person(visit)
        given = await agent.is_given()
        await agent.closes(given, asks_rating=False)
        await visit.see("本次人工服务已经结束")
        asked = await visit.log.locator(".rate").count()
    assert asked == 0


async def waiting(shop: Shop, stack: AsyncExitStack) -> Conversation:
    """Another customer, who asks for a person before."""
    conversation = await stack.enter_async_context(await shop.site.chat.start(shop.name))
    sent = await conversation.say("转人工")
    await conversation.turn_end(sent)
    await conversation.until(lambda: conversation.is_handed_off)
    return conversation


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
async def test_who_waits_sees_his_place_and_may_leave_it(
    storefront: Storefront, shop: Shop, office: Office, size: Any
) -> None:
    async with AsyncExitStack() as stack:
        agent = await stack.enter_async_context(an_agent(office, shop.name, BADGE, capacity=1))
        await waiting(shop, stack)
        await agent.is_given()
        before = await waiting(shop, stack)
        visit = await stack.enter_async_context(storefront.opened(shop, viewport=size))
        await ask_for_a_person(visit)
        await visit.floor("您是第2位").wait_for()
        await visit.floor("预计约12分钟后接通").wait_for()
        await visit.rests()
        height = await visit.panel.locator(".floor").bounding_box()
        await before.leave_queue()
        await visit.floor("下一位就是您").wait_for()
        await visit.floor("预计约6分钟后接通").wait_for()
        moved = await visit.panel.locator(".floor").bounding_box()
        await visit.tab_to("取消排队", backwards=True)
        await visit.page.keyboard.press("Enter")
        await visit.see("不再排队")
        shown = await visit.panel.locator(".floor").count()
        focused = await visit.focused()
        await visit.say("我要退货")
        await visit.see("原因")

    assert (height, shown, focused != "") == (moved, 0, True)


@pytest.mark.parametrize("is_slow", [False, pytest.param(True, marks=pytest.mark.soak)])
async def test_what_is_read_stays_where_it_is_when_an_agent_comes(
    storefront: Storefront, shop: Shop, office: Office, is_slow: bool
) -> None:
    """Also where his own words are still on their way, and the notice that the bot is back comes in above them."""
    line = SlowLine()
    async with storefront.opened(shop, sockets=line.through) as visit, an_agent(office, shop.name, BADGE) as agent:
        await ask_for_a_person(visit)
        given = await agent.is_given()
        await visit.floor(NAME).wait_for()
        line.is_slow = is_slow
        for number in range(3):
            await visit.say(f"第{number}句" + "\n补充说明" * 20)
        await visit.see("第2句")
        read = visit.log.get_by_text("第1句")
        await read.scroll_into_view_if_needed()
        await visit.page.get_by_role("button", name="看最新消息").wait_for()
        before = await height_of(read)
        await agent.hands_back(given)
        await visit.floor(NAME).wait_for(state="detached")
        after = await height_of(read)
        line.goes_on()
        await visit.log.get_by_text("发送中").last.wait_for(state="detached")
        at_last = await height_of(read)
    assert before == after == at_last


async def height_of(words: Locator) -> int:
    """In whole pixels: a log is scrolled by no less."""
    box = await words.bounding_box()
    assert box is not None
    return round(box["y"])


class SlowLine:
    """What the page says stays on its way; what it is told comes."""

    def __init__(self) -> None:
        self.is_slow = False
        self._held: list[str | bytes] = []

    def through(self, page: WebSocketRoute) -> None:
        self._appliance = page.connect_to_server()
        page.on_message(self._said)

    def _said(self, message: str | bytes) -> None:
        if self.is_slow:
            self._held.append(message)
        else:
            self._appliance.send(message)

    def goes_on(self) -> None:
        self.is_slow = False
        for message in self._held:
            self._appliance.send(message)


async def test_a_line_that_breaks_while_one_waits_keeps_the_place(
    storefront: Storefront, shop: Shop, office: Office
) -> None:
    lines: list[WebSocketRoute] = []

    def through(line: WebSocketRoute) -> None:
        lines.append(line)
        line.connect_to_server()

    async with storefront.opened(shop, sockets=through) as visit:
        await ask_for_a_person(visit)
        await visit.floor("客服上线后按顺序接待您").wait_for()
        async with an_agent(office, shop.name, BADGE) as agent:
            await lines[-1].close(code=1012)
            given = await agent.is_given()
            await agent.says(given, "您好，我在。")
            await visit.see("您好，我在。")
            await visit.floor(NAME).wait_for()
            greeted = await visit.log.get_by_text(f"{NAME}为您服务").count()
    assert (len(lines), greeted) == (2, 1)
