"""``/api/staff/v1/desk/conversations/…``: the orders and cases of the customer of a conversation."""

from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.params import FromPath

from appliance.aftersales.cases.looking import CaseFollowed
from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.desk.customer import OrdersSeen
from appliance.ids import ConversationId
from appliance.web.access import staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.labels import Lowering
from security.access.permissions import Permission

_ORDERS: Final = staff_lowered(Permission.CASE_READ, Lowering.ORDER_PANEL)
_CASES: Final = staff_lowered(Permission.CASE_READ, Lowering.CASE_PANEL)
_LOOK: Final = problem_responses(401, 403, 404)
_ASK: Final = problem_responses(401, 403, 404, 503)


class CustomersController(Controller):
    path = "/desk/conversations/{conversation_id:uuid}"
    tags = ("staff",)
    security = SECURED

    @get("/orders", summary="The customer's orders", opt=_ORDERS, responses=_ASK)
    async def orders(self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID]) -> OrdersSeen:
        """As the order system has them now, of the verified customer; personal values are placeholders. Recorded."""
        return await api.customers.orders(who, ConversationId(conversation_id), where)

    @get("/cases", summary="The customer's cases", opt=_CASES, responses=_LOOK)
    async def cases(
        self, api: Api, who: Who, where: Where, conversation_id: FromPath[UUID]
    ) -> tuple[CaseFollowed, ...]:
        """The newest fifty with how each went on and its receipt; of who was not verified, of this conversation."""
        return await api.customers.cases(who, ConversationId(conversation_id), where)
