"""``/api/staff/v1``, how the installation does: for the system administrator."""

from typing import Annotated, Any, Final

from litestar import Controller, Response, get, post
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from appliance.aftersales.orders.check import Report
from appliance.channels.staff.entrance import SECURED, Api, Where, Who
from appliance.ids import ShopId
from appliance.installation.about import About
from appliance.installation.channels import ChannelsView
from appliance.installation.connectors import ConnectorView
from appliance.installation.inference import LanguageCheck, ModelsView
from appliance.installation.logs import Level, LogFile, LogPage, NewLines
from appliance.installation.logs import Wanted as WantedLines
from appliance.installation.model import Finding, Health, RungView
from appliance.installation.settings import SettingsView
from appliance.web import labels
from appliance.web.access import staff, staff_lowered
from appliance.web.documentation import problem_responses
from appliance.web.labels import Lowering
from appliance.web.paged import Limit
from security.access.permissions import Permission

_FIGURES: Final = staff(Permission.SYSTEM_READ, labels.FIGURES)
_SHOPS: Final = staff(Permission.SYSTEM_READ, labels.of("shop", "webhook", "procrastinate_jobs"))
_HEALTH: Final = staff_lowered(Permission.SYSTEM_READ, Lowering.HEALTH_FIGURES)
_CHECK: Final = staff(Permission.SYSTEM_CONFIGURE, labels.of("shop"))
_RUNGS: Final = staff(Permission.SESSION_OWN, labels.OF_ANYBODY, is_use=False)
"""Codes of a closed set. Whoever is a customer notices what they mean."""
_LOOK: Final = problem_responses(401, 403)
_ASK: Final = problem_responses(401, 403, 503)
_BILL: Final = "application/vnd.cyclonedx+json"
_OF_PARTS: Final = {
    200: ResponseSpec(dict[str, Any], generate_examples=False, description="CycloneDX", media_type=_BILL)
}

Search = Annotated[str, QueryParameter(max_length=200, description="In the line as it is shown, masked")]
AtLeast = Annotated[Level, QueryParameter(description="This bad or worse")]
Before = Annotated[int | None, QueryParameter(name="cursor", ge=0, lt=2**62, description="As the page before gave it")]
After = Annotated[int, QueryParameter(ge=0, lt=2**62, description="The `end` of the answer before, or a log's `bytes`")]


class InstallationController(Controller):
    path = "/installation"
    tags = ("staff",)
    security = SECURED

    @get("/health", summary="How every part does", opt=_HEALTH, responses=_LOOK)
    async def health(self, api: Api) -> Health:
        """By what is known already; nobody outside is asked. Without the database its parts are `away`."""
        return await api.installation.health.look()

    @get("/rungs", summary="What is done without", opt=_RUNGS, responses=problem_responses(401, 403, 503))
    async def rungs(self, api: Api) -> tuple[RungView, ...]:
        """For everybody who is logged in; to ask is no use of the session. Empty: nothing has to be done without."""
        return api.installation.health.rungs()

    @post(
        "/examinations",
        summary="Examine all of it",
        status_code=200,
        opt=_FIGURES,
        responses=problem_responses(401, 403, 409, 503),
    )
    async def examine(self, api: Api) -> tuple[Finding, ...]:
        """What `appliance doctor` finds, the whole audit log read. One at a time."""
        return await api.installation.examination.run()

    @get("/models", summary="Models at work", opt=_FIGURES, responses=_LOOK)
    async def models(self, api: Api) -> ModelsView:
        """The compact model, the language model of the settings, and the catalogue of local ones."""
        return await api.installation.models.look()

    @post(
        "/models/language/check",
        summary="Ask the language model's server",
        status_code=200,
        opt=_FIGURES,
        responses=problem_responses(401, 403, 409),
    )
    async def check_language_model(self, api: Api) -> LanguageCheck:
        """Which models it serves, and how long it took to say so."""
        return await api.installation.models.check()

    @get("/connectors", summary="Order systems", opt=_SHOPS, responses=_ASK)
    async def connectors(self, api: Api) -> list[ConnectorView]:
        """Of every shop: where it is, what it can, and whether it answers. No credentials."""
        return await api.installation.connectors.look()

    @post(
        "/connectors/{shop:str}/check",
        summary="Check an order system",
        status_code=200,
        opt=_CHECK,
        responses=problem_responses(401, 403, 404, 409, 422, 503),
    )
    async def check_connector(self, api: Api, who: Who, where: Where, shop: FromPath[str]) -> Report:
        """As `appliance orders check` does without a customer: it asks for what is not there, and writes nothing."""
        return await api.installation.connectors.check(who, ShopId(shop), where)

    @get("/channels", summary="Ways in and out", opt=_SHOPS, responses=_ASK)
    async def channels(self, api: Api) -> ChannelsView:
        """Which are open, and where."""
        return await api.installation.channels.look()

    @get("/settings", summary="Settings in force", opt=_FIGURES, responses=_LOOK)
    async def settings(self, api: Api) -> SettingsView:
        """Each with its default and where it comes from. They are changed in the file; passwords are not shown."""
        return api.installation.settings.look()

    @get("/logs", summary="Logs", opt=_FIGURES, responses=_LOOK)
    async def logs(self, api: Api) -> list[LogFile]:
        """One of each process."""
        return api.installation.logs.files()

    @get(
        "/logs/{name:str}/lines",
        summary="Lines of a log",
        opt=_FIGURES,
        responses=problem_responses(401, 403, 404, 422),
    )
    async def lines(
        self,
        api: Api,
        name: FromPath[str],
        level: AtLeast = Level.DEBUG,
        search: Search = "",
        cursor: Before = None,
        limit: Limit = 50,
    ) -> LogPage:
        """The newest first, masked. A page may be empty and still have a `cursor`: so many are looked at at once."""
        return await api.installation.logs.page(name, WantedLines(level, search), cursor, limit)

    @get(
        "/logs/{name:str}/new",
        summary="What a log has got since",
        opt=_FIGURES,
        responses=problem_responses(401, 403, 404, 422),
    )
    async def new_lines(
        self, api: Api, name: FromPath[str], after: After, level: AtLeast = Level.DEBUG, search: Search = ""
    ) -> NewLines:
        """The oldest first, masked, for who follows it."""
        return await api.installation.logs.new(name, WantedLines(level, search), after)

    @get("/about", summary="What is installed", opt=_FIGURES, responses=_ASK)
    async def about(self, api: Api) -> About:
        """Versions, licences and hashes."""
        return await api.installation.about.look()

    @get(
        "/about/bill-of-materials",
        summary="Bill of materials",
        opt=_FIGURES,
        responses=_ASK | _OF_PARTS,
        media_type=_BILL,
    )
    async def bill(self, api: Api) -> Response[bytes]:
        """The same as CycloneDX 1.6 in JSON, to be kept."""
        headers = {"Content-Disposition": 'attachment; filename="aftersales-appliance.cdx.json"'}
        return Response(await api.installation.about.bill(), media_type=_BILL, headers=headers)
