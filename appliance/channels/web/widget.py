"""What the chat widget is made of: its script, and how a shop wants it to appear."""

import gzip
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from litestar import Controller, Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from appliance.channels.web.pages import Pages
from appliance.channels.web.ports import WidgetDirectory
from appliance.dialogue.render import Persona
from appliance.errors import ConfigurationError, NotFound
from appliance.identity.model import shop_id_from
from appliance.identity.widgets import Widget, avatar_path
from appliance.ids import ShopId
from appliance.web.access import public
from appliance.web.documentation import problem_responses

_BUILT: Final = Path(__file__).parents[2] / "console" / "dist"
SCRIPT: Final = _BUILT / "widget.js"
AUDIO_SCRIPT: Final = _BUILT / "widget-audio.js"
"""What runs beside the sound of a call: a page loads it when its customer calls."""
_LABEL: Final = public("what a shop shows to whoever opens its page; no row of anybody")
_OPEN: Final = public("the same for every installation, and holds no data")
_KEPT_A_WHILE: Final = "public, max-age=300"
_KEPT_LONG: Final = "public, max-age=86400"


class Appearance(msgspec.Struct, frozen=True, kw_only=True):
    shop_name: str
    bot_name: str
    ai_label: str
    """To be shown beside the conversation as long as it lasts."""
    accent: str | None
    avatar: str | None
    """Path below the chat API; None: none was set."""
    has_calls: bool
    """Whether customers may call from the page."""


class Wardrobe:
    """How each shop's widget appears."""

    def __init__(self, widgets: WidgetDirectory, ai_label: str, *, takes_calls: bool = False) -> None:
        """``takes_calls``: whether this installation takes calls from pages."""
        self._widgets = widgets
        self._ai_label = ai_label
        self._takes_calls = takes_calls

    async def look(self, shop: ShopId) -> Appearance:
        widget = await self._widgets.of(shop)
        persona = _persona(widget)
        return Appearance(
            shop_name=persona.shop_name,
            bot_name=persona.bot_name,
            ai_label=self._ai_label,
            accent=widget.accent,
            avatar=avatar_path(shop, widget.avatar),
            has_calls=self._takes_calls and widget.has_calls,
        )

    async def avatar(self, shop: ShopId) -> bytes:
        picture = (await self._widgets.of(shop)).avatar
        if picture is None:
            raise NotFound("this shop has set no avatar")
        return picture


def _persona(widget: Widget) -> Persona:
    return msgspec.convert({"shop_name": widget.name, **widget.persona}, Persona)


TheWardrobe = NamedDependency[Wardrobe]
ThePages = NamedDependency[Pages]


class WidgetController(Controller):
    path = "/shops/{shop:str}"
    tags = ("chat",)
    opt = _LABEL

    @get("/widget", summary="How the shop's widget appears", responses=problem_responses(403, 404, 422))
    async def look(
        self, wardrobe: TheWardrobe, pages: ThePages, request: Request[Any, Any, Any], shop: FromPath[str]
    ) -> Appearance:
        named = shop_id_from(shop)
        await pages.admit(request, named)
        return await wardrobe.look(named)

    @get("/avatar", summary="The bot's picture", media_type="image/png", responses=problem_responses(403, 404, 422))
    async def avatar(
        self, wardrobe: TheWardrobe, pages: ThePages, request: Request[Any, Any, Any], shop: FromPath[str]
    ) -> Response[bytes]:
        named = shop_id_from(shop)
        await pages.admit(request, named)
        headers = {"Cache-Control": _KEPT_LONG, "Content-Security-Policy": "default-src 'none'; sandbox"}
        return Response(await wardrobe.avatar(named), media_type="image/png", headers=headers)


class Script:
    """A script for shops' pages, read once: as it is, and packed for browsers that take it so."""

    def __init__(self, path: Path = SCRIPT) -> None:
        try:
            self.plain = path.read_bytes()
        except OSError as error:
            raise ConfigurationError("the chat widget was not built; run ./install.sh, which builds it") from error
        self.packed = gzip.compress(self.plain, 9, mtime=0)
        self.etag = f'"{sha256(self.plain).hexdigest()[:32]}"'


class Scripts(msgspec.Struct, frozen=True):
    widget: Script
    audio: Script

    @classmethod
    def read(cls) -> Self:
        return cls(Script(), Script(AUDIO_SCRIPT))


def script_router(scripts: Scripts) -> Router:
    return Router(
        "/",
        route_handlers=[widget_script, audio_script],
        dependencies={"scripts": Provide(lambda: scripts, sync_to_thread=False)},
    )


@get("/widget.js", opt=_OPEN, media_type="text/javascript", include_in_schema=False)
async def widget_script(request: Request[Any, Any, Any], scripts: NamedDependency[Scripts]) -> Response[bytes]:
    """For every shop's page, whatever its origin."""
    return _served(request, scripts.widget)


@get("/widget-audio.js", opt=_OPEN, media_type="text/javascript", include_in_schema=False)
async def audio_script(request: Request[Any, Any, Any], scripts: NamedDependency[Scripts]) -> Response[bytes]:
    """As the widget's own script."""
    return _served(request, scripts.audio)


def _served(request: Request[Any, Any, Any], script: Script) -> Response[bytes]:
    headers = {
        "ETag": script.etag,
        "Cache-Control": _KEPT_A_WHILE,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == script.etag:
        return Response(b"", status_code=304, media_type="text/javascript", headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(script.packed, media_type="text/javascript", headers=headers)
    return Response(script.plain, media_type="text/javascript", headers=headers)
