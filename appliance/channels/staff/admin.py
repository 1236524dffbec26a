"""``/api/staff/v1``, other people's accounts: proposed by one security administrator, agreed to by another."""

from typing import Final
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody

from appliance.channels.staff import bodies
from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from security.access.changes import Change, Result
from security.access.effects import ChangeKind
from security.access.once import Issued, Purpose
from security.access.permissions import Permission, Role

_READS: Final = problem_responses(401, 403, 404)
_DECIDES: Final = problem_responses(401, 403, 404, 409, 503)
_WRITES: Final = problem_responses(400, 401, 403, 404, 409, 415, 422, 503)
_RESULT: Final = labels.of("access_change", "staff_token")
_READ_ACCOUNTS: Final = staff(Permission.STAFF_READ, labels.of("staff_account"))
_READ_ROLES: Final = staff(Permission.STAFF_READ, labels.OF_ANYBODY)
_READ_CHANGES: Final = staff(Permission.STAFF_READ, labels.of("access_change"))
_READ_PHASE: Final = staff(Permission.STAFF_READ, labels.of("access_phase"))
_PROPOSE: Final = staff(Permission.STAFF_PROPOSE, _RESULT)
_APPROVE: Final = staff(Permission.STAFF_APPROVE, _RESULT)
_CONFIRM: Final = staff(Permission.STAFF_CONFIRM, labels.of("access_change"))
_END: Final = staff(Permission.SESSIONS_END, labels.of("staff_session"))
_GO_LIVE: Final = staff(Permission.GO_LIVE, labels.of("access_phase"))


class AccountsController(Controller):
    path = "/accounts"
    tags = ("staff",)
    security = SECURED

    @get(summary="All accounts", opt=_READ_ACCOUNTS, responses=_READS)
    async def accounts(self, api: Api) -> list[bodies.AccountView]:
        """Those that were disabled too: ids and login names are never given twice."""
        return [bodies.account_view(account) for account in await api.admin.accounts()]

    @get("/{staff_id:uuid}", summary="One account", opt=_READ_ACCOUNTS, responses=_READS)
    async def account(self, api: Api, staff_id: FromPath[UUID]) -> bodies.AccountView:
        """Who it is and what it may."""
        return bodies.account_view(await api.admin.account(staff_id))

    @post(summary="Propose an account", opt=_PROPOSE, responses=_WRITES)
    async def create(self, api: Api, who: Who, where: Where, data: JSONBody[bodies.NewAccount]) -> bodies.ResultView:
        """Two administrators in one person are refused with 409."""
        label = data.clearance.label() if data.clearance else None
        return _view(await api.admin.create(who, data.login, data.name, data.roles, data.shops, label, where))

    @post("/{staff_id:uuid}/rights", summary="Propose other rights", opt=_PROPOSE, responses=_WRITES)
    async def set_rights(
        self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID], data: JSONBody[bodies.NewRights]
    ) -> bodies.ResultView:
        """Ends the person's sessions once it is agreed to."""
        label = data.clearance.label() if data.clearance else None
        return _view(await api.admin.set_rights(who, staff_id, data.roles, data.shops, label, where))

    @post("/{staff_id:uuid}/disable", summary="Propose to disable", opt=_PROPOSE, responses=_DECIDES)
    async def disable(self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID]) -> bodies.ResultView:
        """For good, unless it is reset."""
        return _view(await api.admin.end(who, ChangeKind.DISABLE, staff_id, where))

    @post("/{staff_id:uuid}/reset", summary="Propose a reset", opt=_PROPOSE, responses=_DECIDES)
    async def reset(self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID]) -> bodies.ResultView:
        """Password and second factors are gone; the person sets the account up with a new one-time token."""
        return _view(await api.admin.end(who, ChangeKind.RESET, staff_id, where))

    @get("/sessions", summary="Everybody's sessions", opt=_END, responses=_READS)
    async def sessions(self, api: Api, who: Who) -> list[bodies.SessionView]:
        """Who is logged in, from where."""
        return [bodies.session_view(session, who) for session in await api.admin.sessions()]

    @delete(
        "/{staff_id:uuid}/sessions/{session_id:uuid}",
        summary="End somebody's session",
        status_code=204,
        opt=_END,
        responses=problem_responses(401, 403, 404, 503),
    )
    async def end_session(
        self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID], session_id: FromPath[UUID]
    ) -> None:
        """At once, everywhere: needs no second person."""
        await api.admin.end_session(who, staff_id, session_id, where)

    @post(
        "/{staff_id:uuid}/sessions/end",
        summary="End all sessions",
        status_code=200,
        opt=_END,
        responses=_DECIDES,
    )
    async def end_sessions(self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID]) -> bodies.Ended:
        """At once: needs no second person."""
        return bodies.Ended(sessions=await api.admin.end_sessions(who, staff_id, where))

    @post("/{staff_id:uuid}/approvals", summary="Approve for the command line", opt=_APPROVE, responses=_WRITES)
    async def issue_approval(
        self, api: Api, who: Who, where: Where, staff_id: FromPath[UUID], data: JSONBody[bodies.ApprovalFor]
    ) -> Issued:
        """A token for exactly this deed about exactly this account, for a quarter of an hour. `prune_log` and
        `settle_restore` need those of two, about the audit administrator who prunes or the system administrator who
        settles what follows a restore, and are good for a day."""
        return await api.admin.issue_approval(who, Purpose(data.purpose), staff_id, where)


class RolesController(Controller):
    tags = ("staff",)
    security = SECURED

    @get("/roles", summary="What each role may", opt=_READ_ROLES, responses=problem_responses(401, 403))
    async def roles(self) -> list[bodies.RoleView]:
        """Part of the version: nobody can change it while the appliance runs."""
        return [bodies.role_view(role) for role in Role]


class ChangesController(Controller):
    path = "/changes"
    tags = ("staff",)
    security = SECURED

    @get(summary="Changes", opt=_READ_CHANGES, responses=_READS)
    async def changes(self, api: Api) -> list[bodies.ChangeView]:
        """The newest first; `proposed` ones wait for a second administrator, `is_unconfirmed` ones keep it from going
        live."""
        return [_change(change) for change in await api.admin.changes()]

    @post("/{change_id:uuid}/approve", summary="Agree", status_code=200, opt=_APPROVE, responses=_DECIDES)
    async def approve(self, api: Api, who: Who, where: Where, change_id: FromPath[UUID]) -> bodies.ResultView:
        """Not by who proposed it, nor by whom it is about."""
        return _view(await api.admin.approve(who, change_id, where))

    @post("/{change_id:uuid}/refuse", summary="Refuse", status_code=200, opt=_APPROVE, responses=_DECIDES)
    async def refuse(self, api: Api, who: Who, where: Where, change_id: FromPath[UUID]) -> bodies.ResultView:
        """Nothing changes."""
        return _view(await api.admin.refuse(who, change_id, where))

    @post("/{change_id:uuid}/confirm", summary="Confirm", status_code=204, opt=_CONFIRM, responses=_DECIDES)
    async def confirm(self, api: Api, who: Who, where: Where, change_id: FromPath[UUID]) -> None:
        """That what another did alone before going live is right: not by whom it is about, nor by somebody whose own
        account waits for it."""
        await api.admin.confirm(who, change_id, where)


class PhaseController(Controller):
    tags = ("staff",)
    security = SECURED

    @get("/phase", summary="Is it live?", opt=_READ_PHASE, responses=_READS)
    async def phase(self, api: Api) -> bodies.PhaseView:
        """Until it is, one security administrator may act alone, and each such deed is marked."""
        phase = await api.admin.phase()
        return bodies.PhaseView(
            bootstrapped_at=phase.bootstrapped_at if phase else None, live_at=phase.live_at if phase else None
        )

    @post("/go-live", summary="Go live", status_code=204, opt=_GO_LIVE, responses=_DECIDES)
    async def go_live(self, api: Api, who: Who, where: Where) -> None:
        """From now on every change needs two. Refused while one of the administrators is missing, and with
        `not_confirmed` while something stands that one alone did: the detail names the changes."""
        await api.admin.go_live(who, where)


def _view(result: Result) -> bodies.ResultView:
    return bodies.ResultView(
        change_id=result.change_id, staff_id=result.staff_id, state=result.state, set_up=result.set_up
    )


def _change(change: Change) -> bodies.ChangeView:
    rights = change.rights
    return bodies.ChangeView(
        change_id=change.change_id,
        kind=change.kind,
        staff_id=change.staff_id,
        roles=sorted(rights.roles) if rights else None,
        shops=sorted(rights.shops) if rights else None,
        proposed_by=change.proposed_by,
        proposed_at=change.proposed_at,
        state=change.state,
        decided_by=change.decided_by,
        decided_at=change.decided_at,
        confirmed_by=change.confirmed_by,
        is_unconfirmed=change.is_unconfirmed,
    )
