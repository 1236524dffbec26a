"""``/api/staff/v1``, writes that came into people's hands: tried again, done by hand, or not to be done."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from appliance.aftersales.cases.people import InHand, NotDone
from appliance.channels.staff.entrance import SECURED, Api, Who
from appliance.channels.work_bodies import IfMatch
from appliance.ids import OperationId
from appliance.web import labels
from appliance.web.access import staff, staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.etag import etag_of, version_of
from appliance.web.labels import Lowering
from appliance.web.request import Body
from security.access.permissions import Permission
from security.access.records import actor_of

_LABEL: Final = labels.of("after_sales_case", "work_order")
_READ: Final = staff_lowered(Permission.CASE_READ, Lowering.OPERATION_STATE)
_HANDLE: Final = staff(Permission.WORK_HANDLE, _LABEL)
_MANAGE: Final = staff(Permission.WORK_MANAGE, _LABEL)
_READS: Final = problem_responses(401, 403, 404, 422)
_DEEDS: Final = problem_responses(401, 403, 404, 409, 412, 422, 428, 503)
_SAYS: Final = problem_responses(400, 401, 403, 404, 409, 412, 415, 422, 428, 503)


class DoneByHand(Body, frozen=True):
    """``case_id``: the order system's own number of it. ``is_finished``: nothing more comes of it there."""

    case_id: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[!-~]+$(?!\n)")]
    is_finished: bool = False


class NotToBeDone(Body, frozen=True):
    reason: NotDone


class OperationsController(Controller):
    path = "/operations"
    tags = ("staff",)
    security = SECURED

    @get("/{operation_id:uuid}", summary="A write of a case", opt=_READ, responses=_READS)
    async def read(self, api: Api, who: Who, operation_id: FromPath[UUID]) -> Response[InHand]:
        """Its `ETag` is what a deed has to name in `If-Match`. Only while `state` is `handed_over` is there anything
        to do; the work order about it names it in its `summary`."""
        named = OperationId(operation_id)
        found = await api.people.read(await api.people.shop_of(who, named), named)
        return Response(found, headers={"ETag": etag_of(found.version)})

    @post("/{operation_id:uuid}/retry", summary="Have it tried again", status_code=204, opt=_HANDLE, responses=_DEEDS)
    async def retry(self, api: Api, who: Who, operation_id: FromPath[UUID], if_match: IfMatch = None) -> None:
        """Under the same key. What may be written already is looked for, and sent again only where that cannot write
        it twice."""
        named, version = OperationId(operation_id), version_of(if_match)
        await api.people.retry(await api.people.shop_of(who, named), named, actor_of(who), version=version)

    @post(
        "/{operation_id:uuid}/send-again",
        summary="Have it sent again",
        status_code=204,
        opt=_MANAGE,
        responses=_DEEDS,
    )
    async def send_again(self, api: Api, who: Who, operation_id: FromPath[UUID], if_match: IfMatch = None) -> None:
        """You have looked in the order system yourself: it is not written. If you are wrong, it is written twice."""
        named, version = OperationId(operation_id), version_of(if_match)
        shop = await api.people.shop_of(who, named)
        await api.people.retry(shop, named, actor_of(who), is_surely_unwritten=True, version=version)

    @post("/{operation_id:uuid}/done", summary="Say that it is done", status_code=204, opt=_HANDLE, responses=_SAYS)
    async def done(
        self, api: Api, who: Who, operation_id: FromPath[UUID], data: JSONBody[DoneByHand], if_match: IfMatch = None
    ) -> None:
        """It stands in the order system, for what was agreed and no other amount. The customer is told its receipt."""
        named, version = OperationId(operation_id), version_of(if_match)
        shop = await api.people.shop_of(who, named)
        await api.people.done(
            shop, named, actor_of(who), case_id=data.case_id, is_finished=data.is_finished, version=version
        )

    @post(
        "/{operation_id:uuid}/not-done",
        summary="Say that it is not done",
        status_code=204,
        opt=_HANDLE,
        responses=_SAYS,
    )
    async def not_done(
        self, api: Api, who: Who, operation_id: FromPath[UUID], data: JSONBody[NotToBeDone], if_match: IfMatch = None
    ) -> None:
        """It is not written, and will not be: its units are free again, and the customer is told."""
        named, version = OperationId(operation_id), version_of(if_match)
        shop = await api.people.shop_of(who, named)
        await api.people.not_done(shop, named, actor_of(who), reason=data.reason, version=version)
