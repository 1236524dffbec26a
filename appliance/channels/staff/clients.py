"""``/api/staff/v1``, the systems of the shops that call the intranet API: listed, made, agreed to, revoked."""

from typing import Annotated, Final
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.identity.model import Scope, shop_id_from
from appliance.identity.shop_clients import Credential, MadeClient, ShopClients
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from appliance.web.request import Body
from security.access.permissions import Permission
from security.access.proposals import ClientProposal

_MANAGE: Final = staff(Permission.CLIENTS_MANAGE, labels.of("shop", "api_key", "signing_client"))
_WAITING: Final = staff(Permission.STAFF_READ, labels.of("client_proposal"))
_AGREES: Final = staff(Permission.STAFF_APPROVE, labels.OWN)
_DECIDES: Final = problem_responses(401, 403, 404, 409, 422, 503)
_WRITES: Final = problem_responses(400, 401, 403, 404, 415, 422, 503)


class NewClient(Body, frozen=True):
    """``name``: what you call the system, such as `erp`; no person's."""

    credential: Credential
    name: Annotated[str, Meta(min_length=1, max_length=80, examples=["erp"])]
    scopes: Annotated[tuple[Scope, ...], Meta(min_length=1, max_length=len(Scope))]


class ClientsController(Controller):
    tags = ("staff",)
    security = SECURED
    opt = _MANAGE

    @get("/clients", summary="Systems of the shops", responses=problem_responses(401, 403))
    async def clients(self, api: Api) -> list[ShopClients]:
        """What each may do, and when it last came. Those that were revoked too."""
        return list(await api.clients.all())

    @post("/shops/{shop:str}/clients", summary="Make a system's credential", responses=_WRITES)
    async def make(
        self, api: Api, who: Who, where: Where, shop: FromPath[str], data: JSONBody[NewClient]
    ) -> MadeClient:
        """The secret is in this answer and nowhere else. With `agreement` `proposed` it opens nothing until a security
        administrator has agreed: the system would read more than you may."""
        return await api.clients.make(who, shop_id_from(shop), data.credential, data.name, data.scopes, where)

    @delete(
        "/shops/{shop:str}/clients/{credential:str}/{client_id:uuid}",
        summary="Revoke a system's credential",
        status_code=204,
        responses=problem_responses(401, 403, 404, 422, 503),
    )
    async def revoke(
        self,
        api: Api,
        who: Who,
        where: Where,
        shop: FromPath[str],
        credential: FromPath[Credential],
        client_id: FromPath[UUID],
    ) -> None:
        """One that signs at once, an API key within half a minute. There is no way back: make another."""
        await api.clients.revoke(who, shop_id_from(shop), credential, client_id, where)


class ClientProposalsController(Controller):
    path = "/client-proposals"
    tags = ("staff",)
    security = SECURED

    @get(summary="Systems that wait to be agreed to", opt=_WAITING, responses=problem_responses(401, 403))
    async def waiting(self, api: Api) -> list[ClientProposal]:
        """Each would read more than who made it may. The oldest first."""
        return list(await api.clients.waiting())

    @post(
        "/{shop:str}/{client_id:uuid}/approve",
        summary="Agree to a system",
        status_code=204,
        opt=_AGREES,
        responses=_DECIDES,
    )
    async def approve(self, api: Api, who: Who, where: Where, shop: FromPath[str], client_id: FromPath[UUID]) -> None:
        """Its credential counts from now on. Not by who proposed it."""
        await api.clients.approve(who, shop_id_from(shop), client_id, where)

    @post(
        "/{shop:str}/{client_id:uuid}/refuse",
        summary="Refuse a system",
        status_code=204,
        opt=_AGREES,
        responses=_DECIDES,
    )
    async def refuse(self, api: Api, who: Who, where: Where, shop: FromPath[str], client_id: FromPath[UUID]) -> None:
        """Its credential never opens anything."""
        await api.clients.refuse(who, shop_id_from(shop), client_id, where)
