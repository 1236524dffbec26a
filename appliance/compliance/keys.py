"""How the keys of this installation stand, for who answers for them. It holds nothing that opens anything, and turns
nothing: keys are rotated by command, on the machine."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from appliance.db import Database
from security.crypto import standing
from security.crypto.file_root import FileRootKey
from security.crypto.root import RootKey
from security.crypto.standing import CopyStanding, RotationStanding, ShopStanding


class RootView(msgspec.Struct, frozen=True, kw_only=True):
    provider: str
    suite: str
    generations: tuple[int, ...]
    """Of a root key that is a file, the newest last; a token or device counts its own."""
    newest_since: datetime | None


class KeysView(msgspec.Struct, frozen=True, kw_only=True):
    root: RootView
    shops: Sequence[ShopStanding]
    rotations: Sequence[RotationStanding]
    copies: Sequence[CopyStanding]


class KeyRoom:
    def __init__(self, db: Database, root: RootKey, provider: str, suite: str) -> None:
        self._db = db
        self._root = root
        self._provider = provider
        self._suite = suite

    async def look(self) -> KeysView:
        async with self._db.system() as conn:
            return KeysView(
                root=self._root_view(),
                shops=await standing.shops(conn),
                rotations=await standing.rotations(conn),
                copies=await standing.copies(conn),
            )

    def _root_view(self) -> RootView:
        generations = tuple(self._root.generations()) if isinstance(self._root, FileRootKey) else ()
        since = self._root.newest_since() if isinstance(self._root, FileRootKey) and generations else None
        return RootView(provider=self._provider, suite=self._suite, generations=generations, newest_since=since)
