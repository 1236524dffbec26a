"""Does what the engine asks for, by reading only: nothing is written before the turn's commit, and nothing is sent.

What is to be written is collected: events, audit records, and deeds for the commit's own transaction.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from appliance.aftersales.cases import withdrawal
from appliance.aftersales.cases.model import QuoteNotStanding, UnitsTaken
from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.orders.model import Spec
from appliance.aftersales.parcels import rules as parcels
from appliance.aftersales.policy.model import Ask, Ruling
from appliance.aftersales.work.model import WorkOrderKind
from appliance.conversation import audit_words, happenings
from appliance.conversation.address_words import AddressWords
from appliance.conversation.bodies import Plain, Shown, pack
from appliance.conversation.call_events import RecordingDeclined
from appliance.conversation.event import EventData
from appliance.conversation.events import (
    AgentsAlerted,
    BotSaid,
    ConversationConcluded,
    DecisionMade,
    FactsRead,
    IdentityChecked,
    KnowledgeSearched,
    MoodChanged,
    OperationAccepted,
    QuoteFell,
    QuoteOffered,
)
from appliance.conversation.for_people import Deed, ForPeople
from appliance.conversation.model import Channel
from appliance.conversation.order_desk import OrderDesk
from appliance.conversation.order_words import OrderWords
from appliance.conversation.photo_way import PhotoAsking
from appliance.conversation.ports import Asked as DeskAsked
from appliance.conversation.ports import Masking, PhotoLinks, Place, ShopContext
from appliance.conversation.rewording import Rewording, Spoken
from appliance.conversation.stages import Stages
from appliance.conversation.store import NewEvent, Retention
from appliance.db import Connection, Database
from appliance.dialogue import effects as fx
from appliance.dialogue.knowledge import Knowledge
from appliance.dialogue.photo_way import OfferPhotoLink
from appliance.dialogue.render import Renderer
from appliance.dialogue.state import Asked, OwnOrder, Said
from appliance.errors import NotFound
from appliance.ids import ConversationId, ShopId, SubjectId
from security.audit.record import AuditEvent
from security.crypto.subject import SubjectKeys
from security.pii.model import PiiType
from security.pii.vault import Kept

PERSONAL = frozenset({"phone", "tax_id"})
"""Facts of replies that are placeholders; beside these, the details of a quote."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """What every turn shares."""

    db: Database
    cases: CaseService
    masking: Masking
    renderer: Renderer
    knowledge: Knowledge
    rewording: Rewording | None = None
    """None: every word is the template's."""
    photo_links: PhotoLinks | None = None
    """None: nothing can be shown on a call."""
    records_calls: bool = True
    """What the notice at the beginning of a call says."""


class Performer:
    """The effects of one turn."""

    def __init__(
        self,
        parts: Parts,
        shop_context: ShopContext,
        *,
        shop: ShopId,
        conversation_id: ConversationId,
        channel: str,
        subject_id: SubjectId,
        customer_id: str | None,
        keys: SubjectKeys,
        turn: UUID | None,
        at: datetime,
        resources: AsyncExitStack,
        known: Sequence[Kept] | None = None,
    ) -> None:
        self._parts = parts
        self._context = shop_context
        self._shop = shop
        self.conversation_id = conversation_id
        self._is_call = channel == Channel.VOICE
        self._renderer = parts.renderer.on(channel)
        self._subject_id = subject_id
        self._keys = keys
        self._turn = turn
        self._at = at
        self._resources = resources
        self._words = OrderWords(parts.db, parts.masking, shop, conversation_id, keys, known)
        self._desk = OrderDesk(shop_context, parts.db, parts.cases, shop, customer_id, at, self._words)
        self._addresses = AddressWords(parts.db, parts.masking, shop, conversation_id, keys)
        self._valid_until: dict[str, datetime] = {}
        self.events: list[NewEvent] = []
        self.deeds: list[Deed] = []
        self.audit: list[AuditEvent] = []
        self._spoken: list[Spoken] = []
        self.shows_own = False
        """Something that its customer alone sees whole is among the words."""
        self.stages = Stages()
        self._people = ForPeople(
            parts.cases, parts.renderer, shop_context.persona, shop, conversation_id, note=self.note, deeds=self.deeds
        )
        self._photos = PhotoAsking(parts.db, parts.photo_links, shop, conversation_id, note=self.note, deeds=self.deeds)
        self.transaction: Connection | None = None
        """Open once a yes was accepted: the turn's commit goes into it."""

    @property
    def shop(self) -> ShopId:
        return self._shop

    @property
    def customer_id(self) -> str | None:
        return self._desk.customer_id

    def note(self, data: EventData, body: Any = None, retention: str = Retention.TALK) -> None:
        self.events.append(NewEvent(data=data, body=None if body is None else pack(body), retention=retention))

    def only_notices(self) -> None:
        """People have the floor: what is said tells the outcome of what was agreed to before, and no more."""
        for event in self.events:
            if isinstance(event.data, BotSaid):
                event.data = msgspec.structs.replace(event.data, is_notice=True)

    def tell_place(self, asked: DeskAsked, place: Place) -> None:
        self._people.tell_place(asked, place)

    async def perform(self, effect: fx.Effect) -> fx.Result:
        match effect:
            case fx.Say():
                await self._say(effect)
            case fx.ReadOrders():
                return await self.read_orders()
            case fx.ReadOrder():
                return await self._read_order(effect.order_id)
            case fx.ReadSpecs():
                return await self._read_specs(effect.sku)
            case fx.ReadAddress():
                return await self._read_address(effect)
            case fx.ReadAccount():
                return await self._read_account()
            case fx.Keep():
                return await self._keep(effect)
            case fx.VerifyProof():
                return await self._verify(effect)
            case fx.Decide():
                return await self._decide(effect.asked)
            case fx.LayQuote():
                self._valid_until[effect.quote_hash] = effect.expires_at
            case fx.Accept():
                return await self._accept(effect)
            case fx.Lookup():
                return self._lookup(effect.query)
            case fx.RecordDecision():
                self._record(effect)
            case fx.ChangeMood():
                self.note(
                    MoodChanged(
                        before=effect.before, level=effect.level, risks=effect.risks, responses=effect.responses
                    )
                )
            case fx.Alert():
                self.note(AgentsAlerted(level=effect.level, risks=effect.risks))
            case fx.HandOff():
                self._people.hand_off(effect)
            case fx.WorkOrder():
                self._people.work_order(WorkOrderKind(effect.kind), effect.order_id, effect.summary)
            case OfferPhotoLink():
                return await self._photos.way(is_verified=self.customer_id is not None)
            case fx.DeclineRecording():
                self.note(RecordingDeclined())
            case fx.LeaveMessage():
                return self._people.leave_message(effect)
            case fx.Conclude():
                self.note(
                    ConversationConcluded(
                        outcome=effect.outcome, flow=effect.flow, rule=effect.rule, refusal=effect.refusal
                    )
                )
        return None

    # Words.

    async def _say(self, effect: fx.Say) -> None:
        said = await self._recognisable(effect.said)
        with self.stages.timed("words"):
            words = self._renderer.render(said, self._context.persona, f"{self.conversation_id}{len(self.events)}")
        own = self._own_words(said, words.text)
        shown = Shown(text=words.text, quick_replies=words.quick_replies, cards=words.cards, own=own)
        spoken = BotSaid(key=said.key, receipt=said.receipt)
        self.note(spoken, shown)
        if self._parts.rewording is not None and not self._is_call:  # a caller would wait for it in silence
            facts = self._renderer.facts(said, self._context.persona)
            self._spoken.append(Spoken(event=self.events[-1], said=spoken, shown=shown, facts=facts))

    def _own_words(self, said: Said, text: str) -> dict[str, str]:
        """To whoever was verified, and on record."""
        own = {part: value for part, value in said.own.items() if part in text} if self.customer_id else {}
        if own:
            self.shows_own = True
            self.audit.append(audit_words.shown_to_owner(self._shop, self.conversation_id, said.key, own.values()))
        return own

    async def reword(self) -> None:
        """Put the turn's words anew where that may be. Nothing waits for a model once a yes was accepted."""
        if self._parts.rewording is not None and self.transaction is None:
            await self._parts.rewording.reword(self._spoken, self._context.persona)

    async def _recognisable(self, said: Said) -> Said:
        """What he is to say yes to he must know again, though it is not shown whole."""
        personal = {name: value for name in PERSONAL if (value := said.facts.get(name))}
        if details := said.facts.get("details"):
            personal["details"] = {name: await self._words.recognisable(each) for name, each in details.items()}
        for name in PERSONAL & personal.keys():
            personal[name] = await self._words.recognisable(personal[name])
        return msgspec.structs.replace(said, facts={**said.facts, **personal}) if personal else said

    def _lookup(self, query: str) -> fx.Answer | None:
        found = self._parts.knowledge.find(query)
        self.note(
            KnowledgeSearched(topic=found.topic if found else None, key=found.key if found else None), Plain(text=query)
        )
        return found

    # Facts of the order system.

    def known_in(self, text: str, channel: str) -> str:
        """Masked by what this turn has learned of the customer."""
        return self._words.in_words(text, channel)

    async def read_orders(self, *, is_first: bool = False) -> tuple[OwnOrder, ...]:
        with self.stages.timed("orders"):
            own = await self._desk.own_orders(is_first=is_first)
        if self.customer_id is not None:
            self.note(FactsRead(what="orders", is_found=bool(own)), own, Retention.FACTS)
        return own

    async def _read_order(self, order_id: str) -> fx.OrderFacts | None:
        with self.stages.timed("orders"):
            order = await self._desk.order(order_id)
        if order is None:
            self.note(FactsRead(what="order", order_id=order_id, is_found=False))
            return None
        found = await self._desk.facts(order)
        self.note(FactsRead(what="order", order_id=order_id), found, Retention.FACTS)
        return found

    async def _read_specs(self, sku: str) -> tuple[Spec, ...]:
        specs = await self._desk.specs(sku)
        self.note(FactsRead(what="specs", is_found=bool(specs)), specs, Retention.FACTS)
        return specs

    async def _read_address(self, effect: fx.ReadAddress) -> fx.AddressFacts:
        found = await self._addresses.read(effect.said, effect.before, effect.phone)
        self.note(FactsRead(what="address"), found, Retention.FACTS)
        return found

    async def _read_account(self) -> fx.Account:
        if self.customer_id is None:
            raise NotFound("nobody is verified, so there is no account to read")
        with self.stages.timed("orders"):
            customer = await self._desk.customer(self.customer_id)
        account = fx.Account(
            balance_fen=customer.balance_fen,
            points=customer.points,
            level=customer.level,
            level_expires_at=customer.level_expires_at,
            benefits=customer.benefits,
            coupons=customer.coupons,
            phone=await self._words.reference(customer.phone, PiiType.PHONE) if customer.phone else None,
        )
        self.note(FactsRead(what="account"), account, Retention.FACTS)
        return account

    async def _keep(self, effect: fx.Keep) -> str:
        placeholder = await self._words.reference(effect.value, PiiType(effect.type))
        self.note(FactsRead(what="kept"), placeholder, Retention.FACTS)
        return placeholder

    # Identity.

    async def _verify(self, effect: fx.VerifyProof) -> str | None:
        """The order's customer, if the tail is that of the account's phone. Every failure looks the same."""
        tail = await self._digits(effect.phone_tail)
        with self.stages.timed("orders"):
            customer_id = await self._desk.customer_with(effect.order_id, tail) if tail else None
        checked = IdentityChecked(is_verified=customer_id is not None, by_caller=effect.is_callers)
        self.note(checked, {"customer_id": customer_id}, Retention.FACTS)
        self.audit.append(
            audit_words.identity_checked(self._shop, self.conversation_id, customer_id, by_caller=effect.is_callers)
        )
        self._desk.customer_id = customer_id or self.customer_id
        return customer_id

    async def _digits(self, given: str) -> str | None:
        """The last four digits of what was said, which may be a placeholder of a whole number."""
        digits = "".join(c for c in await self._words.clear(given) if c.isdigit())
        return digits[-4:] if len(digits) >= 4 else None

    # Decisions.

    async def _decide(self, asked: Asked) -> Ruling:
        with self.stages.timed("orders"):
            ask = await self._desk.ask(asked)
        with self.stages.timed("policy"):
            own = await self._desk.own_cases(ask.order)
            ruling = self._desk.rule(ask, own, asked.details)
        self._note_ruling(msgspec.structs.replace(ask, own_cases=own.cases), ruling, own.version)
        return ruling

    def _note_ruling(self, ask: Ask, ruling: Ruling, basis: int) -> None:
        decision, quote = ruling.decision, ruling.quote
        is_of_table = decision.rule not in parcels.OWN_RULES | withdrawal.OWN_RULES
        self.note(happenings.made(decision), ruling, Retention.FACTS)
        event = self.events[-1]
        if quote is not None:
            self.note(
                QuoteOffered(hash=quote.hash, kind=quote.kind, order_id=quote.order_id, total_fen=quote.total_fen)
            )
        self.audit.append(audit_words.decided(self._shop, self.conversation_id, decision, quote))

        async def record(conn: Connection) -> None:
            decision_id = await self._parts.cases.record_ruling(
                conn,
                shop=self._shop,
                conversation_id=self.conversation_id,
                ask=ask if is_of_table else None,
                ruling=ruling,
                basis=basis,
                business_at=self._at,
                valid_until=self._valid_until.get(quote.hash, self._at) if quote else self._at,
            )
            event.data = msgspec.structs.replace(event.data, decision_id=decision_id)

        self.deeds.append(record)

    async def _accept(self, effect: fx.Accept) -> fx.Accepted | Ruling:
        """A yes counts if order, rules and our own cases still give the very same quote."""
        with self.stages.timed("orders"):
            ask = await self._desk.ask(effect.asked)
        conn = await self._resources.enter_async_context(self._parts.db.transaction(self._shop))
        self.transaction = conn
        with self.stages.timed("policy"):
            own = await self._desk.read_own_cases(conn, ask.order)
            policy = await self._parts.cases.policy_of_quote(
                conn, shop=self._shop, conversation_id=self.conversation_id, quote=effect.quote
            )
            ruling = self._desk.rule(ask, own, effect.asked.details, policy=policy)
        if ruling.quote is None or ruling.quote.hash != effect.quote.hash:
            return self._fell(effect, ruling)
        try:
            operation = await self._parts.cases.accept(
                conn,
                shop=self._shop,
                conversation_id=self.conversation_id,
                subject_id=self._subject_id,
                customer_id=ask.customer.customer_id,
                quote=effect.quote,
                order=ask.order,
                confirmation=f"{self.conversation_id}/{self._turn}",
                business_at=self._at,
                evidence=tuple(str(image) for image in effect.images),
            )
        except (QuoteNotStanding, UnitsTaken):
            own = await self._desk.read_own_cases(conn, ask.order)
            return self._fell(effect, self._desk.rule(ask, own, effect.asked.details))
        operation_id = str(operation.operation_id)
        self.note(OperationAccepted(operation_id=operation_id, quote_hash=effect.quote.hash, kind=effect.quote.kind))
        return fx.Accepted(operation_id=operation_id)

    def _fell(self, effect: fx.Accept, ruling: Ruling) -> Ruling:
        self.note(QuoteFell(quote_hash=effect.quote.hash), ruling, Retention.FACTS)
        return ruling

    def _record(self, effect: fx.RecordDecision) -> None:
        self.note(DecisionMade(flow=effect.flow, verdict=effect.verdict, rule=effect.rule, refusal=effect.refusal))
        self.audit.append(audit_words.gate(self._shop, self.conversation_id, effect.rule, effect.verdict))
