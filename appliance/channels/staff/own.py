"""``/api/staff/v1``, one's own account: sessions, password, authenticator app, passkeys."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromPath, JSONBody

from appliance.channels.staff import bodies
from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.web import labels
from appliance.web.access import staff
from appliance.web.documentation import problem_responses
from security.access.passkeys import Assertion
from security.access.permissions import Permission

_WRITES: Final = problem_responses(400, 401, 403, 404, 409, 415, 422)


class OwnSessionsController(Controller):
    path = "/sessions"
    tags = ("staff",)
    security = SECURED
    opt = staff(Permission.SESSION_OWN, labels.OWN)

    @get(summary="My sessions", responses=problem_responses(401, 403))
    async def sessions(self, api: Api, who: Who) -> list[bodies.SessionView]:
        """Where you are logged in."""
        return [bodies.session_view(session, who) for session in await api.account.sessions(who)]

    @delete(
        "/{session_id:uuid}",
        summary="End one of my sessions",
        status_code=204,
        responses=problem_responses(401, 403, 404, 503),
    )
    async def end(self, api: Api, who: Who, where: Where, session_id: FromPath[UUID]) -> None:
        """At once, everywhere."""
        await api.account.end_session(who, session_id, where)


class PasswordController(Controller):
    path = "/password"
    tags = ("staff",)
    security = SECURED
    opt = staff(Permission.PASSWORD_OWN, labels.OWN)

    @post(summary="Change my password", status_code=204, responses=_WRITES)
    async def change(self, api: Api, who: Who, where: Where, data: JSONBody[bodies.NewPassword]) -> None:
        """Ends your other sessions."""
        await api.account.change_password(who, data.current, data.new, where)


class FactorController(Controller):
    tags = ("staff",)
    security = SECURED
    opt = staff(Permission.FACTOR_OWN, labels.OWN)

    @post("/totp", summary="Begin with another authenticator app", status_code=200, responses=_WRITES)
    async def begin_totp(
        self, api: Api, who: Who, where: Where, data: JSONBody[bodies.PasswordAgain]
    ) -> bodies.EnrolmentView:
        """The present one counts until the new one has shown a code."""
        enrolment, issued = await api.account.begin_totp(who, data.password, where)
        return bodies.EnrolmentView(seed=enrolment.seed, uri=enrolment.uri, login=enrolment.login, token=issued.token)

    @post("/totp/finish", summary="Go over to the other app", status_code=204, responses=_WRITES)
    async def finish_totp(self, api: Api, who: Who, where: Where, data: JSONBody[bodies.NewCode]) -> None:
        """Ends your other sessions."""
        await api.account.replace_totp(who, data.token, data.code, where)

    @get("/passkeys", summary="My passkeys", responses=problem_responses(401, 403))
    async def passkeys(self, api: Api, who: Who) -> list[bodies.PasskeyView]:
        """Keys that serve as your second factor beside the authenticator app."""
        found = await api.account.passkeys(who)
        return [
            bodies.PasskeyView(passkey_id=key.passkey_id, created_at=key.created_at, last_used_at=key.last_used_at)
            for key in found
        ]

    @post("/passkeys/options", summary="Begin with a passkey", status_code=200, responses=_WRITES)
    async def begin_passkey(
        self, api: Api, who: Who, where: Where, data: JSONBody[bodies.PasswordAgain]
    ) -> bodies.PasskeyOptions:
        """What the browser's own dialogue needs."""
        options, issued = await api.account.begin_passkey(who, data.password, where)
        return bodies.PasskeyOptions(token=issued.token, options=msgspec.json.decode(options))

    @post("/passkeys", summary="Add a passkey", responses=_WRITES)
    async def add_passkey(self, api: Api, who: Who, where: Where, data: JSONBody[bodies.NewPasskey]) -> dict[str, UUID]:
        """What the browser's own dialogue returned."""
        passkey_id = await api.account.add_passkey(who, data.token, Assertion(data.passkey), where)
        return {"passkey_id": passkey_id}

    @delete(
        "/passkeys/{passkey_id:uuid}",
        summary="Remove a passkey",
        status_code=204,
        responses=problem_responses(401, 403, 404),
    )
    async def remove_passkey(self, api: Api, who: Who, where: Where, passkey_id: FromPath[UUID]) -> None:
        """The authenticator app stays."""
        await api.account.remove_passkey(who, passkey_id, where)
