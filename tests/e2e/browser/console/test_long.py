"""A workbench with 200 open conversations, one of them 5,000 messages long: all can be read, and no key is lost.

The frames come from beside the appliance's own, which has not that many agents. How long the page was busy is told, not
judged: machines differ. What is held is what it puts on the page and that each key is echoed.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.async_api import Page, WebSocketRoute

from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.test_workbench import bench, seated
from tests.e2e.conftest import Shop

pytestmark = pytest.mark.slow

OPEN, LONG, MOST_ON_PAGE, MOVING = 200, 5_000, 300, 20
SCREENS_PX = 8_000
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
TYPED = "您好，我看到您的订单了，马上为您核对，请稍等一下"
_WATCH = """() => {
  window.seen = new Set(); window.echoed = 0; window.busy = [];
  new PerformanceObserver((list) => window.busy.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
  document.querySelector("textarea").addEventListener("input", () => { window.echoed += 1; });
}"""
_READ = """() => {
  const lines = [...document.querySelectorAll("[role=log] [data-key]")];
  const keys = lines.map((line) => Number(line.dataset.key));
  for (const key of keys) window.seen.add(key);
  const inOrder = keys.every((key, at) => !at || key > keys[at - 1]);
  return { count: keys.length, first: keys[0], last: keys.at(-1), inOrder };
}"""


def named(number: int) -> str:
    return str(UUID(int=number + 1))


def at(number: int) -> str:
    return (BEGAN + timedelta(seconds=number)).isoformat()


def held(number: int) -> dict[str, Any]:
    conversation = {"conversation_id": named(number), "token": 1, "skill": "general", "priority": "normal"}
    times = {"asked_at": at(number), "served_at": at(number)}
    return {"type": "assigned", "conversation": conversation | {"reason": "customer_asked"} | times}


def said(number: int, seq: int) -> dict[str, Any]:
    by = "customer.said" if seq % 2 else "bot.said"
    words = f"第{seq}句，" + "退货的事再说一遍。" * (seq % 4)
    event = {"seq": seq, "at": at(seq), "type": by, "data": {}, "words": words}
    return {"type": "event", "conversation_id": named(number), "event": event}


def lives(moment: int) -> dict[str, Any]:
    return {
        "type": "live",
        "gone": [],
        "moved": [
            {
                "conversation_id": named(number),
                "channel": "web",
                "holder": "agent",
                "agent_id": None,
                "badge": "1",
                "started_at": at(0),
                "last_at": at(moment + number),
            }
            for number in range(OPEN)
        ],
    }


class Feed:
    """Stands between the page and the appliance, and tells the page of conversations of its own."""

    def __init__(self) -> None:
        self.tell: Callable[[dict[str, Any]], None] = lambda _: None

    def through(self, line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        line.on_message(server.send)
        server.on_message(line.send)
        self.tell = lambda frame: line.send(json.dumps(frame))

    def all(self, frames: Iterator[dict[str, Any]]) -> None:
        for frame in frames:
            self.tell(frame)


async def test_long_conversations_are_read_from_end_to_end_and_no_key_is_lost(
    desk: Desk, shop: Shop, record_property: Callable[[str, Any], None]
) -> None:
    feed = Feed()
    async with bench(desk, await seated(desk, shop, "agent"), sockets=feed.through, is_clean=False) as bench_:
        page = bench_.page
        async with page.expect_response(lambda answer: "/desk/mine" in answer.url) as own:
            await page.reload()
        await (await own.value).finished()
        await page.get_by_text("已连接").wait_for()
        feed.all(held(number) for number in range(OPEN))
        await page.get_by_role("tab", name=f"我的 {OPEN}").wait_for()
        await bench_.choose("我的")
        feed.all(said(0, seq) for seq in range(1, LONG + 1))
        await bench_.see(f"第{LONG}句")
        await page.evaluate(_WATCH)
        found = await page.evaluate(_READ)
        assert (found["count"], found["last"]) == (MOST_ON_PAGE, LONG)

        await bench_.field.focus()
        for place, letter in enumerate(TYPED):
            feed.all(said(number, place + 1) for number in range(1 + place, 1 + place + MOVING))
            feed.tell(lives(place))
            await page.keyboard.insert_text(letter)
        assert await bench_.field.input_value() == TYPED
        assert await page.evaluate("window.echoed") == len(TYPED)

        await read(page, -SCREENS_PX, lambda found: found["first"] == 1)
        assert await page.evaluate("window.seen.size") == LONG
        await page.evaluate("window.seen.clear()")
        await read(page, SCREENS_PX, lambda found: found["last"] == LONG)
        assert await page.evaluate("window.seen.size") == LONG
        busy = await page.evaluate("window.busy")
    record_property("long_tasks", len(busy))
    record_property("longest_task_ms", max(busy, default=0))


async def read(page: Page, by_px: int, is_over: Callable[[dict[str, Any]], bool]) -> None:
    """By the wheel: at each turn of it the stretch on the page is in order and no larger than it may be."""
    log = page.get_by_role("log")
    await log.hover()
    while True:
        found = await page.evaluate(_READ)
        assert found["inOrder"]
        assert found["count"] <= MOST_ON_PAGE
        if is_over(found):
            return
        before = await log.evaluate("(box) => [box.scrollTop, box.innerText.length]")
        await page.mouse.wheel(0, by_px)
        await page.wait_for_function(
            "(before) => { const box = document.querySelector('[role=log]');"
            " return box.scrollTop !== before[0] || box.innerText.length !== before[1]; }",
            arg=before,
        )
