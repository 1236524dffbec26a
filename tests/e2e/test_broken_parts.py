"""Parts that fail while a customer talks: nothing is lost, nothing is done twice, nothing is claimed that is not so."""

import os
import signal
from typing import Any

import pytest

from appliance.supervisor import board

Fixture = Any
pytestmark = pytest.mark.slow


def pids(place: Fixture, prefix: str) -> list[int]:
    status = board.read(place.state_dir)
    assert status is not None
    return [p.pid for p in status.processes if p.name.startswith(prefix) and p.pid is not None]


def kill(place: Fixture, prefix: str) -> None:
    for pid in pids(place, prefix):
        os.kill(pid, signal.SIGKILL)


async def reopen(talk: Fixture) -> None:
    """As a browser does it: again and again until somebody answers."""
    for attempt in range(100):
        try:
            await talk.conversation.open()
        except Exception:
            if attempt == 99:
                raise
        else:
            return


async def test_a_turn_whose_web_process_is_killed_is_taken_up(place: Fixture, shop: Fixture) -> None:
    slow = {"delay_ms": {"ms": 1500, "on": "reads", "count": 2}}
    async with shop.talk() as talk:
        await shop.site.orders.hang_faults(shop.name, slow)
        sent = await talk.conversation.say("我的烧水壶到哪了")
        await talk.conversation.until(lambda: sent in talk.conversation._acked)
        kill(place, "web")
        await talk.conversation.close()
        await reopen(talk)
        await talk.conversation.turn_end(sent)
        assert "芜湖" in talk.shown
        heard = [e for e in talk.conversation.events if e.client_message_id == sent]
        assert len(heard) == 1


@pytest.mark.control("M-32")
async def test_a_yes_whose_worker_is_killed_is_carried_out_once(place: Fixture, shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await shop.site.orders.hang_faults(shop.name, {"delay_ms": {"ms": 1500, "on": "writes", "count": 1}})
        sent = await talk.conversation.say("确认")
        await talk.conversation.until(lambda: sent in talk.conversation._acked)
        kill(place, "worker")
        await talk.until_logged("receipt.received")
        assert await shop.writes() == 1


async def test_an_answer_that_is_lost_is_asked_for_and_nothing_is_written_twice(shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await shop.site.orders.hang_faults(shop.name, {"lose_answer": {"count": 1, "on": "writes"}})
        await talk.say("确认")
        (receipt,) = await talk.until_logged("receipt.received")
        assert await shop.writes() == 1
        assert receipt.data["refund_fen"] == 20000


async def test_an_order_system_that_is_down_is_said_to_be_so(shop: Fixture) -> None:
    await shop.site.orders.hang_faults(shop.name, {"error_5xx": {"on": "all"}})
    async with shop.talk() as talk:
        await talk.say("我的烧水壶到哪了")
        assert "芜湖" not in talk.shown
        assert talk.conversation.said_by_bot()
        assert not talk.conversation.errors


@pytest.mark.control("M-32")
async def test_a_database_that_is_killed_between_two_turns_is_waited_for(place: Fixture, shop: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        kill(place, "postgres")
        await reopen(talk)
        await talk.say("确认")
        await talk.until_logged("receipt.received")
        assert await shop.writes() == 1
