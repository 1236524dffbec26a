"""A turn whose process dies or freezes between message and answer: it is answered all the same, and once."""

import asyncio
import os
import signal
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from appliance.clock import SystemClock
from appliance.supervisor import board
from tests.e2e.storm.widget import persistently

Fixture = Any
pytestmark = pytest.mark.slow

HALF_WAY_MS = 1500
LONGER_THAN_A_LEASE_MS = 4500


def signal_web(place: Fixture, number: signal.Signals) -> None:
    status = board.read(place.state_dir)
    assert status is not None
    for process in status.processes:
        if process.name.startswith("web") and process.pid is not None:
            os.kill(process.pid, number)


async def say_half_way(shop: Fixture, talk: Fixture, words: str, wait_ms: int = HALF_WAY_MS) -> str:
    """Returns when the message is kept and the turn waits for the order system; who asks it again need not wait."""
    await shop.site.orders.hang_faults(shop.name, {"delay_ms": {"ms": wait_ms, "on": "reads", "count": 1}})
    sent: str = await talk.conversation.say(words)
    await talk.conversation.flush()
    await talk.conversation.until(lambda: sent in talk.conversation._acked)
    return sent


@pytest.mark.control("M-32")
async def test_a_yes_whose_web_process_is_killed_half_way_is_taken_once(place: Fixture, shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        sent = await say_half_way(shop, talk, "确认")
        signal_web(place, signal.SIGKILL)
        await persistently(talk.conversation.open, Random(1))  # noqa: S311 (how long to pause)
        await talk.conversation.turn_end(sent)
        await talk.conversation.until(lambda: talk.conversation.awaiting != "receipt")

        assert len(await talk.log("operation.accepted")) == 1
        assert len(await talk.log("receipt.received")) == 1
        assert await shop.writes() == 1


async def test_a_long_turn_is_not_taken_from_a_process_that_lives(place: Fixture, shop: Fixture) -> None:
    assert place.settings.conversation.lease_s * 1000 < LONGER_THAN_A_LEASE_MS
    async with shop.talk() as talk:
        said_at = SystemClock().now()
        sent = await say_half_way(shop, talk, "我的烧水壶到哪了", LONGER_THAN_A_LEASE_MS)
        await talk.conversation.turn_end(sent)

        answer = next(event for event in talk.conversation.said_by_bot() if "YT5550000002" in event.text)
        assert answer.at - said_at > timedelta(milliseconds=LONGER_THAN_A_LEASE_MS)


async def test_a_frozen_web_process_that_thaws_finds_its_turn_taken_over(place: Fixture, shop: Fixture) -> None:
    async with shop.talk() as talk:
        sent = await say_half_way(shop, talk, "我的烧水壶到哪了")
        signal_web(place, signal.SIGSTOP)
        try:
            await asyncio.sleep(2 * place.settings.conversation.lease_s)  # nobody can be asked in the meantime
            thawed_at = SystemClock().now()
        finally:
            signal_web(place, signal.SIGCONT)
        await talk.conversation.turn_end(sent)
        await talk.say("谢谢")

        said = [entry.data["client_message_id"] for entry in await talk.log("customer.said")]
        assert said[0] == sent
        assert len(said) == 2
        answer = next(event for event in talk.conversation.said_by_bot() if "YT5550000002" in event.text)
        assert answer.at < thawed_at
        assert talk.shown.count("YT5550000002") == 1
        seqs = [event.seq for event in talk.conversation.events]
        assert seqs == sorted(set(seqs))
