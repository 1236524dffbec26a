"""One function for each channel of the registry: it sends lines of canaries the way words come there."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import click
from click.testing import CliRunner

from appliance.cli.main import appliance
from appliance.evaluation.picture import png
from appliance.identity.model import Scope
from appliance.identity.signature import sign
from tests.e2e.canaries.refusing import refusing
from tests.e2e.canaries.staff_channels import agents_at_the_desk, systems_at_work_orders
from tests.e2e.canaries.stage import Stage
from tests.e2e.conftest import ORDER, Talk, orders_of

CHAT = "/api/chat/v1/conversations"


async def chat_over_http(stage: Stage, lines: list[str]) -> None:
    started = (await stage.post(CHAT, {"shop": stage.shop.name})).json()
    path = f"{CHAT}/{started['conversation_id']}"
    bearer = {"authorization": f"Bearer {started['access_token']}"}
    for line in lines:
        sent = await stage.post(
            f"{path}/messages", {"type": "text", "client_message_id": uuid4().hex, "text": line}, **bearer
        )
        assert sent.status_code == 202, sent.text
    await stage.http.post(f"{path}/flush", headers=bearer)


async def chat_over_a_socket(stage: Stage, lines: list[str]) -> None:
    async with stage.shop.talk() as talk:
        await talk.say(*lines)
        assert talk.shown


async def buttons(stage: Stage, lines: list[str]) -> None:
    async with stage.shop.talk() as talk:
        for line in lines:
            await turn(talk, await talk.conversation.choose(line))


async def captions(stage: Stage, lines: list[str]) -> None:
    async with stage.shop.talk() as talk:
        evidence = await talk.conversation.upload(png())
        for line in lines:
            await turn(talk, await talk.conversation.show(evidence, caption=line))


async def file_names(stage: Stage, lines: list[str]) -> None:
    async with stage.shop.talk() as talk:
        path = f"{CHAT}/{talk.conversation.conversation_id}/images"
        bearer = {"authorization": f"Bearer {talk.conversation.access_token}"}
        for line in lines:
            for content in (png(), line.encode()):
                await stage.http.post(path, files={"file": (f"{line}.png", content, "image/png")}, headers=bearer)


async def frames_that_are_refused(stage: Stage, lines: list[str]) -> None:
    async with stage.shop.talk() as talk:
        socket = talk.conversation._socket
        assert socket is not None
        for line in lines:
            for frame in (line, json.dumps({"type": line}), json.dumps({"type": "message", "id": line, "text": line})):
                await socket.send(frame)
        await talk.conversation.until(lambda: len(talk.conversation.errors) == 3 * len(lines))


async def starts_that_are_refused(stage: Stage, lines: list[str]) -> None:
    for line in lines:
        for body in (
            {"shop": line},
            {"shop": stage.shop.name, "token": line},
            {"shop": stage.shop.name, line: line},
            line,
        ):
            assert (await stage.post(CHAT, body)).status_code in (401, 404, 422)


async def addresses_and_headers(stage: Stage, lines: list[str]) -> None:
    names = ("user-agent", "referer", "x-forwarded-for", "cookie", "authorization", "accept", "x-request-id", "origin")
    paths = [route for routes in stage.registry["channels"].values() for route in routes if "WEBSOCKET" not in route]
    for place, line in enumerate(lines):
        sent = [(name.encode(), line.encode()) for name in names]
        for route in [*paths[place :: len(lines)], f"GET /{{x}}/{place}"]:
            method, _, path = route.partition(" ")
            parts = [quote(line) if part.startswith("{") else part for part in path.split("/")]
            address = f"{'/'.join(parts)}?after={quote(line)}&{quote(line)}=1"
            assert (await stage.http.request(method, address, headers=sent)).status_code < 500


async def events_of_the_order_system(stage: Stage, lines: list[str]) -> None:
    path = f"/api/v1/order-events/{stage.shop.name}"
    for place, line in enumerate(lines):
        at = str(int(time.time()))
        told = {"type": line, "tradeNo": ORDER, "text": line, "receiver": {"name": line}, "memo": [line]}
        body = json.dumps(told, ensure_ascii=False)
        good = sign(stage.shop.keys.events_secret, at, body.encode())
        for signature in (good, line):
            headers = [
                (b"content-type", b"application/json"),
                (b"x-event-id", f"canary-{place}".encode()),
                (b"x-event-type", b"refund"),
                (b"x-timestamp", at.encode()),
                (b"x-signature", signature.encode()),
            ]
            for way in (path, f"{path}/pushed"):
                assert (await stage.http.post(way, content=body.encode(), headers=headers)).status_code < 500


async def intranet_api(stage: Stage, lines: list[str]) -> None:
    names = (b"authorization", b"x-api-key", b"x-client", b"x-nonce", b"x-signature", b"x-event-id", b"x-event-type")
    own = {"authorization": f"Bearer {stage.shop.keys.api_key}", "x-event-id": "1"}
    refusing_calls = {"authorization": f"Bearer {await stage.api_key(Scope.CALL_REFUSALS_WRITE)}"}
    for line in lines:
        headers = [(name, line.encode()) for name in names]
        refused = await stage.http.get(f"/api/v1/conversations/{uuid4()}/trace", headers=headers)
        assert refused.status_code < 500
        for given in (headers, own):
            answer = await stage.http.post("/api/v1/order-events", json={"x": line, line: line}, headers=given)
            assert answer.status_code < 500
        for way in ("", "/withdrawal", "/look-up"):
            for told in ({"phone": line[:32], "customer_id": line[:128], "why": "customer_asked"}, {line: line}):
                for given, expected in ((headers, {401, 403, 422}), (refusing_calls, {200, 422})):
                    answer = await stage.http.post(f"/api/v1/call-refusals{way}", json=told, headers=given)
                    assert answer.status_code in expected, answer.text


async def staff_at_the_door(stage: Stage, lines: list[str]) -> None:
    doors = [route.split(" ")[1] for route in stage.registry["channels"]["staff at the door"]]
    for line in lines:
        whole = {"login": line, "password": line, "ticket": line, "token": line, "code": line, "name": line}
        for door in doors:
            fields = {"login": ("login", "password"), "second": ("ticket", "code"), "setup": ("token",)}
            wanted = fields.get(door.rsplit("/", 1)[1], ("token", "password", "code", "name"))
            for body in ({name: whole[name] for name in wanted}, whole):
                assert (await stage.post(door, body)).status_code in (401, 403, 422, 429)
        assert (await stage.post("/api/staff/v1/accounts", whole, cookie="__Host-appliance-staff=x")).status_code == 401


async def answers_of_the_order_system(stage: Stage, lines: list[str]) -> None:
    """What couriers, sellers and buyers wrote into it, read by the appliance and told to the customer."""
    fixtures = orders_of(stage.shop.customer)
    _, shipped = fixtures["orders"]
    shipped["buyer_note"], shipped["seller_note"] = lines[0], lines[1]
    shipped["address"] = {"name": lines[2][2:5], "phone": lines[2], "text": lines[2]}
    shipped["trace"] = [
        {"at": f"2026-06-09T{8 + place:02}:00:00+08:00", "place": line, "text": f"派件员：{line}"}
        for place, line in enumerate(lines[3:])
    ]
    fixtures["orders"][0]["lines"][0]["title"] = f"台灯 {lines[0]}"
    await stage.shop.site.orders.load(stage.shop.name, fixtures)
    async with stage.shop.talk() as talk:
        await talk.say("我的烧水壶到哪了", "订单状态", "我要退货")
        assert "派件员" in talk.shown
    await stage.shop.site.orders.load(stage.shop.name, orders_of(stage.shop.customer))


async def refusals_of_the_order_system(stage: Stage, lines: list[str]) -> None:
    """An operation that is agreed to and then refused, with a person's data in the reason."""
    for words in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
        async with refusing(stage.shop, "；".join(words)) as told, stage.shop.talk() as talk:
            await talk.return_the_lamp()
            await talk.say("确认")
            await talk.until_logged("operation.failed")
            assert told()


async def arguments_of_commands(stage: Stage, lines: list[str]) -> None:
    tried = [each for each in commands() if each[0] not in stage.registry["commands_left_out"]]
    for place, line in enumerate(lines):
        for name, command in tried[place :: len(lines)] or tried[:1]:
            words = [*name.split(" "), *(word for parameter in command.params for word in argument(parameter, line))]
            ended = await asyncio.to_thread(CliRunner(env=stage.place.environment).invoke, appliance, words)
            assert ended.exit_code != 0, words


def argument(parameter: click.Parameter, line: str) -> list[str]:
    """The line wherever text may stand, and something fitting where it may not."""
    match parameter.type:
        case click.types.StringParamType():
            value = line
        case click.types.UUIDParameterType():
            value = str(uuid4())
        case click.Choice():
            value = str(parameter.type.choices[0])
        case click.File() | click.Path():
            value = str(Path(__file__))
        case _:
            return []
    return [value] if isinstance(parameter, click.Argument) else [parameter.opts[0], value]


def commands() -> Iterator[tuple[str, click.Command]]:
    def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
        if not isinstance(command, click.Group):
            yield name, command
            return
        context = click.Context(command)
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            assert inner is not None
            yield from walk(inner, f"{name} {each}".strip())

    return walk(appliance, "")


async def flows(stage: Stage, lines: list[str]) -> None:
    openings = list(stage.registry["flows"].values())
    for place, line in enumerate(lines):
        async with stage.shop.talk(is_known=place % 2 == 0) as talk:
            await talk.say(openings[place % len(openings)], line)


async def turn(talk: Talk, sent: str) -> None:
    await talk.conversation.flush()
    await talk.conversation.turn_end(sent)


Send = Callable[[Stage, list[str]], Awaitable[None]]
CHANNELS: dict[str, Send] = {
    "chat over HTTP": chat_over_http,
    "chat over a socket": chat_over_a_socket,
    "buttons": buttons,
    "captions of pictures": captions,
    "file names": file_names,
    "frames that are refused": frames_that_are_refused,
    "starts that are refused": starts_that_are_refused,
    "addresses and headers": addresses_and_headers,
    "events of the order system": events_of_the_order_system,
    "the intranet API": intranet_api,
    "systems at work orders": systems_at_work_orders,
    "agents at the desk": agents_at_the_desk,
    "staff at the door": staff_at_the_door,
    "answers of the order system": answers_of_the_order_system,
    "refusals of the order system": refusals_of_the_order_system,
    "arguments of commands": arguments_of_commands,
    "flows": flows,
}
