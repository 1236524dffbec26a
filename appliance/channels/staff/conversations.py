"""``/api/staff/v1``, what stands behind the placeholders of a conversation: masked, or clear for a stated purpose."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.conversation.disclosure import Asked, Purpose, Value
from appliance.ids import ConversationId
from appliance.web.access import staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.labels import Lowering
from appliance.web.request import Body
from security.access.permissions import Permission
from security.pii.model import PiiType

_READS: Final = problem_responses(401, 403, 404)
_LISTED: Final = staff_lowered(Permission.CONVERSATION_READ, Lowering.MASKED_VALUES)
_REVEALED: Final = staff_lowered(Permission.CUSTOMER_REVEAL, Lowering.CLEAR_VALUE)
_REVEALS: Final = problem_responses(400, 401, 403, 404, 415, 422, 429, 503)


class Reveal(Body, frozen=True):
    """``reason``: in your own words, beside the purpose. It stays in the audit log: name nobody."""

    placeholder: Annotated[str, Meta(min_length=1, max_length=32, examples=["⟨手机1⟩"])]
    purpose: Purpose
    reason: Annotated[str, Meta(max_length=200)] = ""


class ValueView(msgspec.Struct, frozen=True, kw_only=True):
    placeholder: str
    type: PiiType
    shown: Annotated[str, Meta(description="As much of the value as you may see")]


class ValuesController(Controller):
    path = "/conversations/{conversation_id:uuid}/values"
    tags = ("staff",)
    security = SECURED

    @get(summary="What stands behind placeholders", opt=_LISTED, responses=_READS)
    async def values(self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID]) -> list[ValueView]:
        """Masked: `138****5678`; for who may not have clear values either, the type alone. Each look is recorded."""
        found = await api.disclosures.values(who, ConversationId(conversation_id), where)
        return [_view(value) for value in found]

    @post(
        "/reveal",
        summary="One clear value",
        status_code=200,
        opt=_REVEALED,
        responses=_REVEALS,
    )
    async def reveal(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID], data: JSONBody[Reveal]
    ) -> ValueView:
        """For a stated purpose, recorded, so many in an hour. Of ID, bank card and the like the last four are all."""
        asked = Asked(
            conversation_id=ConversationId(conversation_id),
            placeholder=data.placeholder,
            purpose=data.purpose,
            reason=data.reason,
        )
        return _view(await api.disclosures.reveal(who, asked, where))


def _view(value: Value) -> ValueView:
    return ValueView(placeholder=value.placeholder, type=value.type, shown=value.shown)
