"""All routes under ``/api/staff/v1``, and what they are handed: the session's person, and where a request came from."""

from typing import Any, Final

from litestar import Request, Router, WebSocket, websocket
from litestar.datastructures import ResponseHeader
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery

from appliance.channels.staff.admin import AccountsController, ChangesController, PhaseController, RolesController
from appliance.channels.staff.audit import AuditController
from appliance.channels.staff.canned import CannedController
from appliance.channels.staff.clients import ClientProposalsController, ClientsController
from appliance.channels.staff.conversations import ValuesController
from appliance.channels.staff.customers import CustomersController
from appliance.channels.staff.desk import DeskController, TalksController
from appliance.channels.staff.desk_socket import DeskPace, DeskSocket
from appliance.channels.staff.entrance import Api, EntranceController, SessionController, StaffApi
from appliance.channels.staff.installation import InstallationController
from appliance.channels.staff.keys import KeysController
from appliance.channels.staff.operations import OperationsController
from appliance.channels.staff.own import FactorController, OwnSessionsController, PasswordController
from appliance.channels.staff.policies import PoliciesController
from appliance.channels.staff.reconciliations import ReconciliationsController
from appliance.channels.staff.recordings import RecordingsController
from appliance.channels.staff.reports import ReportsController
from appliance.channels.staff.rulings import RulingsController
from appliance.channels.staff.shops import MappingsController, ShopsController
from appliance.channels.staff.special_refunds import SpecialRefundsController
from appliance.channels.staff.work_orders import CallsController, TeamsController, WorkOrdersController
from appliance.desk.service import served
from appliance.ids import ShopId
from appliance.web import labels
from appliance.web.access import principal_of, staff
from security.access.model import Origin, Principal
from security.access.permissions import Permission

BASE: Final = "/api/staff/v1"
SHOWN: Final = ("desk_seat", "desk_ticket", "conversation", "conversation_event", "event_body")
_ONE_YEAR: Final = "max-age=31536000; includeSubDomains"


def where(request: Request[Any, Any, Any], api: NamedDependency[StaffApi]) -> Origin:
    return api.origins.of(request)


def who(request: Request[Any, Any, Any]) -> Principal:
    return principal_of(request)


@websocket("/desk/ws", opt=staff(Permission.CONVERSATION_REPLY, labels.of(*SHOWN)))
async def desk_socket(socket: WebSocket[Any, Any, Any], api: Api, shop: FromQuery[str]) -> None:
    """An agent's console. The CSRF token of the session comes as the subprotocol ``csrf.TOKEN``."""
    who = principal_of(socket)
    await DeskSocket(socket, api, who, served(who, ShopId(shop)), api.clock, DeskPace()).run()


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
            RolesController,
            ChangesController,
            PhaseController,
            ValuesController,
            RecordingsController,
            PoliciesController,
            WorkOrdersController,
            CallsController,
            TeamsController,
            RulingsController,
            SpecialRefundsController,
            ReconciliationsController,
            OperationsController,
            DeskController,
            TalksController,
            CustomersController,
            CannedController,
            AuditController,
            KeysController,
            ClientsController,
            ClientProposalsController,
            ReportsController,
            InstallationController,
            ShopsController,
            MappingsController,
            desk_socket,
        ],
        dependencies={
            "api": Provide(lambda: api, sync_to_thread=False),
            "where": Provide(where, sync_to_thread=False),
            "who": Provide(who, sync_to_thread=False),
        },
        response_headers=[ResponseHeader(name="Strict-Transport-Security", value=_ONE_YEAR)],
    )
