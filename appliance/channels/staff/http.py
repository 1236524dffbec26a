"""All routes under ``/api/staff/v1``, and what they are handed: the session's person, and where a request came from."""

from typing import Any, Final

from litestar import Request, Router
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide

from appliance.channels.staff.admin import AccountsController, ChangesController, PhaseController
from appliance.channels.staff.conversations import ValuesController
from appliance.channels.staff.entrance import EntranceController, SessionController, StaffApi
from appliance.channels.staff.own import FactorController, OwnSessionsController, PasswordController
from appliance.channels.staff.policies import PoliciesController
from appliance.channels.staff.rulings import RulingsController
from appliance.channels.staff.special_refunds import SpecialRefundsController
from appliance.channels.staff.work_orders import TeamsController, WorkOrdersController
from appliance.web.access import principal_of
from security.access.model import Origin, Principal

BASE: Final = "/api/staff/v1"
_ONE_YEAR: Final = "max-age=31536000; includeSubDomains"


def where(request: Request[Any, Any, Any], api: NamedDependency[StaffApi]) -> Origin:
    return api.origins.of(request)


def who(request: Request[Any, Any, Any]) -> Principal:
    return principal_of(request)


def staff_router(api: StaffApi) -> Router:
    return Router(
        BASE,
        route_handlers=[
            EntranceController,
            SessionController,
            OwnSessionsController,
            PasswordController,
            FactorController,
            AccountsController,
            ChangesController,
            PhaseController,
            ValuesController,
            PoliciesController,
            WorkOrdersController,
            TeamsController,
            RulingsController,
            SpecialRefundsController,
        ],
        dependencies={
            "api": Provide(lambda: api, sync_to_thread=False),
            "where": Provide(where, sync_to_thread=False),
            "who": Provide(who, sync_to_thread=False),
        },
        response_headers=[ResponseHeader(name="Strict-Transport-Security", value=_ONE_YEAR)],
    )
