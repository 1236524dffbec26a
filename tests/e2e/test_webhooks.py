"""A shop's own system is told what happens in the running appliance, without anybody looking."""

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from tests.appliance.integrations.receiver import receiving

Fixture = Any


@pytest.mark.control("P-03")
async def test_a_system_of_the_shop_is_told_of_a_refund(shop: Fixture, place: Fixture) -> None:
    async with receiving() as receiver:
        words = ("-m", "appliance.cli.main", "webhooks", "add", shop.name, receiver.url)
        added = await asyncio.create_subprocess_exec(
            sys.executable, *words, env=place.environment, stdout=subprocess.DEVNULL
        )
        assert await added.wait() == 0
        async with shop.talk() as talk:
            await talk.return_the_lamp()
            await talk.say("确认")
            await talk.until_logged("receipt.received")
        async with asyncio.timeout(30):
            while "case.created" not in (told := [each.json["type"] for each in receiver.told]):
                await receiver.wait()
    assert told[0] == "conversation.opened"
    assert told[told.index("case.created") - 1] == "decision.made"
