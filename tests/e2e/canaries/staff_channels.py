"""Channels through which staff and a shop's own systems write: their words are kept as a customer's are."""

import asyncio
import json
import secrets
from typing import Any

from websockets.asyncio.client import ClientConnection

from appliance.identity.model import Scope
from tests.e2e.canaries.stage import Stage
from tests.e2e.conftest import ORDER, PHONE
from tests.e2e.people import Session

_PATIENCE_S = 30
_LONGEST_REASON = 200


async def systems_at_work_orders(stage: Stage, lines: list[str]) -> None:
    """By turns about a conversation and about an order alone; what is refused is kept nowhere either."""
    key = await stage.api_key(Scope.WORK_ORDERS_READ, Scope.WORK_ORDERS_WRITE)
    own = {"authorization": f"Bearer {key}"}
    async with stage.shop.talk() as talk:
        for place, line in enumerate(lines):
            about = {"conversation_id": talk.conversation.conversation_id} if place % 2 else {"order_id": ORDER}
            opened = await stage.post("/api/v1/work-orders", {"words": line, **about}, **own)
            assert opened.status_code == 201, opened.text
            path = f"/api/v1/work-orders/{opened.json()['work_order_id']}"
            assert (await stage.post(f"{path}/comments", {"words": line}, **own)).status_code == 201
            for refused in ({"deed": line}, {"deed": "resolve", line: line}, {"deed": "resolve", "outcome": line}):
                assert (await stage.post(f"{path}/deeds", refused, **own)).status_code == 422


async def agents_at_the_desk(stage: Stage, lines: list[str]) -> None:
    """To the customer both ways, to each other, in answers kept for later, and why a clear value is wanted."""
    shop = stage.shop.name
    supervisor, agent = [
        await stage.office.log_in(stage.http, await stage.office.hire(stage.http, role, shops=(shop,)))
        for role in ("supervisor", "agent")
    ]
    seat = {"shop": shop, "badge": "801", "groups": ["general", "complaints"]}
    await supervisor.ask("PUT", f"/desk/seats/{agent.person.staff_id}", seat)
    async with agent.console(shop) as socket, stage.shop.talk(now=None) as talk:
        await talk.say(f"转人工，我的电话是{PHONE}")
        given = (await _frame(socket, "assigned"))["conversation"]
        for line in lines:
            await _written(agent, shop, given, line)
            named = {"conversation_id": given["conversation_id"], "token": given["token"]}
            await socket.send(json.dumps({"type": "message", "id": secrets.token_hex(8), "text": line, **named}))
            await _frame(socket, "ack")
            await supervisor.ask("POST", "/desk/replies", {"shop": shop, "title": line[:60], "text": line})
            await _looked_at(agent, given, line)
            await _proposed(agent, given, line)


async def _written(agent: Session, shop: str, given: dict[str, Any], line: str) -> None:
    path = f"/desk/conversations/{given['conversation_id']}"
    words = {"token": given["token"], "client_message_id": secrets.token_hex(8), "text": line}
    await agent.ask("POST", f"{path}/messages", words)
    await agent.ask("POST", f"{path}/notes", {"text": line})
    opened = {"shop": shop, "conversation_id": given["conversation_id"], "words": line}
    order = await agent.ask("POST", "/work-orders", opened)
    await agent.ask("POST", f"/work-orders/{order['work_order_id']}/comments", {"words": line})


async def _looked_at(agent: Session, given: dict[str, Any], line: str) -> None:
    """The customer's own number, with somebody else's data in the reason."""
    path = f"/conversations/{given['conversation_id']}/values/reveal"
    wanted = {"placeholder": "⟨手机1⟩", "purpose": "call_back", "reason": line[:_LONGEST_REASON]}
    await agent.ask("POST", path, wanted)


async def _proposed(agent: Session, given: dict[str, Any], line: str) -> None:
    asked = {
        "conversation_id": given["conversation_id"],
        "order_id": ORDER,
        "flow": "refund_only",
        "amount_fen": 305,
        "lines": [{"line_id": "L1", "quantity": 1}],
        "special_reason": "goodwill",
        "words": line,
    }
    proposal = await agent.ask("POST", "/special-refunds", asked)
    await agent.ask("POST", f"/special-refunds/{proposal['proposal_id']}/withdraw")


async def _frame(socket: ClientConnection, type_: str) -> dict[str, Any]:
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == type_:
                return frame
