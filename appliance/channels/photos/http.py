"""``/p`` and ``/api/photos/v1``: whoever holds a link's token or code adds pictures, and is told nothing of anybody.

The token stands behind the ``#`` of the link, where no proxy and no log sees it, and comes as a bearer token.
"""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Controller, MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide

from appliance.aftersales.evidence.service import MOST_BYTES
from appliance.aftersales.photo_links.rules import CODE_LENGTH, PATH
from appliance.aftersales.photo_links.service import PhotoDesk
from appliance.channels.web.http import bearer
from appliance.channels.web.upload import FORM_OVERHEAD_BYTES, uploaded
from appliance.channels.web.widget import Wardrobe
from appliance.web import labels
from appliance.web.access import Proof, proven, public
from appliance.web.origin import Origins
from appliance.web.rate import Rate

BASE: Final = "/api/photos/v1"
TRIES_PER_MIN: Final = 40
"""From one address: a page makes six calls for three pictures, and may be opened twice."""
CODES_PER_MIN: Final = 60
"""From everywhere together; then codes are not looked at for a while. Links are: nobody guesses those."""
_PAGE: Final = Path(__file__).with_name("page")
_POLICY: Final = (
    "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "object-src 'none'"
)
"""What was chosen is shown before it goes up."""
_OPEN: Final = public("the same page for everybody; it holds no data")
_LINK: Final = proven(Proof.PHOTO_LINK, labels.of("photo_link"))


class Told(msgspec.Struct, frozen=True, kw_only=True):
    token: str
    shop_name: str
    most: int
    most_bytes: int
    taken: int
    expires_at: datetime


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    taken: int


class PhotoDoor:
    """Lets in who holds a link, and holds back who tries."""

    def __init__(self, desk: PhotoDesk, wardrobe: Wardrobe, origins: Origins) -> None:
        self.desk = desk
        self._wardrobe = wardrobe
        self._origins = origins
        self._tries = Rate(TRIES_PER_MIN)
        self._codes = Rate(CODES_PER_MIN)

    def secret(self, request: Request[Any, Any, Any]) -> str:
        origin = self._origins.of(request)
        if not self._origins.is_proxy(origin):
            self._tries.take(origin.ip)
        return bearer(request)

    async def look(self, request: Request[Any, Any, Any]) -> Told:
        secret = self.secret(request)
        if len(secret) == CODE_LENGTH:
            self._codes.take("code")
        page = await self.desk.look(secret)
        return Told(
            token=page.token,
            shop_name=(await self._wardrobe.look(page.shop_id)).shop_name,
            most=page.most,
            most_bytes=page.most_bytes,
            taken=page.taken,
            expires_at=page.expires_at,
        )


TheDoor = NamedDependency[PhotoDoor]


class PhotoController(Controller):
    opt = _LINK

    @get("/link")
    async def look(self, door: TheDoor, request: Request[Any, Any, Any]) -> Told:
        return await door.look(request)

    @post("/pictures", request_max_body_size=MOST_BYTES + FORM_OVERHEAD_BYTES)
    async def keep(self, door: TheDoor, request: Request[Any, Any, Any]) -> Taken:
        token = door.secret(request)
        return Taken(taken=await door.desk.keep(token, await uploaded(request, door.desk.most_bytes)))

    @post("/done", status_code=200)
    async def finish(self, door: TheDoor, request: Request[Any, Any, Any]) -> Taken:
        return Taken(taken=await door.desk.finish(door.secret(request)))


@get(PATH, opt=_OPEN, media_type=MediaType.HTML)
async def page() -> Response[bytes]:
    return _file("index.html", MediaType.HTML)


@get(f"{PATH}/photo.js", opt=_OPEN, media_type="text/javascript")
async def script() -> Response[bytes]:
    return _file("photo.js", "text/javascript")


@get(f"{PATH}/photo.css", opt=_OPEN, media_type=MediaType.CSS)
async def styles() -> Response[bytes]:
    return _file("photo.css", MediaType.CSS)


def photo_router(door: PhotoDoor) -> Router:
    calls = Router(BASE, route_handlers=[PhotoController])
    return Router(
        "/",
        route_handlers=[page, script, styles, calls],
        dependencies={"door": Provide(lambda: door, sync_to_thread=False)},
        include_in_schema=False,
    )


def _file(name: str, media_type: str) -> Response[bytes]:
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return Response((_PAGE / name).read_bytes(), media_type=media_type, headers=headers)
