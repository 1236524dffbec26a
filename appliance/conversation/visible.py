"""Events as the customer of the conversation may see them, and as the shop's engineers may."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from appliance.conversation.bodies import Shown, text_of
from appliance.conversation.call_events import CallTransferred
from appliance.conversation.event import EventData
from appliance.conversation.events import (
    AgentSaid,
    BotSaid,
    ConversationStarted,
    CustomerChose,
    CustomerSaid,
    CustomerShowed,
    DeskAway,
    HandoffMade,
    OwnerChanged,
    RatingGiven,
    ServiceEnded,
    TurnEnded,
    decode,
)
from appliance.conversation.model import Awaiting, Form, Side, Speaker, TraceEvent, Transfer, Visible, VisibleKind
from appliance.conversation.store import BODY, NewEvent, StoredEvent
from security.crypto.subject import SubjectKeys

TYPES = tuple(
    kind.TYPE
    for kind in (
        ConversationStarted,
        CustomerSaid,
        CustomerShowed,
        CustomerChose,
        BotSaid,
        HandoffMade,
        CallTransferred,
        DeskAway,
        OwnerChanged,
        AgentSaid,
        ServiceEnded,
        RatingGiven,
        TurnEnded,
    )
)

_shown_decoder = msgspec.json.Decoder(Shown)


def opened(keys: SubjectKeys, event: StoredEvent) -> bytes | None:
    if event.body_id is None or event.sealed is None:
        return None
    return keys.open(*BODY, event.body_id, event.sealed)


def stored(event: StoredEvent, body: bytes | None) -> Visible:
    return shown(event.seq, event.at, decode(event.type, event.v, event.data), body)


def committed(events: Sequence[NewEvent], first_seq: int, at: datetime) -> tuple[Visible, ...]:
    """Of events that were written just now, those that the customer may see."""
    return tuple(
        shown(seq, at, event.data, event.body)
        for seq, event in enumerate(events, start=first_seq)
        if event.data.TYPE in TYPES
    )


def shown(seq: int, at: datetime, data: EventData, body: bytes | None) -> Visible:
    match data:
        case ConversationStarted():
            kind, speaker = VisibleKind.NOTICE, Speaker.SYSTEM
            return Visible(seq=seq, at=at, kind=kind, speaker=speaker, text=text_of(body or b'""'), is_ai=True)
        case CustomerSaid():
            return Visible(
                seq=seq,
                at=at,
                kind=VisibleKind.MESSAGE,
                speaker=Speaker.CUSTOMER,
                text=text_of(body or b'""'),
                client_message_id=data.client_message_id,
            )
        case CustomerShowed():
            return Visible(
                seq=seq,
                at=at,
                kind=VisibleKind.IMAGE,
                speaker=Speaker.CUSTOMER,
                client_message_id=data.client_message_id,
                evidence_id=data.evidence_id,
            )
        case CustomerChose():
            return Visible(
                seq=seq,
                at=at,
                kind=VisibleKind.MESSAGE,
                speaker=Speaker.CUSTOMER,
                client_message_id=data.client_message_id,
                payload=(text_of(body) if body is not None else "") or None,
            )
        case BotSaid():
            words = _shown_decoder.decode(body or b'{"text":""}')
            return Visible(
                seq=seq,
                at=at,
                kind=VisibleKind.MESSAGE,
                speaker=Speaker.SYSTEM if data.is_notice else Speaker.BOT,
                text=words.text,
                quick_replies=words.quick_replies,
                cards=words.cards,
                is_ai=True,
                form=form_of(data),
            )
        case HandoffMade():
            return Visible(seq=seq, at=at, kind=VisibleKind.HANDOFF, speaker=Speaker.SYSTEM)
        case CallTransferred():
            transfer = Transfer(group=data.group, to=data.to)
            return Visible(seq=seq, at=at, kind=VisibleKind.HANDOFF, speaker=Speaker.SYSTEM, transfer=transfer)
        case DeskAway() | OwnerChanged() | AgentSaid() | ServiceEnded():
            return _of_people(seq, at, data, text_of(body) if body else "")
        case RatingGiven():
            return Visible(seq=seq, at=at, kind=VisibleKind.RATING, speaker=Speaker.CUSTOMER, score=data.score)
        case TurnEnded():
            return Visible(seq=seq, at=at, kind=VisibleKind.STATE, speaker=Speaker.SYSTEM, awaiting=data.awaiting)
    raise ValueError(f"an event of type {data.TYPE} is not the customer's to see")


def form_of(said: BotSaid) -> Form | None:
    """What the words are, besides words."""
    match said.key.partition(".")[0]:
        case "quote":
            return Form.QUOTE
        case "receipt" | "special" if said.receipt is not None:
            return Form.RECEIPT
        case "progress" | "work":
            return Form.PROGRESS
    return None


def _of_people(seq: int, at: datetime, data: DeskAway | OwnerChanged | AgentSaid | ServiceEnded, text: str) -> Visible:
    match data:
        case AgentSaid():
            return Visible(
                seq=seq,
                at=at,
                kind=VisibleKind.MESSAGE,
                speaker=Speaker.AGENT,
                text=text,
                badge=data.badge,
            )
        case OwnerChanged():
            holder, kind = Side(data.owner), VisibleKind.OWNER
            return Visible(
                seq=seq,
                at=at,
                kind=kind,
                speaker=Speaker.SYSTEM,
                text=text,
                holder=holder,
                badge=data.badge,
                is_ai=True,
            )
        case ServiceEnded():
            awaiting = Awaiting.RATING if data.asks_rating else None
            return Visible(
                seq=seq,
                at=at,
                kind=VisibleKind.RATING,
                speaker=Speaker.SYSTEM,
                text=text,
                awaiting=awaiting,
                is_ai=True,
            )
        case DeskAway():
            holder = Side.BOT if data.why == "full" else Side.NOBODY
            return Visible(
                seq=seq,
                at=at,
                kind=VisibleKind.MESSAGE,
                speaker=Speaker.SYSTEM,
                text=text,
                holder=holder,
                is_ai=True,
            )


def traced(event: StoredEvent, body: bytes | None) -> TraceEvent:
    return TraceEvent(
        seq=event.seq,
        at=event.at,
        business_at=event.business_at,
        type=event.type,
        v=event.v,
        turn=event.turn,
        data=event.data,
        words=text_of(body) if body is not None else None,
    )
