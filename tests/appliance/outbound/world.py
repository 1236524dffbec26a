"""Calls that are made, over real rows: a switchboard that notes, numbers from the vault, the log's real records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from appliance.config_calls import Purpose
from appliance.conversation.model import Channel
from appliance.db import Database
from appliance.ids import CustomerId, ShopId
from appliance.joints.masking import PersonalData
from appliance.joints.outbound import CalledNumbers
from appliance.outbound.jobs import OutboundCaller
from appliance.outbound.model import Attempt, Dial, Manners
from appliance.outbound.ports import NotPlaced
from appliance.outbound.secrets import CallSecrets
from appliance.outbound.service import OutboundDesk
from appliance.outbound.unkept import UnkeptWishes
from appliance.outbound.wishes import CallWishes
from security.errors import AuditUnavailable
from tests.appliance.aftersales.work.terms import work_orders
from tests.appliance.conversation.world import PHONE, SHOP, Talk, Trail, World
from tests.appliance.dialogue.world import CUSTOMER

LEFT = PHONE
"""The number that was left to be called at."""


class Switchboard:
    def __init__(self) -> None:
        self.asked: list[Dial] = []
        self.taken_back: list[UUID] = []
        self.refuses = False

    async def place(self, dial: Dial) -> None:
        if self.refuses:
            raise NotPlaced("down")
        self.asked.append(dial)

    async def take_back(self, attempt_id: UUID) -> None:
        self.taken_back.append(attempt_id)


class Phones:
    def __init__(self) -> None:
        self.phone: str | Exception = PHONE

    async def of(self, shop: ShopId, customer_id: CustomerId) -> str:
        assert (shop, customer_id) == (SHOP, CUSTOMER)
        if isinstance(self.phone, Exception):
            raise self.phone
        return self.phone


class SealingTrail(Trail):
    """Whose seals can fail, or take their time."""

    def __init__(self) -> None:
        self.is_down = False
        self.meanwhile: Callable[[], None] = lambda: None

    async def wait_sealed(self, ids: Any) -> None:
        assert ids
        self.meanwhile()
        if self.is_down:
            raise AuditUnavailable("no seal")


class CallWorld(World):
    def __init__(self, db: Database, tmp_path: Path) -> None:
        super().__init__(db, tmp_path)
        self.trail = SealingTrail()
        self.secrets = CallSecrets(self.root)
        self.wishes = CallWishes(db=self.db, secrets=self.secrets, audit=self.trail, clock=self.clock)
        self.unkept = UnkeptWishes(tmp_path / "outbound")
        self.pbx = Switchboard()
        self.phones = Phones()
        self.work = work_orders(self.trail, self.clock)
        self.allow(Manners(shops=(SHOP,), purposes=tuple(Purpose)))

    def allow(self, manners: Manners) -> None:
        """From now on."""
        self.manners = manners
        self.desk = OutboundDesk(
            db=self.db, secrets=self.secrets, audit=self.trail, work=self.work, clock=self.clock, manners=manners
        )
        personal = self.process.workshop.parts.masking
        assert isinstance(personal, PersonalData)
        self.caller = OutboundCaller(
            db=self.db,
            desk=self.desk,
            secrets=self.secrets,
            pbx=self.pbx,
            numbers=CalledNumbers(personal, self.process.ring, self.phones),
            audit=self.trail,
            clock=self.clock,
            manners=manners,
        )

    async def message_left(self, at: str | None = None, caller: str | None = None) -> Talk:
        """Somebody leaves a message on the phone and wants to be called: at his account's number, or at ``caller``."""
        customer = None if caller else CUSTOMER
        talk = await self.talk(customer, channel=Channel.VOICE, caller=caller)
        await talk.say("我想留言")
        await talk.say("快递盒破了请给我回个电话")
        await talk.say("确认")
        await talk.say(at or "不用了")
        assert await talk.awaiting() is None
        return talk

    async def rung(self) -> Attempt:
        """The switchboard has rung, and somebody has answered."""
        dial = self.pbx.asked[-1]
        attempt = await self.desk.answered(dial.token, dial.number)
        assert attempt is not None
        return attempt

    async def calls(self) -> list[tuple[Any, ...]]:
        return await self.rows("SELECT purpose, basis, state, attempts FROM outbound_call ORDER BY made_at, call_id")

    async def attempts(self) -> list[tuple[Any, ...]]:
        return await self.rows("SELECT number, outcome FROM outbound_attempt ORDER BY placed_at, number")

    async def logged(self, action: str) -> list[dict[str, Any]]:
        async with self.db.system() as conn:
            found = await conn.execute(
                "SELECT event FROM audit_pending WHERE event ->> 'action' = %s ORDER BY position", [action]
            )
            return [event for (event,) in await found.fetchall()]
