"""``/api/v1/call-refusals``: a shop's own systems say who wants no calls, take it back, and ask.

All three are POST: a number must not stand in an address, where proxies write it down.
"""

from typing import Annotated, Any, Final

from litestar import Controller, Request, Router, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody
from msgspec import Meta

from appliance.channels.intranet.http import BASE, Intranet, caller, guard_of_systems
from appliance.identity.model import ApiClient, Scope
from appliance.ids import CustomerId
from appliance.outbound.model import Withdrawn
from appliance.outbound.wishes import CallWish, CallWishes, Somebody
from appliance.web import labels
from appliance.web.access import Proof, proven
from appliance.web.documentation import API_KEY, problem_responses
from appliance.web.request import Body
from security.audit.record import Actor, ActorType

_SECURED: Final[list[dict[str, list[str]]]] = [{API_KEY: []}]
_SERVED: Final = proven(Proof.API_KEY, labels.of("outbound_refusal"))
_ANSWERS: Final = problem_responses(400, 401, 403, 413, 415, 422, 429, 503)

Parts = NamedDependency[Intranet]
Wishes = NamedDependency[CallWishes]
Asking = Request[Any, Any, Any]
CustomerNumber = Annotated[
    str, Meta(min_length=1, max_length=128, description="The order system's number for the customer")
]
Phone = Annotated[
    str, Meta(min_length=8, max_length=32, description="A mobile of the mainland, or a landline with area code")
]


class CallsOf(Body, frozen=True):
    """Whose calls: at least one of both."""

    customer_id: CustomerNumber | None = None
    phone: Phone | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class CallsAllowed(CallsOf, frozen=True, kw_only=True):
    why: Withdrawn


class CallRefusalController(Controller):
    path = "/call-refusals"
    tags = ("intranet",)
    security = _SECURED
    opt = _SERVED

    @post(
        summary="Call somebody no more",
        operation_id="refuse_calls",
        status_code=200,
        responses=_ANSWERS,
    )
    async def refuse(self, intranet: Parts, wishes: Wishes, request: Asking, data: JSONBody[CallsOf]) -> CallWish:
        """Neither for a call-back nor for a notice, also where one is planned already. A repeat changes nothing.

        Needs the scope `call_refusals:write`."""
        client = await caller(intranet, request, Scope.CALL_REFUSALS_WRITE)
        return await wishes.refuse(client.shop_id, _somebody(data), _actor(client))

    @post(
        "/withdrawal",
        summary="Call somebody again",
        operation_id="allow_calls",
        status_code=200,
        responses=_ANSWERS,
    )
    async def allow(self, intranet: Parts, wishes: Wishes, request: Asking, data: JSONBody[CallsAllowed]) -> CallWish:
        """The wish for no calls counts no more, whoever took it down. A repeat changes nothing.

        Needs the scope `call_refusals:write`."""
        client = await caller(intranet, request, Scope.CALL_REFUSALS_WRITE)
        return await wishes.allow(client.shop_id, _somebody(data), data.why, _actor(client))

    @post(
        "/look-up",
        summary="Whether somebody wants no calls",
        operation_id="look_up_call_refusal",
        status_code=200,
        responses=_ANSWERS,
    )
    async def look_up(self, intranet: Parts, wishes: Wishes, request: Asking, data: JSONBody[CallsOf]) -> CallWish:
        """Changes nothing. Needs the scope `call_refusals:write`."""
        client = await caller(intranet, request, Scope.CALL_REFUSALS_WRITE)
        return await wishes.of(client.shop_id, _somebody(data))


def _somebody(data: CallsOf) -> Somebody:
    customer_id = None if data.customer_id is None else CustomerId(data.customer_id)
    return Somebody(customer_id=customer_id, phone=data.phone)


def _actor(client: ApiClient) -> Actor:
    return Actor(type=ActorType.CLIENT, id=str(client.key_id))


def call_refusals_router(intranet: Intranet, wishes: CallWishes) -> Router:
    return Router(
        BASE,
        route_handlers=[CallRefusalController],
        guards=[guard_of_systems(intranet)],
        dependencies={
            "intranet": Provide(lambda: intranet, sync_to_thread=False),
            "wishes": Provide(lambda: wishes, sync_to_thread=False),
        },
    )
