"""``/api/staff/v1``, the way in and out: set-up, log-in in two steps, the session and its cookie."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from appliance.aftersales.cases.people import People
from appliance.aftersales.cases.reconciliation import Reconciliation
from appliance.aftersales.evidence.service import EvidenceRoom
from appliance.aftersales.special.service import SpecialRefunds
from appliance.aftersales.work.desk import WorkDesk
from appliance.channels.staff import bodies
from appliance.channels.staff.policy_desk import PolicyDesk
from appliance.channels.staff.shop_desk import ShopDesk
from appliance.clock import Clock
from appliance.compliance.explorer import AuditExplorer
from appliance.compliance.keys import KeyRoom
from appliance.compliance.verification import Verification
from appliance.conversation.disclosure import Disclosures
from appliance.conversation.rulings import Rulings
from appliance.desk.canned import CannedReplies
from appliance.desk.customer import Customers
from appliance.desk.hours import DeskHours
from appliance.desk.looks import DeskLooks
from appliance.desk.seats import Seats
from appliance.desk.service import Desk
from appliance.desk.service_level import ServiceLevels
from appliance.desk.talk import DeskTalk
from appliance.desk.watch import DeskWatchers
from appliance.errors import InvalidInput
from appliance.identity.shop_clients import ClientDesk
from appliance.identity.staff_account import StaffAccount
from appliance.identity.staff_admin import StaffAdmin
from appliance.identity.staff_login import StaffLogin
from appliance.installation.service import Installation
from appliance.outbound.looking import WorkCalls
from appliance.reports.service import Reports
from appliance.voice.recording.playback import RecordingRoom
from appliance.web import labels
from appliance.web.access import COOKIE, public, session_token, staff
from appliance.web.documentation import STAFF_SESSION, problem_responses
from appliance.web.origin import Origins
from security.access import tokens
from security.access.errors import NotAllowed
from security.access.model import Origin, Principal
from security.access.passkeys import Assertion
from security.access.permissions import Permission
from security.access.set_up import Chosen

SECURED: Final[list[dict[str, list[str]]]] = [{STAFF_SESSION: []}]
_IN: Final = public("who logs in has no session yet; attempts are counted by name and address")
_LOGS_OUT: Final = problem_responses(401, 403) | {
    204: ResponseSpec(None, generate_examples=False, description="The session is ended; its cookie is taken away")
}
_WITH_TOKEN: Final = public("who sets an account up has no session yet; a one-time token of 256 bits is asked for")


class DeskPort(Protocol):
    """``appliance.joints.desk.DeskParts``."""

    @property
    def deeds(self) -> Desk: ...

    @property
    def seats(self) -> Seats: ...

    @property
    def talk(self) -> DeskTalk: ...

    @property
    def looks(self) -> DeskLooks: ...

    @property
    def levels(self) -> ServiceLevels: ...

    @property
    def canned(self) -> CannedReplies: ...

    @property
    def hours(self) -> DeskHours: ...

    @property
    def watchers(self) -> DeskWatchers: ...

    @property
    def pictures(self) -> EvidenceRoom: ...


@dataclass(frozen=True, kw_only=True)
class StaffApi:
    """What the routes need."""

    login: StaffLogin
    account: StaffAccount
    admin: StaffAdmin
    disclosures: Disclosures
    recordings: RecordingRoom
    policies: PolicyDesk
    work: WorkDesk
    calls: WorkCalls
    rulings: Rulings
    customers: Customers
    special: SpecialRefunds
    reconciliation: Reconciliation
    people: People
    desk: DeskPort
    reports: Reports
    explorer: AuditExplorer
    verification: Verification
    keys: KeyRoom
    clients: ClientDesk
    installation: Installation
    shops: ShopDesk
    demo_shop: str | None = None
    """Whose made-up customers may be tried, in the profiles that have them."""
    clock: Clock
    origins: Origins


Api = NamedDependency[StaffApi]
Where = NamedDependency[Origin]
Who = NamedDependency[Principal]


async def entering(api: Api, where: Where) -> None:
    """Before anybody has a session, the network is asked here."""
    if not api.origins.may_be_staff(where):
        await api.login.deny(None, "login", "network", where)
        raise NotAllowed("staff may not come from this network")


class EntranceController(Controller):
    tags = ("staff",)

    @post(
        "/login", summary="The password", status_code=200, opt=_IN, responses=problem_responses(400, 401, 415, 422, 429)
    )
    async def log_in(self, api: Api, where: Where, data: JSONBody[bodies.Credentials]) -> bodies.TicketView:
        """The first of two steps. Says the same whether the name, the password or the account is wrong."""
        await entering(api, where)
        ticket = await api.login.password(data.login, data.password, where)
        return bodies.TicketView(
            ticket=ticket.ticket,
            factors=ticket.factors,
            expires_at=ticket.expires_at,
            passkey=msgspec.json.decode(ticket.passkey) if ticket.passkey else None,
        )

    @post(
        "/login/second",
        summary="The second factor",
        status_code=200,
        opt=_IN,
        responses=problem_responses(400, 401, 415, 422),
    )
    async def prove(self, api: Api, where: Where, data: JSONBody[bodies.SecondFactor]) -> Response[bodies.Me]:
        """A code of the authenticator app, or what a passkey signed. Sets the session's cookie; a code counts once."""
        await entering(api, where)
        opened = await api.login.second_factor(data.ticket, _proof(data), where)
        me = await _me(api, opened.principal, opened.token)
        return Response(me, status_code=200, cookies=[_cookie(opened.token)])

    @post(
        "/setup",
        summary="Begin to set up",
        status_code=200,
        opt=_WITH_TOKEN,
        responses=problem_responses(400, 401, 415, 422),
    )
    async def begin_set_up(self, api: Api, where: Where, data: JSONBody[bodies.SetUpToken]) -> bodies.EnrolmentView:
        """With a one-time token: what the authenticator app has to be told. Every call makes it anew."""
        await entering(api, where)
        enrolment = await api.login.begin_set_up(data.token, where)
        return bodies.EnrolmentView(seed=enrolment.seed, uri=enrolment.uri, login=enrolment.login)

    @post(
        "/setup/finish",
        summary="Finish setting up",
        status_code=204,
        opt=_WITH_TOKEN,
        responses=problem_responses(400, 401, 409, 415, 422),
    )
    async def finish_set_up(self, api: Api, where: Where, data: JSONBody[bodies.SetUpChoice]) -> None:
        """Your own password, and the first code of the app. The token is used up; log in."""
        await entering(api, where)
        chosen = Chosen(password=data.password, code=data.code, login=data.login, name=data.name)
        await api.login.finish_set_up(data.token, chosen, where)


class SessionController(Controller):
    tags = ("staff",)
    security = SECURED
    opt = staff(Permission.SESSION_OWN, labels.OWN)

    @get("/me", summary="Who am I?", responses=problem_responses(401, 403))
    async def me(self, api: Api, who: Who, request: Request[Any, Any, Any]) -> bodies.Me:
        """Account, permissions, and the token that changes need in `X-CSRF-Token`."""
        return await _me(api, who, session_token(request))

    @post("/logout", summary="Log out", status_code=204, responses=_LOGS_OUT)
    async def log_out(self, api: Api, who: Who, where: Where) -> Response[None]:
        """Ends the session on the server."""
        await api.login.log_out(who, where)
        return Response(None, status_code=204, cookies=[_cookie("", max_age=0)])


async def _me(api: StaffApi, principal: Principal, token: str) -> bodies.Me:
    account = await api.login.account(principal.staff_id)
    return bodies.Me(
        account=bodies.account_view(account),
        permissions=sorted(principal.permissions),
        has_expired_password=principal.has_expired_password,
        is_reconciling=await api.login.is_reconciling(),
        csrf_token=tokens.csrf(token),
    )


def _proof(data: bodies.SecondFactor) -> str | Assertion:
    if data.code is not None and data.passkey is None:
        return data.code
    if data.passkey is not None and data.code is None:
        return Assertion(data.passkey)
    raise InvalidInput("send either code or passkey")


def _cookie(value: str, max_age: int | None = None) -> Cookie:
    return Cookie(key=COOKIE, value=value, path="/", max_age=max_age, secure=True, httponly=True, samesite="strict")
