"""One message to commands: alarms first, then what the bot waits for, then open requests."""

import re

from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Chitchat,
    Command,
    Context,
    CorrectSlot,
    Deny,
    Flow,
    Handoff,
    HandoffReason,
    Nothing,
    Repeat,
    ResumeFlow,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact import (
    aftermath,
    conditional,
    decisions,
    guard,
    invoicing,
    persons,
    proof,
    sent_back,
    terms,
    turning,
    withdrawing,
)
from models.compact import clauses as cut
from models.compact.answers import CORRECTS, answer, corrections, other_order
from models.compact.asides import ACTS
from models.compact.judge import Judge
from models.compact.labels import Act
from models.compact.normalise import Text
from models.compact.plain import is_no, is_yes
from models.compact.requests import Reading, question_of, read

_WORDS = re.compile(r"[\u4e00-\u9fffA-Za-z0-9⟨]")
_GIVES_UP = re.compile(
    r"^(?:唉|哎|那|哦|好吧|行吧|得)?[，, ]?(?:还是)?(?:算了|算啦|不(?:退|换|修|改|开|补|催|申请|办|"
    r"弄|搞|整|取消|折腾|费劲|费事|纠结)了(?!吗|么|就|再|行|，?换|，?退|，?那)|拉倒|作罢|罢了|不麻烦了)"
    r"|^[^，,。]{0,8}[，,。 ]?(?:还是|就|先|自己)?(?:留着|凑合着?|将就着?)(?:用|穿|吃|戴|使)*(?:吧|算了|得了)$"
    r"|[，,。！!？?\s](?:那|我|就|也)*不(?:退|换|修|改|开|补|弄|搞|办)了[吧啊呗]?$"
    r"|(?:不想|不打算|懒得|不高兴|不乐意|没心思)(?:退|换|修|改|取消|弄|折腾|搞|整)了|算了.{0,8}(?:不|太麻烦)|取消(?:这次|本次)?申请"
)
_LEAVES_NONE = re.compile(r"^(?:那|先)?(?:不留(?:言|话)?了|不用留(?:言|话)?了|不说了|没什么要留的)")
_LONGEST_CALLING_OFF = 10
_ASKS = re.compile(r"[吗么呢？?]|谁|多少|多久|几天|怎么|咋|什么|啥|哪|能不能|有没有|(?<!不)是不是|要不要|不$|没$")
_ASKS_OF_PHOTO = re.compile(
    r"(?:照片|图片?|视频|拍).*?(?:怎么|咋|哪|多少|几张|什么|行吗|可以吗|行不行|要不要|吗$)"
    r"|(?:怎么|咋|如何)(?:去|给你|才)?(?:拍|录|照|传)(?!得)"
)
_PROMISED = re.compile(
    r"(?:照片|图片?|视频)[^，,。？?]{0,3}(?:晚点|待会|等[下会]|回头|一会|稍后|马上|明天)|(?:晚点|待会|等[下会]|回头|一会|稍后|马上)[^，,。？?]{0,4}(?:发|传|补|拍)"
)
"""照片晚点补给你: on its way."""
_NO_SUCH = re.compile(r"没(?:有)?(?:啥|什么)")
_MONEY = frozenset(
    {Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.CANCEL_ORDER, Flow.PRICE_PROTECTION, Flow.BALANCE_QUERY, Flow.RESEND}
)
_VERBATIM = frozenset({"invoice_title", "tax_id", "address", "return_tracking_no"})
"""Here a word like 律师 or 法院 is part of a name."""
_TWICE = re.compile(
    r"[买拍下订付点][^，,。]{0,4}重复|重复(?:的|了)?(?:下单|购买|付款|订|买|拍|点)|[买拍下订点]重|再[^，,。]{0,3}[退换补修开][^，,。]{0,2}一?[遍次回]"
)
"""买重复了 asks for nothing again."""
_RESUMES = re.compile(
    r"(?:继续|接着)(?!发|等|睡|用|穿|投诉).{0,8}(?:退|换|改|开|修|补|刚才|前面|申请|弄|办|来|$)|(?:回到|说回)"
)
_WANTS_IT_AFTER_ALL = re.compile(r"(?:又|还是)想要(?:了|的|啦|吧|呢|啊)*(?=$|[，,。.！!～~\s])")
_GIVES_BACK = frozenset({Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.CANCEL_ORDER})
_CHOOSING = frozenset({"offer", "clarify", "resume"})
"""Here it may be the other thing that is wanted."""
_SLOTS = frozenset(
    [
        "order",
        "line",
        "quantity",
        "reason",
        "evidence",
        "address",
        "spec",
        "phone",
        "return_tracking_no",
        "carrier",
        "invoice_title",
        "tax_id",
        "callback_time",
    ]
)


_VALUES = frozenset({"reason", "line", "order", "quantity", "spec", "address", "phone"})
_RELATED = frozenset(
    {
        *(Flow.RETURN_REFUND, Flow.EXCHANGE, Flow.REFUND_ONLY, Flow.RESEND, Flow.REPAIR, Flow.CANCEL_ORDER),
        *(Flow.CHANGE_SPEC, Flow.CHANGE_ADDRESS),
    }
)
_REASONS_TOO = frozenset({Flow.PRICE_PROTECTION, Flow.TRACK_PARCEL, Flow.URGE_SHIPMENT, Flow.ORDER_STATUS})
"""便宜了二十块 and 快递太慢了 are reasons where one is asked for."""
_NAMES_A_PARCEL = frozenset({Flow.TRACK_PARCEL, Flow.ORDER_STATUS, Flow.URGE_SHIPMENT})
"""昨天收到的那个包裹 names an order where one is asked for, unless it asks something."""


def understand(text: Text, context: Context, judge: Judge) -> Reading:
    if not _WORDS.search(text.spoken):
        return Reading((Nothing(),), 0.99)
    if guard.is_self_harm(text.plain):
        return Reading((Handoff(reason=HandoffReason.EMOTION),), 0.98)
    if context.awaiting not in _VERBATIM and guard.is_threat(text.plain):
        return Reading((Handoff(reason=HandoffReason.RISK_WORDS),), 0.97)
    plain, is_injected = guard.without_injection(text.plain)
    if guard.is_machine_text(plain):
        return Reading((Nothing(),), 0.99)
    if is_injected:
        return _after_injection(text, plain, context, judge)
    if sent := sent_back.hear(plain, context):
        return Reading(sent, 0.9)
    if answered := withdrawing.answer(plain, context):
        return Reading(answered, 0.9)
    if context.awaiting not in _VERBATIM | {"message"}:
        if supposed := conditional.hear(text, plain, context):
            return _settle(supposed, context)
        plain = conditional.without_beside(plain)
    reading = _acts(plain, context, judge) or _awaited(text, plain, context, judge)
    return _settle(reading or aftermath.carried(read(text, plain, context, judge), plain, context), context)


def _after_injection(text: Text, plain: str, context: Context, judge: Judge) -> Reading:
    """Only a request that stands on its own, outside the orders given to us, counts."""
    if _WORDS.search(plain.replace("□", "")):
        reading = read(text, plain, context, judge)
        starts = any(isinstance(c, StartFlow) for c in reading.commands)
        named = any(isinstance(c, SetSlot) and c.slot is Slot.ORDER for c in reading.commands)
        moves_money = any(isinstance(c, StartFlow) and c.flow in _MONEY for c in reading.commands)
        if starts and (named or (reading.confidence > 0.8 and not moves_money)):
            return reading
    return Reading((Nothing(),), 0.95)


def _acts(plain: str, context: Context, judge: Judge) -> Reading | None:
    """Acts that mean the same whatever the bot waits for."""
    cleared = cut.without_negated(plain)
    verdict = judge.intent(cleared)
    has_request = any(v.flow and v.probability > 0.6 for v in map(judge.intent, cut.clauses(cleared)))
    if guard.is_abuse(plain) and not has_request:
        return Reading((Handoff(reason=HandoffReason.EMOTION),), 0.8)
    if not has_request and _WANTS_IT_AFTER_ALL.search(plain) and not _ASKS.search(plain):
        return _keeps(context)
    if taken_back := withdrawing.hear(plain, context):
        return Reading(taken_back, 0.85)
    match verdict.label:
        case _ if persons.is_plainly_wanted(cleared):
            return Reading((Handoff(reason=HandoffReason.CUSTOMER_ASKED),), 0.95)
        case _ if persons.is_called_for(cleared) and not _ASKS.search(plain):
            return Reading((Handoff(reason=HandoffReason.CUSTOMER_ASKED),), 0.9)
        case Act.HUMAN if verdict.probability > 0.5 and persons.is_wanted(cleared):
            return Reading((Handoff(reason=HandoffReason.CUSTOMER_ASKED),), verdict.probability)
        case Act.THREAT if verdict.probability > 0.75 and not has_request:
            return Reading((Handoff(reason=HandoffReason.RISK_WORDS),), verdict.probability)
        case Act.ANGER if judge.is_angry(cleared, 0.5) and not has_request:
            return Reading((Handoff(reason=HandoffReason.EMOTION),), verdict.probability)
        case Act.REPEAT if verdict.probability > 0.5 and not _TWICE.search(plain):
            return Reading((Repeat(),), verdict.probability)
        case Act.INJECTION if verdict.probability > 0.6 and context.awaiting not in _SLOTS:
            return Reading((Nothing(),), verdict.probability)
        case _ if context.awaiting in (None, "rating") and context.flow and _RESUMES.search(cleared):
            return Reading((ResumeFlow(),), 0.85)
        case Act.RESUME if verdict.probability > 0.5 and context.awaiting in (None, "resume", "rating"):
            return Reading((ResumeFlow(),), verdict.probability)
        case _:
            if verdict.flow and verdict.probability > 0.6:
                return None
            probability = persons.wanted_in_a_clause(cleared, judge)
            return Reading((Handoff(reason=HandoffReason.CUSTOMER_ASKED),), probability * 0.9) if probability else None


def _keeps(context: Context) -> Reading | None:
    """我又想要了 ends what would give it back; where nothing is under way, it is said in passing."""
    if context.flow in _GIVES_BACK and context.awaiting not in _CHOOSING:
        return Reading((CancelFlow(),), 0.85)
    return Reading((Chitchat(),), 0.8) if context.flow is None else None


def _awaited(text: Text, plain: str, context: Context, judge: Judge) -> Reading | None:
    match context.awaiting:
        case "confirm":
            return decisions.decide(text, plain, context, judge)
        case "offer":
            return decisions.take_offer(text, plain, context, judge)
        case "resume":
            return decisions.go_on(text, plain, context, judge)
        case "clarify":
            return decisions.pick(text, plain, context, judge)
        case "verify":
            found = proof.prove(plain, text.raw)
            return Reading(tuple(found), 0.95) if found else None
        case "receipt":
            return aftermath.hear(text, plain, context)
        case "message":
            return _dictation(text, plain, context, judge)
        case slot if slot in _SLOTS:
            return _slot(text, plain, context, judge)
        case _:
            return None


def _dictation(text: Text, plain: str, context: Context, judge: Judge) -> Reading:
    """A message is words and no request; only what plainly calls it off is no message."""
    if len(plain) <= _LONGEST_CALLING_OFF and (_GIVES_UP.search(plain) or _LEAVES_NONE.search(plain)):
        return Reading((CancelFlow(),), 0.9)
    return Reading(tuple(answer(text, plain, context, judge)) or (Nothing(),), 0.9)


def _slot(text: Text, plain: str, context: Context, judge: Judge) -> Reading | None:
    """An answer, unless the words plainly do something else."""
    verdict = judge.intent(cut.without_negated(plain))
    if context.awaiting == "tax_id" and (titled := _personal_instead(text, plain, context, judge)):
        return titled
    if terms.asks(plain):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    if instead := turning.instead(text, plain, context, judge):
        return instead
    if _GIVES_UP.search(plain) and not _turns_to(plain, context, judge):
        return Reading((CancelFlow(),), 0.9)
    if both := turning.answer_and_request(text, plain, context, judge):
        return both
    given = answer(text, plain, context, judge)
    if context.awaiting == "reason" and CORRECTS.match(plain):
        goods = [c for c in corrections(text, plain, context, judge) if _slot_of(c) in (Slot.LINE, Slot.ORDER)]
        given = goods or given
    is_correction = not given and CORRECTS.search(plain) and verdict.probability < 0.8
    if is_correction and (corrected := corrections(text, plain, context, judge)):
        return Reading(tuple(corrected), 0.8)
    if context.awaiting in ("return_tracking_no", "carrier") and decisions.asks_where(plain):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    if context.awaiting in ("return_tracking_no", "carrier") and sent_back.is_still_here(plain):
        return Reading((Nothing(),), 0.9)
    if context.awaiting == "evidence" and _PROMISED.search(plain):
        return Reading((Nothing(),), 0.8)
    if context.awaiting == "evidence" and _ASKS_OF_PHOTO.search(plain):
        return Reading((AskKnowledge(query=question_of(text)),), 0.8)
    if _digresses(verdict.label, verdict.probability, bool(given), context, plain):
        return None
    if not given and context.specs and (is_yes(plain) or is_no(plain)):
        return Reading((Affirm() if is_yes(plain) else Deny(),), 0.9)
    if given:
        extra = [c for c in corrections(text, plain, context, judge) if _slot_of(c) not in {_slot_of(g) for g in given}]
        is_corrected = any(isinstance(c, CorrectSlot) for c in given)
        return Reading((*given, *(extra if is_corrected else ())), max(0.75, 1 - verdict.of(*Flow) / 2))
    if verdict.label == Act.GIVE_UP and verdict.probability > 0.5:
        return Reading((CancelFlow(),), verdict.probability)
    if corrected := corrections(text, plain, context, judge):
        return Reading(tuple(corrected), 0.8)
    return None


def _personal_instead(text: Text, plain: str, context: Context, judge: Judge) -> Reading | None:
    """那算了，开个人的: given up is the company, not the invoice."""
    given = answer(text, plain, context, judge) if invoicing.says_personal(plain) else []
    return Reading(tuple(given), 0.9) if given else None


def _slot_of(command: Command) -> str | None:
    return getattr(command, "slot", None)


def _turns_to(plain: str, context: Context, judge: Judge) -> bool:
    """不退了，换一个: given up for another request."""
    parts = cut.clauses(plain)
    return any(
        (v := judge.intent(p)).flow not in (None, context.flow) and v.probability > 0.6 for p in parts if len(p) > 1
    )


def _digresses(label: str, probability: float, has_answer: bool, context: Context, plain: str) -> bool:
    """Small talk, a question or another request while a slot is awaited."""
    if label == Act.FAULT_UNCLEAR and context.awaiting in _VERBATIM and not has_answer:
        return probability > 0.5
    if label in set(Flow):
        if label == context.flow:
            return False
        if other_order(plain, context) and ACTS.search(plain) and probability > 0.6:
            return True
        return probability > (0.8 if has_answer else 0.4) and not _is_family(label, context, has_answer, plain)
    if label == Act.QUESTION and has_answer and not _ASKS.search(_NO_SUCH.sub("", plain)):
        return False
    if label in (Act.QUESTION, Act.CHITCHAT):
        return probability > (0.8 if has_answer else 0.4)
    return False


def _is_family(label: str, context: Context, has_answer: bool, plain: str) -> bool:
    """发错颜色了 as a reason is not a new request, even if it sounds like one."""
    if not has_answer:
        return False
    if context.awaiting == "reason" and label in _REASONS_TOO:
        return True
    if context.awaiting == "order" and label in _NAMES_A_PARCEL and not _ASKS.search(plain):
        return True
    return context.awaiting in _VALUES and label in _RELATED


def _settle(reading: Reading, context: Context) -> Reading:
    """What a running flow makes of the commands: its own start is no news, a filled slot is corrected."""
    kept: list[Command] = []
    inside = context.flow
    is_once_more = isinstance(reading.commands[0], Affirm) or context.awaiting == "receipt"
    for command in reading.commands:
        if isinstance(command, StartFlow):
            inside = None if is_once_more else command.flow
            is_running = command.flow is context.flow and context.awaiting not in (None, *_CHOOSING)
            if is_running and not is_once_more:
                continue
        if isinstance(command, SetSlot) and inside is context.flow and context.flow is not None:
            held = context.slots.get(command.slot.value)
            if held == command.value:
                continue
            if held is not None:
                command = CorrectSlot(slot=command.slot, value=command.value)
        kept.append(command)
    return Reading(tuple(kept) or (Nothing(),), reading.confidence)
