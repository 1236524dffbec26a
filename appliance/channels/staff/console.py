"""``/console``: the pages of the console, as they were built. They hold no data; each room asks the staff API.

Read once, and packed. An address that is no file is a room: it gets the page, which knows its rooms.
"""

import gzip
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath

from appliance.errors import ConfigurationError, NotFound
from appliance.web.access import public
from appliance.web.headers import CONSOLE
from appliance.web.origin import Origins
from security.access.errors import NotAllowed

BUILT: Final = Path(__file__).parents[2] / "console" / "dist" / "console"
_OPEN: Final = public("the same for every installation, and holds no data; the network is asked as at log-in")
_PAGE: Final = "index.html"
_NAMED_BY_CONTENT: Final = "assets/"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_ASK_FIRST: Final = "no-cache"


@dataclass(frozen=True)
class Built:
    """One file, as it is and packed."""

    plain: bytes
    packed: bytes
    media_type: str
    etag: str


class ConsolePages:
    def __init__(self, origins: Origins, folder: Path = BUILT) -> None:
        self.origins = origins
        self._files = {
            path.relative_to(folder).as_posix(): _built(path) for path in folder.rglob("*") if path.is_file()
        }
        if _PAGE not in self._files:
            raise ConfigurationError("the console was not built; run ./install.sh, which builds it")

    def find(self, path: str) -> tuple[str, Built]:
        """NotFound for a file of another version; any other address is a room."""
        if path in self._files:
            return path, self._files[path]
        if path.startswith(_NAMED_BY_CONTENT):
            raise NotFound("no such file in this version of the console: load the page again")
        return _PAGE, self._files[_PAGE]


def _built(path: Path) -> Built:
    plain = path.read_bytes()
    return Built(
        plain=plain,
        packed=gzip.compress(plain, 9, mtime=0),
        media_type="text/javascript"
        if path.suffix == ".js"
        else guess_type(path.name)[0] or "application/octet-stream",
        etag=f'"{sha256(plain).hexdigest()[:32]}"',
    )


Pages = NamedDependency[ConsolePages]
_Asked = Request[Any, Any, Any]


@get()
async def first_page(request: _Asked, pages: Pages) -> Response[bytes]:
    return _answer(request, pages, "")


@get("/{path:path}")
async def page(request: _Asked, pages: Pages, path: FromPath[Path]) -> Response[bytes]:
    return _answer(request, pages, path.as_posix().lstrip("/"))


def _answer(request: _Asked, pages: ConsolePages, path: str) -> Response[bytes]:
    if not pages.origins.may_be_staff(pages.origins.of(request)):
        raise NotAllowed("staff may not come from this network")
    name, file = pages.find(path)
    kept = _FOR_GOOD if name.startswith(_NAMED_BY_CONTENT) else _ASK_FIRST
    headers = {"ETag": file.etag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == file.etag:
        return Response(b"", status_code=304, media_type=file.media_type, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.plain, media_type=file.media_type, headers=headers)


def console_router(pages: ConsolePages) -> Router:
    return Router(
        CONSOLE,
        route_handlers=[first_page, page],
        dependencies={"pages": Provide(lambda: pages, sync_to_thread=False)},
        include_in_schema=False,
        opt=_OPEN,
    )
