"""The SMS gateway that the demo plays: it keeps what it is handed, to be looked at, and sends nothing anywhere.

Like a real one it knows its templates, keeps one message for an idempotency key, and says no with a code.
"""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import HeaderParameter, JSONBody
from msgspec import Meta

from appliance.demo.order_system.body import Strict
from appliance.demo.order_system.notation import wall
from appliance.demo.order_system.problems import Problem
from appliance.demo.order_system.requests import Body, Id, Text
from appliance.demo.order_system.store import Store

LONGEST_KEY = 64
TEMPLATES = frozenset({"GUIDE_RETURN", "GUIDE_SWAP", "GUIDE_REPAIR", "PHOTO_LINK"})

Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]


class Message(Body, frozen=True):
    mobile: Annotated[str, Meta(pattern=r"^1[3-9][0-9]{9}$(?!\n)")]
    sign: Id
    template_id: Id
    params: dict[str, Text]


class Accepted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    code: str
    message_no: str


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    message_no: str
    idempotency_key: str
    mobile: str
    template_id: str
    params: dict[str, str]
    accepted_at: str


class Messages(Controller):
    path = "/sms/messages"
    tags = ["sms"]

    @post("/", dto=Strict[Message], return_dto=None, sync_to_thread=False)
    def accept(self, data: JSONBody[Message], store: NamedDependency[Store], key: Key = None) -> Accepted:
        if not key or len(key) > LONGEST_KEY:
            raise Problem(400, "KEY_MISSING", "send an Idempotency-Key")
        if data.template_id not in TEMPLATES:
            raise Problem(422, "TEMPLATE_UNKNOWN", "no such template is registered")
        body = msgspec.json.encode(data)
        store.run("save_message", request_no=key, body=body, accepted=wall(datetime.now(UTC)))
        kept = store.one("message", request_no=key)
        if kept is None or kept[1] != body:
            raise Problem(422, "KEY_REUSED", "this idempotency key was used for another message")
        return Accepted(code="OK", message_no=f"SM{kept[0]:08}")

    @get("/", sync_to_thread=False)
    def shown(self, store: NamedDependency[Store]) -> list[MessageShown]:
        """The newest first, two hundred at most."""
        return [_shown(*row) for row in store.all("messages")]


def _shown(number: int, key: str, body: bytes, accepted: str) -> MessageShown:
    message = msgspec.json.decode(body, type=Message)
    return MessageShown(
        message_no=f"SM{number:08}",
        idempotency_key=key,
        mobile=message.mobile,
        template_id=message.template_id,
        params=dict(message.params),
        accepted_at=accepted,
    )
