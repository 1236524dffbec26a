"""Maker and checker: one person proposes, another approves, and then it goes through the same door as a customer's yes.

The approval is the confirmation: it names the quote's hash and counts for that quote alone. In one transaction the
proposal ends, the units are held and the one write is queued; whoever comes second finds it decided.
"""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from appliance.aftersales.cases.model import QuoteNotStanding, UnitsTaken
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.policy.model import Quote, Ruling
from appliance.aftersales.special import records, rules, store
from appliance.aftersales.special.model import (
    Allowance,
    Limits,
    NotProposed,
    NotSpecial,
    Proposal,
    ProposalPage,
    ProposalState,
    QuoteVoid,
    SamePerson,
    Shown,
    Spent,
    Wanted,
)
from appliance.aftersales.special.ports import AuditTrail, Keys, Pictures, Policy, Question, Talk, Talks, Transactions
from appliance.aftersales.work.ports import Mask
from appliance.clock import Clock
from appliance.db import Connection
from appliance.errors import ApplianceError, NotFound
from appliance.ids import ConversationId, CustomerId, OrderId, ShopId, uuid7
from appliance.paging import page_of, place_of
from security.access.model import Principal
from security.access.records import actor_of
from security.errors import EpochGone, SubjectErased

STANDS_FOR = timedelta(minutes=5)
"""A quote is accepted in the transaction that keeps it; longer it never stands."""


class Quoted(msgspec.Struct, frozen=True):
    """What policy says, the version of the own cases that it said it on, and the quote that people agree to."""

    ruling: Ruling
    basis: int
    quote: Quote


class SpecialRefunds:
    def __init__(
        self,
        *,
        db: Transactions,
        cases: CaseService,
        talks: Talks,
        policy: Policy,
        pictures: Pictures,
        keys: Keys,
        mask: Mask,
        audit: AuditTrail,
        clock: Clock,
        limits: Limits,
    ) -> None:
        self._db = db
        self._cases = cases
        self._talks = talks
        self._policy = policy
        self._pictures = pictures
        self._keys = keys
        self._mask = mask
        self._audit = audit
        self._clock = clock
        self._limits = limits

    async def allowance(self, who: Principal, conversation_id: ConversationId, order_id: OrderId) -> Allowance:
        """What this person may still propose or approve of the conversation's customer's order."""
        talk, customer_id = await self._talk(who, conversation_id)
        async with self._db.transaction(talk.shop_id) as conn:
            spent = await store.spent(conn, talk.shop_id, order_id, customer_id, who.staff_id, self._clock.now())
        return rules.allowance(self._limits, who.rights.roles, spent)

    async def propose(self, who: Principal, wanted: Wanted, words: str) -> Proposal:
        """``words``: why, for whoever decides; masked and sealed."""
        talk, customer_id = await self._talk(who, wanted.conversation_id)
        question = await self._policy.put(wanted)
        now, proposal_id = self._clock.now(), uuid7()
        try:
            async with self._db.transaction(talk.shop_id) as conn:
                await store.rows(conn, "lock_shop", {"shop": talk.shop_id})
                await self._check_pictures(conn, talk.shop_id, wanted)
                quoted = await self._quoted(conn, question, wanted)
                quote, decision = quoted.quote, quoted.ruling.decision
                proposal = Proposal(
                    shop_id=talk.shop_id,
                    proposal_id=proposal_id,
                    conversation_id=wanted.conversation_id,
                    customer_id=customer_id,
                    subject_id=talk.subject_id,
                    order_id=wanted.order_id,
                    state=ProposalState.PROPOSED,
                    wanted=wanted,
                    quote=quote,
                    quote_hash=quote.hash,
                    total_fen=quote.total_fen,
                    basis=quoted.basis,
                    verdict=decision.verdict,
                    rule=decision.rule,
                    proposed_by=who.staff_id,
                    proposed_at=now,
                    expires_at=now + timedelta(hours=self._limits.proposal_hours),
                )
                spent = await self._spent(conn, proposal, who, now)
                rules.check_proposal(self._limits, who.rights.roles, quote.total_fen, spent)
                keys = await self._keys.keys(conn, talk.shop_id, talk.subject_id)
                await store.insert(conn, proposal, keys.seal(*store.WORDS, proposal_id, self._mask(words).encode()))
                await self._record(conn, proposal, who, "propose")
        except ApplianceError as refused:
            await self._refused(talk.shop_id, proposal_id, who, "propose", refused)
            raise
        return proposal

    async def approve(self, who: Principal, proposal_id: UUID, quote_hash: str) -> Proposal:
        """``quote_hash``: of the quote that the approver has seen. QuoteVoid where it does not hold any more."""
        proposal = (await self._read(who, proposal_id))[0]
        shop = proposal.shop_id
        question = await self._policy.put(proposal.wanted)
        try:
            async with self._db.transaction(shop) as conn:
                await self._approve(conn, who, proposal_id, quote_hash, question, shop)
        except (QuoteNotStanding, UnitsTaken, QuoteVoid, NotSpecial) as fallen:
            await self._void(shop, proposal, who)
            raise QuoteVoid("the order or its cases have changed since it was proposed: propose it anew") from fallen
        except ApplianceError as refused:
            await self._refused(shop, proposal_id, who, "approve", refused)
            raise
        return (await self._read(who, proposal_id))[0]

    async def _approve(
        self, conn: Connection, who: Principal, proposal_id: UUID, quote_hash: str, question: Question, shop: ShopId
    ) -> None:
        now = self._clock.now()
        proposal = await self._standing(conn, shop, proposal_id, now)
        if who.staff_id == proposal.proposed_by:
            raise SamePerson("who proposed it cannot approve it")
        if quote_hash != proposal.quote_hash:
            raise NotProposed("that is not the hash of this proposal's quote: read it again")
        spent = await self._spent(conn, proposal, who, now)
        rules.check_approval(self._limits, proposal.total_fen, spent)
        quoted = await self._quoted(conn, question, proposal.wanted)
        if quoted.quote.hash != proposal.quote_hash or quoted.basis != proposal.basis:
            raise QuoteVoid("the quote is not the same any more")
        operation_id = await self._accept(conn, who, proposal, question, quoted.ruling)
        await store.end(conn, proposal, ProposalState.APPROVED, now, by=who.staff_id, operation_id=operation_id)
        await self._record(conn, proposal, who, "approve")

    async def _accept(
        self, conn: Connection, who: Principal, proposal: Proposal, question: Question, ruling: Ruling
    ) -> UUID:
        """As a customer's yes is: the decision is kept as policy made it, the quote is kept, and accepted."""
        shop, talk, at = proposal.shop_id, proposal.conversation_id, question.at
        decision_id = await self._cases.record_decision(
            conn, shop=shop, conversation_id=talk, decision=ruling.decision, business_at=at
        )
        await self._cases.record_quote(
            conn,
            shop=shop,
            conversation_id=talk,
            decision_id=decision_id,
            quote=proposal.quote,
            basis=proposal.basis,
            valid_until=at + STANDS_FOR,
        )
        operation = await self._cases.accept(
            conn,
            shop=shop,
            conversation_id=talk,
            subject_id=proposal.subject_id,
            customer_id=proposal.customer_id,
            quote=proposal.quote,
            order=question.order,
            confirmation=f"approval/{proposal.proposal_id}",
            business_at=at,
            evidence=tuple(str(image) for image in proposal.wanted.evidence),
            actor=actor_of(who),
        )
        return operation.operation_id

    async def reject(self, who: Principal, proposal_id: UUID) -> Proposal:
        return await self._end(who, proposal_id, ProposalState.REJECTED, "reject")

    async def withdraw(self, who: Principal, proposal_id: UUID) -> Proposal:
        """By whoever proposed it."""
        return await self._end(who, proposal_id, ProposalState.WITHDRAWN, "withdraw")

    async def page(
        self, who: Principal, shop: ShopId, state: ProposalState | None, cursor: str | None, limit: int
    ) -> ProposalPage:
        """Newest first. What is proposed while somebody leafs through does not move what he has not seen yet."""
        if not who.serves(shop):
            raise NotFound("no such shop, or none of yours")
        after = place_of(cursor)[1] if cursor else None
        async with self._db.transaction(shop) as conn:
            found = await store.page(conn, shop, state, after, limit + 1)
        shown, following = page_of(found, limit, lambda each: (each.proposed_at, each.proposal_id))
        return ProposalPage(special_refunds=shown, cursor=following)

    async def read(self, who: Principal, proposal_id: UUID) -> Shown:
        proposal, sealed = await self._read(who, proposal_id)
        async with self._db.transaction(proposal.shop_id) as conn:
            try:
                keys = await self._keys.keys(conn, proposal.shop_id, proposal.subject_id)
            except (SubjectErased, EpochGone):
                return Shown(proposal=proposal, words=None)
        return Shown(proposal=proposal, words=keys.open(*store.WORDS, proposal_id, sealed).decode())

    async def expire(self) -> int:
        """Proposals that nobody has decided in time; for the periodic job, which may come twice."""
        async with self._db.system() as conn:
            ended = await store.expire(conn, self._clock.now())
            await self._audit.append(conn, [records.of(shop, each, None, "expire", {}) for shop, each in ended])
        return len(ended)

    async def _end(self, who: Principal, proposal_id: UUID, state: ProposalState, deed: str) -> Proposal:
        shop = (await self._read(who, proposal_id))[0].shop_id
        try:
            async with self._db.transaction(shop) as conn:
                proposal = await self._standing(conn, shop, proposal_id, self._clock.now())
                is_own = who.staff_id == proposal.proposed_by
                if is_own != (state is ProposalState.WITHDRAWN):
                    raise SamePerson("its proposer withdraws it, and nobody else; others reject it")
                await store.end(conn, proposal, state, self._clock.now(), by=who.staff_id)
                await self._record(conn, proposal, who, deed)
        except ApplianceError as refused:
            await self._refused(shop, proposal_id, who, deed, refused)
            raise
        return (await self._read(who, proposal_id))[0]

    async def _standing(self, conn: Connection, shop: ShopId, proposal_id: UUID, now: datetime) -> Proposal:
        proposal = await store.lock(conn, shop, proposal_id)
        if proposal is None or proposal.state is not ProposalState.PROPOSED or now >= proposal.expires_at:
            raise NotProposed("it is decided, withdrawn or expired: read it again")
        return proposal

    async def _void(self, shop: ShopId, proposal: Proposal, who: Principal) -> None:
        async with self._db.transaction(shop) as conn:
            await store.end(conn, proposal, ProposalState.VOID, self._clock.now())
            detail = {"quote_hash": proposal.quote_hash}
            record = records.of(shop, proposal.proposal_id, who, "approve", detail, refused=QuoteVoid.code)
            await self._audit.append(conn, [record])

    async def _talk(self, who: Principal, conversation_id: ConversationId) -> tuple[Talk, CustomerId]:
        """With whose it is."""
        async with self._db.system() as conn:
            talk = await self._talks.talk(conn, conversation_id)
        if talk is None or not who.serves(talk.shop_id):
            raise NotFound("no such conversation, or none of your shops'")
        if talk.customer_id is None:
            raise NotSpecial("nobody was verified in this conversation: it is not known whose money that is")
        return talk, talk.customer_id

    async def _spent(self, conn: Connection, proposal: Proposal, who: Principal, now: datetime) -> Spent:
        return await store.spent(conn, proposal.shop_id, proposal.order_id, proposal.customer_id, who.staff_id, now)

    async def _quoted(self, conn: Connection, question: Question, wanted: Wanted) -> Quoted:
        ruled = await question.ruled(conn)
        quote = rules.quoted(ruled.pack, ruled.ask, ruled.ruling, wanted, self._mask)
        return Quoted(ruled.ruling, ruled.basis, quote)

    async def _check_pictures(self, conn: Connection, shop: ShopId, wanted: Wanted) -> None:
        for evidence_id in wanted.evidence:
            if not await self._pictures.is_of(conn, shop, wanted.conversation_id, evidence_id):
                raise NotFound("no such picture in this conversation")

    async def _read(self, who: Principal, proposal_id: UUID) -> tuple[Proposal, bytes]:
        async with self._db.system() as conn:
            shop = await store.find_everywhere(conn, proposal_id)
        if shop is not None and who.serves(shop):
            async with self._db.transaction(shop) as conn:
                if found := await store.find(conn, shop, proposal_id):
                    return found
        raise NotFound("no such proposal, or none of your shops'")

    async def _record(self, conn: Connection, proposal: Proposal, who: Principal, deed: str) -> None:
        detail = {
            "order_id": proposal.order_id,
            "total_fen": str(proposal.total_fen),
            "quote_hash": proposal.quote_hash,
            "proposed_by": str(proposal.proposed_by),
        }
        await self._audit.append(conn, [records.of(proposal.shop_id, proposal.proposal_id, who, deed, detail)])

    async def _refused(
        self, shop: ShopId, proposal_id: UUID, who: Principal, deed: str, refused: ApplianceError
    ) -> None:
        """What was asked for and not done is recorded too."""
        async with self._db.transaction(shop) as conn:
            await self._audit.append(conn, [records.of(shop, proposal_id, who, deed, {}, refused=refused.code)])
