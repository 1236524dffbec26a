"""What a turn leaves for people: a hand-over with its summary, a message to answer, work without a hand-over."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from appliance.aftersales.cases.service import CaseService
from appliance.aftersales.work.model import WorkOrderKind
from appliance.conversation.call_events import CallTransferred
from appliance.conversation.event import EventData
from appliance.conversation.events import DeskAway, HandoffMade, MessageLeft, TicketDrawn, WorkOrderCreated
from appliance.conversation.ports import Asked, Place
from appliance.db import Connection
from appliance.dialogue import effects as fx
from appliance.dialogue.handoff_words import mood_facts, summary_facts
from appliance.dialogue.render import Persona, Renderer
from appliance.ids import ConversationId, OrderId, ShopId, uuid7

MESSAGE_NUMBER_LENGTH: Final = 8
Deed = Callable[[Connection], Awaitable[None]]
"""Done in the transaction that ends the turn."""


class Note(Protocol):
    """Adds an event to the turn, with its body."""

    def __call__(self, data: EventData, body: Any = None) -> None: ...


class ForPeople:
    def __init__(
        self,
        cases: CaseService,
        renderer: Renderer,
        persona: Persona,
        shop: ShopId,
        conversation_id: ConversationId,
        *,
        note: Note,
        deeds: list[Deed],
    ) -> None:
        self._cases = cases
        self._renderer = renderer
        self._persona = persona
        self._shop = shop
        self._conversation_id = conversation_id
        self._note = note
        self._deeds = deeds

    def hand_off(self, effect: fx.HandOff) -> None:
        summary = effect.summary
        is_urgent = bool(summary.get("is_urgent"))
        self._note(
            HandoffMade(reason=effect.reason, is_urgent=is_urgent), {"text": self._summary(summary), "summary": summary}
        )
        if effect.with_work_order:
            codes = {name: summary.get(name) for name in ("flow", "rule", "verdict", "refusal", "mood", "risks")}
            kind = WorkOrderKind.ORDER_SYSTEM_DOWN if effect.reason == "system_down" else WorkOrderKind.COMPLAINT
            self.work_order(kind, None, {"reason": effect.reason, **codes, "is_urgent": is_urgent})

    def tell_place(self, asked: Asked, place: Place) -> None:
        """Where the customer stands in the queue; or that nobody comes now, and that he is called back."""
        drawn = TicketDrawn(ticket_id=place.ticket_id, group=place.group, priority=place.priority, reason=asked.reason)
        self._note(drawn)
        if place.transfer_to is not None:
            self._note(CallTransferred(group=place.group, to=place.transfer_to))
        if not place.is_full and place.opens_at is None:
            return
        why = "full" if place.is_full else "closed"
        words = self._renderer.on(asked.channel).text(f"desk.{why}", {"hours": place.hours}, self._persona)
        self._note(DeskAway(why=why, opens_at=place.opens_at), {"text": words})
        self.work_order(WorkOrderKind.CALL_BACK, None, {"reason": asked.reason, "flow": asked.flow, "away": why})

    def _summary(self, summary: dict[str, Any]) -> str:
        renderer, persona = self._renderer, self._persona
        key = "handoff_summary" if summary.get("flow") else "handoff_summary_none"
        words = renderer.text(key, summary_facts(summary), persona)
        if (mood := mood_facts(summary, renderer.word)) is not None:
            words += renderer.text("handoff_summary_mood", mood, persona)
        if summary.get("unheard"):
            words += renderer.text("handoff_summary_unheard", {}, persona)
        return words

    def leave_message(self, effect: fx.LeaveMessage) -> str:
        """Its words stay in the conversation's log; the work order says where, whom to call and when."""
        number = uuid7().hex[-MESSAGE_NUMBER_LENGTH:].upper()
        self._note(MessageLeft(number=number), {"text": effect.words, "phone": effect.phone})
        summary = {"message": number, "phone": effect.phone, "callback_time": effect.callback_time}
        self.work_order(WorkOrderKind.CALL_BACK, None, summary)
        return number

    def work_order(self, kind: WorkOrderKind, order_id: str | None, summary: dict[str, Any]) -> None:
        async def create(conn: Connection) -> None:
            work_order_id = await self._cases.open_work_order(
                conn,
                shop=self._shop,
                kind=kind,
                conversation_id=self._conversation_id,
                order_id=OrderId(order_id) if order_id else None,
                summary=summary,
            )
            self._note(WorkOrderCreated(work_order_id=work_order_id, kind=kind))

        self._deeds.append(create)
