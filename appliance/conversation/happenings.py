"""Messages, notices of the order system's side, timers and decisions, as the engine and the log take them."""

from appliance.aftersales.cases.life import Stand, stand_of
from appliance.aftersales.cases.model import Notice, NoticeKind
from appliance.aftersales.orders.model import CaseKind
from appliance.aftersales.policy.model import Decision
from appliance.aftersales.work.model import WorkNews
from appliance.conversation.bodies import Plain
from appliance.conversation.event import EventData
from appliance.conversation.events import (
    CaseProgressed,
    CustomerChose,
    CustomerSaid,
    CustomerShowed,
    DecisionMade,
    OperationFailed,
    ReceiptReceived,
    TimerRan,
    WorkOrderProgressed,
)
from appliance.conversation.hearing import pressed_words
from appliance.conversation.model import Choice, CustomerMessage, Image, Text
from appliance.dialogue.incoming import Delayed, Done, Happening, NotDone, Progress, WorkProgress
from appliance.dialogue.state import State


def of_message(message: CustomerMessage, state: State) -> tuple[EventData, Plain | None]:
    """What the log keeps of it, and its words."""
    number = message.client_message_id
    match message:
        case Text():
            said = CustomerSaid(
                client_message_id=number,
                masked_us=message.masked_us,
                is_keyed=message.is_keyed,
                from_ms=message.from_ms,
                until_ms=message.until_ms,
                sounds=message.sounds,
            )
            return said, Plain(text=message.text)
        case Image():
            caption = Plain(text=message.caption) if message.caption else None
            return CustomerShowed(client_message_id=number, evidence_id=message.evidence_id), caption
        case Choice():
            return CustomerChose(client_message_id=number), Plain(text=pressed_words(message.payload, state))


def of_notice(notice: Notice) -> tuple[EventData, Happening]:
    operation_id = str(notice.operation_id)
    match notice.kind:
        case NoticeKind.SUCCEEDED if notice.receipt is not None:
            receipt = notice.receipt
            event: EventData = ReceiptReceived(
                operation_id=operation_id,
                case_id=receipt.case_id,
                kind=receipt.kind,
                refund_fen=receipt.refund_fen,
            )
            return event, Done(operation_id=operation_id, receipt=receipt, is_by_staff=notice.is_by_staff)
        case NoticeKind.PROGRESS:
            case_id = str(notice.case_id)
            stage = stand_of(notice.status, notice.stage) if notice.status else ""
            return CaseProgressed(case_id=case_id, stage=notice.stage), Progress(
                case_id=case_id, stage=stage, refund_fen=notice.refund_fen, kind=notice.case_kind
            )
        case NoticeKind.REMINDED:
            case_id = str(notice.case_id)
            return CaseProgressed(case_id=case_id, stage=Stand.AWAITING_PARCEL), Progress(
                case_id=case_id, stage="parcel_awaited"
            )
        case NoticeKind.GUIDED:
            case_id = str(notice.case_id)
            return CaseProgressed(case_id=case_id, stage="guide_sent"), Progress(case_id=case_id, stage="guide_sent")
        case NoticeKind.DELAYED:
            return OperationFailed(operation_id=operation_id, how=notice.kind), Delayed(operation_id=operation_id)
        case _:
            is_refused, is_by_hand = notice.kind is NoticeKind.REFUSED, notice.kind is NoticeKind.BY_HAND
            event = OperationFailed(operation_id=operation_id, how=notice.kind)
            return event, NotDone(operation_id=operation_id, is_refused=is_refused, is_by_hand=is_by_hand)


def of_news(news: Notice | WorkNews) -> tuple[EventData, Happening]:
    if isinstance(news, Notice):
        return of_notice(news)
    work_order_id = str(news.work_order_id)
    event = WorkOrderProgressed(
        work_order_id=news.work_order_id, kind=news.kind, state=news.state, outcome=news.outcome
    )
    return event, WorkProgress(work_order_id=work_order_id, stage=news.outcome or news.state)


def timer(state: State) -> TimerRan:
    return TimerRan(awaiting=state.awaiting)


def made(decision: Decision) -> DecisionMade:
    return DecisionMade(
        flow=decision.flow,
        verdict=decision.verdict,
        rule=decision.rule,
        refusal=decision.refusal,
        kind=decision.kind if isinstance(decision.kind, CaseKind) else None,
        freight_payer=decision.freight_payer,
        order_id=decision.order_id,
        policy=decision.policy,
    )
