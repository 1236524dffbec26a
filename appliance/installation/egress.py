"""What may be reached, read from settings and database; and what was refused, put on record once in a run."""

from pathlib import Path
from typing import Final

import msgspec

from appliance.config import Settings
from appliance.db import Database, Queries
from appliance.installation import store
from appliance.supervisor import egress
from appliance.supervisor.egress import Blocked
from appliance.supervisor.places import place_of
from security.audit.append import append
from security.audit.record import Actor, ActorType, AuditEvent, Category, Outcome, Target

SQL: Final = Queries.beside(__file__)
_TOLD: Final = "told"


async def approved(settings: Settings, db: Database, sms_url: str) -> dict[str, str]:
    """``host:port`` of all that may be reached, by the setting or row that names it. ``sms_url``: empty for none."""
    found = egress.named(settings)
    if place := place_of(sms_url):
        found["messages.gateway_file"] = place
    async with db.system() as conn:
        for shop in await store.shops(conn):
            if place := place_of(shop.base_url or ""):
                found[f"shop {shop.shop}: order system"] = place
        rows = await (await conn.execute(SQL["webhook_places"])).fetchall()
    for number, (shop_id, url) in enumerate(rows, 1):
        found[f"shop {shop_id}: webhook {number}"] = place_of(url)
    return found


class EgressAlarm:
    def __init__(self, db: Database, state_dir: Path) -> None:
        self._db = db
        self._state_dir = state_dir

    async def tell(self) -> None:
        """What is told twice after a crash was at least told."""
        file = egress.folder(self._state_dir) / _TOLD
        told = set(msgspec.json.decode(file.read_bytes(), type=list[str])) if file.exists() else set()
        new = {key: each for each in egress.blocked(self._state_dir) if (key := _key(each)) not in told}
        if not new:
            return
        async with self._db.system() as conn:
            await append(conn, [_record(each) for each in new.values()])
        scratch = file.with_suffix(".new")
        scratch.write_bytes(msgspec.json.encode(sorted(told | new.keys())))
        scratch.rename(file)


def _key(each: Blocked) -> str:
    return f"{each.process} {each.kind} {each.destination}"


def _record(each: Blocked) -> AuditEvent:
    return AuditEvent(
        actor=Actor(type=ActorType.SERVICE, id=each.process),
        cat=Category.EGRESS,
        action="egress.blocked",
        object=Target(type="destination", id=_plain(each.destination)),
        outcome=Outcome.DENIED,
        detail={"kind": each.kind, "by": _plain(each.by), "count": str(each.count)},
    )


def _plain(text: str) -> str:
    """A name that a program asks for may be anything."""
    return text.encode("ascii", "backslashreplace").decode()
