"""What the order system reports reaches the customer: signed, over HTTP, without being asked for."""

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.conversation.model import Speaker
from tests.e2e.conftest import ORDER

Fixture = Any
GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


async def test_the_documented_report_is_taken_as_it_stands(shop: Fixture) -> None:
    """The guide's own lines, with the shop's address, secret and order."""
    [script] = re.findall(r"```sh\n(body=.*?)```", GUIDE.read_text("utf-8"), re.S)
    script = script.replace("https://appliance.intranet", shop.site.web_url)
    script = script.replace("/order-events/demo", f"/order-events/{shop.name}").replace("20261110123456", ORDER)
    run = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "SECRET": shop.keys.events_secret, "NO_PROXY": "127.0.0.1,localhost"},
    )
    answer, errors = await run.communicate()
    assert answer == b'{"duplicate":false}', errors.decode()


async def test_a_customer_hears_how_his_return_goes_on(shop: Fixture) -> None:
    await shop.site.report_to_appliance(shop.keys)
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认")
        (receipt,) = await talk.until_logged("receipt.received")
        case_id = receipt.data["case_id"]

        for step, words in (
            ("goods_received", "正在验收"),
            ("inspected", "正在打款"),
            ("refunded", "退款200元原路退回"),
        ):
            await shop.site.orders.move_case(shop.name, case_id, step)
            await talk.conversation.until(lambda words=words: words in talk.shown)

        assert await shop.writes() == 1


@pytest.mark.control("M-28")
async def test_an_unsigned_report_is_refused_and_says_nothing(shop: Fixture) -> None:
    url = f"{shop.site.web_url}/api/v1/order-events/{shop.name}"
    async with shop.talk() as talk, httpx.AsyncClient(trust_env=False) as http:
        headers = {"x-event-id": "1", "x-timestamp": "1", "x-signature": "0" * 64}
        answer = await http.post(url, json={"tradeNo": "1"}, headers=headers)
        assert answer.status_code == 401
        assert [e for e in talk.conversation.events if e.speaker is Speaker.BOT and "退款" in e.text] == []
