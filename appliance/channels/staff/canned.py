"""``/api/staff/v1/desk/replies``: what a shop's agents have ready to say."""

from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.desk.canned import CannedReply, CannedWords
from appliance.desk.service import served
from appliance.ids import ShopId
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from appliance.web.request import Body
from security.access.permissions import Permission

_LABEL: Final = labels.of("canned_reply")
_READS: Final = staff(Permission.CONVERSATION_REPLY, _LABEL)
_WRITES: Final = staff(Permission.DESK_MANAGE, _LABEL)
_LOOK: Final = problem_responses(401, 403, 404, 422)
_DO: Final = problem_responses(400, 401, 403, 404, 415, 422)

Shop = Annotated[str, QueryParameter(min_length=1, max_length=40, description="One of your shops")]


class ReplyBody(Body, frozen=True):
    shop: Annotated[str, Meta(min_length=1, max_length=40)]
    title: Annotated[str, Meta(min_length=1, max_length=60)]
    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class ReplyMade(msgspec.Struct, frozen=True, kw_only=True):
    reply_id: UUID


class CannedController(Controller):
    path = "/desk/replies"
    tags = ("staff",)
    security = SECURED

    @get(summary="Canned replies", opt=_READS, responses=_LOOK)
    async def replies(self, api: Api, who: Who, shop: Shop) -> tuple[CannedReply, ...]:
        """Of a shop, oldest first."""
        return await api.desk.canned.all(served(who, ShopId(shop)))

    @post(summary="Add one", opt=_WRITES, responses=_DO)
    async def add(self, api: Api, who: Who, where: Where, data: JSONBody[ReplyBody]) -> ReplyMade:
        """Personal values in it are replaced by their types."""
        words = CannedWords(title=data.title, text=data.text)
        return ReplyMade(reply_id=await api.desk.canned.put(who, served(who, ShopId(data.shop)), words, where))

    @put("/{reply_id:uuid}", summary="Change one", status_code=204, opt=_WRITES, responses=_DO)
    async def change(
        self, api: Api, who: Who, where: Where, reply_id: FromPath[UUID], data: JSONBody[ReplyBody]
    ) -> None:
        """Other words in the place of those that are there."""
        words = CannedWords(title=data.title, text=data.text)
        await api.desk.canned.put(who, served(who, ShopId(data.shop)), words, where, reply_id)

    @delete("/{reply_id:uuid}", summary="Remove one", status_code=204, opt=_WRITES, responses=_DO)
    async def drop(self, api: Api, who: Who, where: Where, reply_id: FromPath[UUID], shop: Shop) -> None:
        """Nobody has it ready any more."""
        await api.desk.canned.drop(who, served(who, ShopId(shop)), reply_id, where)
