"""A shop's chat widget: how it appears, and which pages besides the appliance's own may embed it. By default none."""

import io
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError
from psycopg import errors as pg
from psycopg.rows import class_row

from appliance.clock import Clock
from appliance.db import Database
from appliance.errors import InvalidInput, NotFound
from appliance.identity.shop_records import THE_MACHINE, By, note
from appliance.identity.store import SQL
from appliance.ids import ShopId
from security.access.records import Deed
from security.crypto.cache import ExpiringCache

AVATAR_PX: Final = 96
_MOST_AVATAR_BYTES: Final = 4 * 1024 * 1024
_MOST_AVATAR_PIXELS: Final = 40_000_000
_MOST_ORIGINS: Final = 32
_REMEMBERED: Final = timedelta(seconds=30)
_MOST_SHOPS: Final = 1024
_ACCENT: Final = re.compile("#[0-9a-f]{6}")


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a shop may set."""

    origins: tuple[str, ...] = ()
    accent: str | None = None
    avatar: bytes | None = None
    has_calls: bool = False
    """A button for a call from the page, where the installation takes such calls."""


class Widget(msgspec.Struct, frozen=True, kw_only=True):
    """Of one shop, with the names that its bot goes by."""

    name: str
    persona: dict[str, Any]
    origins: list[str]
    accent: str | None
    avatar: bytes | None
    has_calls: bool


class Widgets:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._known: ExpiringCache[ShopId, Widget] = ExpiringCache(_MOST_SHOPS, _REMEMBERED, clock)

    async def of(self, shop: ShopId) -> Widget:
        """Without a statement while it is remembered. NotFound if there is no such shop."""
        known = self._known.get(shop)
        if known is None:
            known = await self._load(shop)
            self._known.put(shop, known)
        return known

    async def dress(self, shop: ShopId, look: Look, by: By = THE_MACHINE) -> None:
        """What is not given is as shipped again. NotFound if there is no such shop."""
        values = {"shop_id": shop, "at": self._clock.now(), **msgspec.structs.asdict(look)}
        async with self._db.transaction(shop) as conn:
            try:
                await conn.execute(SQL["upsert_widget"], {**values, "origins": list(look.origins)})
            except pg.ForeignKeyViolation as error:
                raise NotFound("no such shop") from error
            detail = {"origins": " ".join(look.origins) or "none", "avatar": str(look.avatar is not None).lower()}
            detail["calls"] = str(look.has_calls).lower()
            await note(conn, shop, Deed.SHOP_DRESS, by, detail)
        self._known.drop(shop)

    async def changed(self, shop: str) -> None:
        """For ``Listener.subscribe``: it is read anew at its next use."""
        self._known.drop(ShopId(shop))

    async def _load(self, shop: ShopId) -> Widget:
        async with self._db.transaction(shop) as conn:
            cursor = conn.cursor(row_factory=class_row(Widget))
            found = await (await cursor.execute(SQL["select_widget"], {"shop_id": shop})).fetchone()
        if found is None:
            raise NotFound("no such shop")
        return found


def avatar_path(shop: ShopId, avatar: bytes | None) -> str | None:
    """Below the chat API; another picture has another one. None: none was set."""
    return None if avatar is None else f"/shops/{shop}/avatar?v={sha256(avatar).hexdigest()[:12]}"


def origins_from(texts: tuple[str, ...]) -> tuple[str, ...]:
    """As browsers write them: scheme, host, and a port that is not the scheme's own. InvalidInput otherwise."""
    if len(texts) > _MOST_ORIGINS:
        raise InvalidInput(f"at most {_MOST_ORIGINS} origins")
    return tuple(sorted({_origin(text) for text in texts}))


def _origin(text: str) -> str:
    wrong = InvalidInput(f"'{text}' is no origin: give scheme, host and port, such as https://shop.example:8443")
    try:
        parts = urlsplit(text.lower())
        port = parts.port
    except ValueError as error:
        raise wrong from error
    rest = (parts.path.strip("/"), parts.query, parts.fragment, parts.username)
    if parts.scheme not in ("http", "https") or not parts.hostname or any(rest) or not text.isascii():
        raise wrong
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_usual = port in (None, {"http": 80, "https": 443}[parts.scheme])
    return f"{parts.scheme}://{host}" if is_usual else f"{parts.scheme}://{host}:{port}"


def accent_from(text: str | None) -> str | None:
    if text is not None and not _ACCENT.fullmatch(text.lower()):
        raise InvalidInput("a colour is # and six hex digits, such as #1f5fbf")
    return text and text.lower()


def avatar_from(content: bytes) -> bytes:
    """A small square PNG of it; nothing else of the file, such as where it was taken, comes along."""
    wrong = InvalidInput("the avatar must be a JPEG, PNG, WebP or GIF of at most 4 MB")
    if len(content) > _MOST_AVATAR_BYTES:
        raise wrong
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as opened:
            if opened.width * opened.height > _MOST_AVATAR_PIXELS:
                raise wrong
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise wrong from error
    small = io.BytesIO()
    ImageOps.fit(upright, (AVATAR_PX, AVATAR_PX)).save(small, "PNG", optimize=True)
    return small.getvalue()
