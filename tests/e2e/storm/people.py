"""Two of the shop's people, who refund beyond policy: one proposes, the other approves, as often as it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from uuid import UUID

from appliance.aftersales.cases.model import CaseState
from appliance.aftersales.policy.model import AskedLine
from appliance.aftersales.special.model import NotProposed, ProposalState, QuoteVoid, SpecialReason, Wanted
from appliance.aftersales.special.service import SpecialRefunds
from appliance.app.core import Core
from appliance.config import Settings, WorkSettings
from appliance.db import Database
from appliance.ids import ConversationId, LineId, OrderId, uuid7
from appliance.joints.people_desks import rulings, special_refunds
from appliance.joints.shop_systems import Contexts
from models.commands import Flow
from security.access.model import Factor, Principal
from security.access.permissions import Role
from security.access.rights import fitting
from tests.e2e.storm.customers import Buyer
from tests.e2e.storm.widget import persistently

PLENTY = WorkSettings(
    agent_propose_fen=100_000_000, approver_day_fen=1_000_000_000, proposals_per_day=1000, customer_refunds=100
)


class People:
    def __init__(self, special: SpecialRefunds, shop: str, dice: Random) -> None:
        self._special = special
        self._agent, self._approver = (_somebody(role, shop) for role in (Role.AGENT, Role.APPROVER))
        self._dice = dice

    @classmethod
    @asynccontextmanager
    async def at(cls, settings: Settings, db: Database, shop: str, dice: Random) -> AsyncIterator["People"]:
        """At a web process of their own, on the same database."""
        core = Core(settings, db)
        policy = rulings(core.ground, core.cases, Contexts(core.systems), core.personal)
        yield cls(special_refunds(core.ground, core.cases, policy, PLENTY), shop, dice)
        await core.systems.aclose()

    async def refund(self, buyer: Buyer, conversation_id: str) -> bool:
        """Whether the order system did what was approved; what was done meanwhile is found out, not done again."""
        wanted = Wanted(
            conversation_id=ConversationId(UUID(conversation_id)),
            order_id=OrderId(buyer.order_id),
            flow=Flow.REFUND_ONLY,
            lines=(AskedLine(line_id=LineId("L1"), quantity=buyer.quantity),),
            special_reason=SpecialReason.GOODWILL,
        )
        proposed = await persistently(lambda: self._special.propose(self._agent, wanted, "老顾客"), self._dice)

        async def approve() -> ProposalState:
            try:
                decided = await self._special.approve(self._approver, proposed.proposal_id, proposed.quote_hash)
            except (NotProposed, QuoteVoid):
                decided = (await self._special.read(self._approver, proposed.proposal_id)).proposal
            return decided.state

        assert await persistently(approve, self._dice) is ProposalState.APPROVED, buyer.customer_id
        return await persistently(lambda: self._is_done(proposed.proposal_id), self._dice)

    async def _is_done(self, proposal_id: UUID) -> bool:
        while True:
            case_state = (await self._special.read(self._approver, proposal_id)).proposal.case_state
            if case_state != CaseState.PENDING:
                return case_state in (CaseState.OPEN, CaseState.FINISHED)
            await asyncio.sleep(0.5)


def _somebody(role: Role, shop: str) -> Principal:
    return Principal(
        staff_id=uuid7(), session_id=uuid7(), rights=fitting([role], frozenset({shop})), factor=Factor.TOTP
    )
