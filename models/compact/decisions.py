"""Answers to a confirmation, an offer, a choice between flows, and to the question whether to go on.

A yes is a yes only when nothing else is said: a question, a condition, a changed value or a claim is answered first.
"""

import re

from models.commands import (
    Affirm,
    AskKnowledge,
    CancelFlow,
    Command,
    Context,
    CorrectSlot,
    Deny,
    Flow,
    Nothing,
    ResumeFlow,
    SetSlot,
    Slot,
    StartFlow,
)
from models.compact import at_quote, quantity, restating, turning
from models.compact import clauses as cut
from models.compact.answers import CORRECTS, corrections
from models.compact.judge import FLOWS, Judge
from models.compact.labels import Act
from models.compact.normalise import Text
from models.compact.numerals import parse
from models.compact.plain import is_no, is_yes
from models.compact.requests import Reading, question_of, read

_YES_AND = re.compile(r"(?:确认|好的|行|可以|没问题|同意)(?=再|另外|顺便|还有)")
_CONDITION = re.compile(
    r"但是?(?!愿)|不过|除非|只要|如果|要是|前提|才(?:行|同意|可以|能|确认|办)|否则|不然|(?:讲|说|写|问)清楚|(行|好|可以|同意|成|中)(?:倒)?是(?:倒)?\1|得(?:你们?|让|给|由)|必须(?:先|得)|得(?:先|按)|先.{1,8}再|按.{1,10}(?:说的|答应的|承诺的)|可是|就是怕|万一"
    r"|[^，,。那]{2}[，,]?我就(?:退|换|同意|答应|取消|确认|办|修|补)|的话就"
)
_QUESTION = re.compile(
    r"[？?]|(?:自己|你们|我们?|要).{1,10}还是|[吗么呢]$|[吗么](?=[，。,！!])|谁(?:出|付|承担|的)|多少|多久|几天|怎么|咋|什么时候|啥时候|算谁的|哪里|为什么|为啥|能不能|要不要|(?<!不)是不是|会不会"
    r"|(?:退|钱|款)[^，,。]{0,4}[到回]哪|能[^，,。]{1,10}不$|[^，,。]{2}(?<![偏就说才也都])不[？?]?$|有[^，,。]{1,6}[没无]$|[到用走打己们][^，,。]{0,6}还是(?!算|别|不|给|照|就)[^，,。吧]{1,8}$"
)
_ECHO = re.compile(r"^[^，,。？?]{1,6}[？?]+(?=.{4})")
"""两件？我只退一件: what was read is doubted, and then said as it should be."""
_WHERE_TO = re.compile(
    r"(?:寄|退|发|送|邮)(?:回|到|去|给|往|过)*(?:哪|什么地[方址]|啥地[方址]|谁)(?!一?步|都|[^，。,！!？?]{0,4}了)"
    r"|(?:到|往|去)(?:哪[里儿]?|什么地[方址])(?:寄|退|送|邮)|地址(?:发|给|告诉|说)(?:给|下|一下|我)"
)
"""Where the goods go: about what is being confirmed, no parcel that is looked for."""
_AFTERWARDS = re.compile(
    r"^(?:那|要是|如果|我|这)*(?:改|换|退|取消|补|修|寄|催|开)(?:完|好|了|掉|过去|回去|成功)+(?:以?后|之后|的话)?"
    r"[^，,。]{0,4}(?:几天|多久|什么时候|啥时候|几号|多长时间)"
)
"""改完几天到 is asked about what is being confirmed."""
_GIVES_UP = re.compile(
    r"不(?:退|换|修|改|开|补|催|取消|申请|办|弄|搞|整)了(?!吗|就|再)|(?:取消|撤销|撤回)(?:这次|这个|本次|退货|退款|换货)?申请|不退了|(?:不想|懒得)(?:再)?(?:退|换|修|改|弄|折腾)了?|留着(?:用|吧)|凑合用"
)
_LET_GO = re.compile(
    r"算[了啦求球咯逑]|琢磨|放放|放一放|再(?:瞅|瞧|看看)|缓缓|缓一缓|改天|过[会两]|先不|先别|再想想|考虑|再说|不急|等.{0,3}(?:天|再)|留着"
    r"|(?:别|不用|不必|先不)(?:给我|帮我|再|要)?(?:退|换|修|取消|办|弄|改|补|开|催|提交)(?:了|$)"
)
_WAITS = re.compile(r"收到(?:货)?(?:了)?再说|到了再说|再等|等(?:着|等|几天|收到)|那我等|知道了$|那就这样$")
_DENIES = re.compile(
    r"^(?:不行|不要|不用了(?=[，,。])|别|等等|等一下|慢着|先别|先不|还是不|不可以|我不|不[退换]|不取消)"
)
_DEMANDS = re.compile(
    r"(?:但|不过|可|先|得)[^，,。]{0,2}(?:再|多|先|另外?)(?:给我|帮我|你们)?[补赔送加发](?:偿|点|我|寄|个|一|两|三|\d)"
)
"""可以，不过先补我两个 asks a price for the yes."""
_HOLDS = re.compile(
    r"^(?:哎|唉|诶|欸|那)?[，, ]?(?:先?别|等等|等一下|等会儿?|慢着|不急|稍等|[莫]慌|[莫]急|且慢|慢到|等哈子?)"
    r"[，,。 ]*(?:我|让我)(?:先|再|去|得)*(?:问|想|看|试|比|量|商量|考虑|合计)"
)
"""别，我先问问我妈要不要: held back, however it goes on."""
_TURNS_DOWN = re.compile(r"^不(?:换|修|补)(?:了|货)?[，, ]")
_DISPUTES = re.compile(r"^(?:不对|不是|错了|弄错|退错)")
"""What is wrong is said with it, or asked for: the quote is shown again, nothing is given up."""
_FLOW_WORDS: tuple[tuple[re.Pattern[str], Flow], ...] = (
    (re.compile(r"仅退款|只退款|退款不退货|光退款"), Flow.REFUND_ONLY),
    (
        re.compile(r"退货|寄回去?(?:退|吧|呗|也|就)|[那就]寄(?!走|错)|退了|退掉|走退|要退|退吧|^退$|那就退"),
        Flow.RETURN_REFUND,
    ),
    (re.compile(r"换货|换一?[个件双台条]|换吧|换新|要换|^换$|那就换"), Flow.EXCHANGE),
    (re.compile(r"补发|补寄|补给我|补一|^补"), Flow.RESEND),
    (re.compile(r"修|保修"), Flow.REPAIR),
    (re.compile(r"取消(?:订单|整单)?"), Flow.CANCEL_ORDER),
    (re.compile(r"退款|退钱"), Flow.REFUND_ONLY),
    (re.compile(r"地址"), Flow.CHANGE_ADDRESS),
    (re.compile(r"规格|颜色|尺码|款"), Flow.CHANGE_SPEC),
    (re.compile(r"物流|快递|包裹|到哪"), Flow.TRACK_PARCEL),
    (re.compile(r"价保|差价"), Flow.PRICE_PROTECTION),
    (re.compile(r"发票|开票"), Flow.INVOICE),
    (re.compile(r"催"), Flow.URGE_SHIPMENT),
    (re.compile(r"投诉"), Flow.COMPLAINT),
    (re.compile(r"留言|回电"), Flow.LEAVE_MESSAGE),
    (re.compile(r"进度|到账"), Flow.REFUND_PROGRESS),
    (re.compile(r"状态|查订单"), Flow.ORDER_STATUS),
)
_TAKES = re.compile(
    r"(?:那|嗯+|好|哎|唉|就|[，, ])*(?:要(?:的|吧|呀|啊)?|也(?:行|成|可以|好|中)|也?(?:只能|只好)(?:这样|如此|这么办)"
    r"|([退换修补])就\1)(?:吧|了|呗|啊)*"
)
"""Taken without joy: 也行吧, 只能这样了, 修就修呗."""
_NTH = re.compile(r"第?([一二三1-3])(?:个|种|项|条)?")


_SEND_IT = re.compile(
    r"(?:还是|就|照|你们?|继续|正常|接着)(?:给我|帮我|常|样|们)*发(?:货|过来|出来?|来)?(?:吧|好了|就行|就好|得了)"
    r"|(?:^|[，,。！!\s])(?:给我|快|赶紧|直接|麻烦)*[发寄](?:货|过来|出来?|来)?(?:吧|呗|好了|就行|得了)$"
)
"""算了，还是给我发吧: who cancels and says so wants his parcel; nobody is urged."""
_NEVER_MIND = re.compile(r"^(?:唉|哎|那|哦|嗯|好吧|行吧|得)?[，, ]?(?:还是)?算[了啦]")


def decide(text: Text, plain: str, context: Context, judge: Judge) -> Reading:
    """While ``confirm`` is awaited."""
    if is_yes(text.plain, context.flow):
        return Reading((Affirm(),), 0.99)
    if is_no(text.plain, context.flow):
        return Reading((Deny(),), 0.97)
    verdict = judge.intent(plain)
    if told := at_quote.hear(plain, context, judge):
        return Reading(told, 0.85)
    if instead := turning.instead(text, plain, context, judge):
        return instead
    if _GIVES_UP.search(plain) and not re.search(r"算[了啦求球咯逑]|先不|先别", plain):
        return Reading((CancelFlow(),), 0.85)
    if _HOLDS.match(plain) or (context.flow is Flow.CANCEL_ORDER and _SEND_IT.search(plain)):
        return Reading((Deny(),), 0.85)
    if _WHERE_TO.search(plain) or _AFTERWARDS.match(plain):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    if at_quote.changes_oneself(plain, context) and not cut.is_joined(plain) and not _QUESTION.search(plain):
        return Reading((Nothing(),), 0.8)
    if door := at_quote.door(plain, context):
        return Reading((door,), 0.8)
    asked = _QUESTION.search(_ECHO.sub("", plain))
    if more := _more_of_the_same(text, plain, context, judge):
        return Reading((Affirm(), *more), 0.8)
    others = [] if CORRECTS.search(plain) else _other_requests(text, plain, context, judge)
    if asked and others and all(c.flow in _ABOUT_IT for c in others if isinstance(c, StartFlow)):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    if at_quote.hurries(plain) and all(isinstance(c, StartFlow) and c.flow is Flow.URGE_SHIPMENT for c in others):
        return Reading((Nothing(),), 0.7)
    if others and not cut.is_joined(plain) and _CONDITION.search(plain) and _begins_with_yes(plain, context):
        return Reading((AskKnowledge(query=question_of(text)) if asked else Nothing(),), 0.7)
    if others and not (asked and _begins_with_yes(plain, context) and not _is_further(plain, others)):
        return Reading((*_first_said(plain, context, others), *others), 0.8)
    if _DEMANDS.search(plain) and not others:
        return Reading((Nothing(),), 0.7)
    corrected = at_quote.besides(plain, context, corrections(text, plain, context, judge))
    if corrected and not asked:
        return Reading(tuple(corrected), 0.85)
    if asked and verdict.label not in (Act.REPEAT,):
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    disputes = bool(_DISPUTES.match(plain))
    if disputes and restating.names_the_same(plain, context):
        return Reading((Nothing(),), 0.7)
    if _LET_GO.search(plain) or _GIVES_UP.search(plain):
        return Reading((Deny(),), 0.9)
    if _CONDITION.search(plain) or (disputes and verdict.label not in (Act.DENY, Act.GIVE_UP)):
        return Reading((Nothing(),), 0.7)
    if verdict.label in (Act.DENY, Act.GIVE_UP) or _DENIES.match(plain):
        return Reading((Deny(),), max(0.6, verdict.probability))
    if restating.agrees(plain, context):
        return Reading((Affirm(),), 0.85)
    if verdict.label == Act.QUESTION:
        return Reading((AskKnowledge(query=question_of(text)),), verdict.probability)
    return Reading((Nothing(),), 0.6)


def _first_said(plain: str, context: Context, others: list[Command]) -> tuple[Command, ...]:
    """The yes or no before another request; 成，但得发顺丰 is none, nor is 行，退吧 where an exchange is quoted."""
    if _begins_with_yes(plain, context) and not _CONDITION.search(plain):
        return () if _is_instead(plain, context, others) else (Affirm(),)
    return (Deny(),) if _NEVER_MIND.match(plain) else ()


_ONE_OF = frozenset({Flow.RETURN_REFUND, Flow.REFUND_ONLY, Flow.EXCHANGE, Flow.RESEND, Flow.REPAIR, Flow.CANCEL_ORDER})
"""The same goods can have only one of them."""
_KEEPS_ORDER = frozenset({Flow.CHANGE_ADDRESS, Flow.CHANGE_SPEC, Flow.URGE_SHIPMENT})


def _is_instead(plain: str, context: Context, others: list[Command]) -> bool:
    """What is asked for rules out what is quoted, for the same goods."""
    if cut.is_joined(plain) or any(isinstance(c, SetSlot) and c.slot in (Slot.ORDER, Slot.LINE) for c in others):
        return False
    rivals = _ONE_OF | _KEEPS_ORDER if context.flow is Flow.CANCEL_ORDER else _ONE_OF
    is_one_of = context.flow in _ONE_OF
    return any(isinstance(c, StartFlow) and is_one_of and c.flow in rivals for c in others)


_ABOUT_IT = frozenset({Flow.REFUND_PROGRESS, Flow.COUPON_QUERY})
"""When the money comes and whether a coupon comes back is asked about the quote."""
_TOO = re.compile(r"^[^，,。！!？?]{1,6}[，,。！!\s]+(?:另外|还有|顺便|顺带)[^，,。！!？?]*也")


def _more_of_the_same(text: Text, plain: str, context: Context, judge: Judge) -> tuple[Command, ...]:
    """好，顺便把防晒也退一瓶: agreed to, and the same once more for other goods."""
    if not _TOO.match(plain) or not _begins_with_yes(plain, context) or _CONDITION.search(plain):
        return ()
    reading = read(text, _without_yes(plain, context), context, judge)
    first = reading.commands[0]
    same = isinstance(first, StartFlow) and first.flow is context.flow
    held = context.slots.get("line")
    others = [c for c in reading.commands if isinstance(c, SetSlot) and c.slot is Slot.LINE and c.value != held]
    return reading.commands if same and others else ()


def _is_further(plain: str, others: list[Command]) -> bool:
    """Something else is asked for, and not about what is being confirmed: 好，那是你们来取件吗？ is a question."""
    return cut.is_joined(plain) or any(isinstance(c, SetSlot) and c.slot is Slot.ORDER for c in others)


def _begins_with_yes(plain: str, context: Context) -> bool:
    """好，另外快递到哪了？ begins with a yes; 好吗？ and 对了，快递到哪了？ do not."""
    first = next(iter(cut.clauses(plain)), "")
    return is_yes(first, context.flow) or bool(_YES_AND.match(plain))


def _without_yes(plain: str, context: Context) -> str:
    """The yes that it begins with blanked, where something follows; same length."""
    spans = cut.spans(plain)
    if len(spans) < 2 or not is_yes(plain[spans[0][0] : spans[0][1]], context.flow):
        return plain
    return "□" * spans[0][1] + plain[spans[0][1] :]


def _other_requests(text: Text, plain: str, context: Context, judge: Judge) -> list[Command]:
    """Requests for another flow than the one that is being confirmed."""
    reading = read(text, _without_yes(plain, context), context, judge)
    if reading.confidence < 0.5 and len(reading.commands) < 3:
        return []
    started = [c for c in reading.commands if isinstance(c, StartFlow)]
    if not started or all(c.flow is context.flow for c in started):
        return []
    kept: list[Command] = []
    is_kept = False
    for command in reading.commands:
        if isinstance(command, StartFlow):
            is_kept = command.flow is not context.flow
        if is_kept and not isinstance(command, Nothing):
            kept.append(command)
    return kept


def asks_where(plain: str) -> bool:
    """往哪寄: where his own parcel goes, which is none that is looked for."""
    return bool(_WHERE_TO.search(plain))


def take_offer(text: Text, plain: str, context: Context, judge: Judge) -> Reading:
    """While ``offer`` is awaited: take it, leave it, name one of its flows or how many."""
    if not _GIVES_UP.search(plain) and (count := quantity.offered(plain)):
        return Reading((_quantity(count, context),), 0.9)
    if _TURNS_DOWN.match(plain):
        return Reading((Deny(),), 0.9)
    if (flow := choose(plain, context.options, judge)) and not _QUESTION.search(plain) and not _GIVES_UP.search(plain):
        is_offered = not context.options and _is_said(flow, context.last_bot)
        return Reading((Affirm() if is_offered else StartFlow(flow=flow),), 0.9)
    if is_yes(text.plain):
        return Reading((Affirm(),), 0.98)
    if is_no(text.plain):
        return Reading((Deny(),), 0.97)
    if _TAKES.fullmatch(plain.strip(" 。，,！!～~")):
        return Reading((Affirm(),), 0.9)
    if _GIVES_UP.search(plain) or _LET_GO.search(plain) or _WAITS.search(plain):
        return Reading((Deny(),), 0.9)
    if _QUESTION.search(plain) and judge.intent(plain).label == Act.QUESTION:
        return Reading((AskKnowledge(query=question_of(text)),), 0.85)
    verdict = judge.intent(plain)
    if verdict.label in (Act.DENY, Act.GIVE_UP):
        return Reading((Deny(),), verdict.probability)
    if verdict.label == Act.AFFIRM:
        return Reading((Affirm(),), verdict.probability)
    return read(text, plain, context, judge)


def _is_said(flow: Flow, words: str) -> bool:
    """Whether it is what the bot named last: 不能退了，可以换货, and to name it again is to take it."""
    named = [(match.start(), f) for pattern, f in _FLOW_WORDS for match in pattern.finditer(words)]
    return bool(named) and max(named)[1] is flow


def _quantity(count: int, context: Context) -> Command:
    kind = CorrectSlot if "quantity" in context.slots else SetSlot
    return kind(slot=Slot.QUANTITY, value=count)


def choose(plain: str, options: tuple[Flow, ...], judge: Judge) -> Flow | None:
    """The one of the options that the words or the position name; without options, any flow named plainly."""
    cleared = cut.without_negated(plain)
    if options and (match := _NTH.fullmatch(plain.strip(" 。，,吧选就那"))):
        at = (parse(match[1]) or 1) - 1
        return options[at] if at < len(options) else None
    if options and re.search(r"最后|后面那|后者", plain):
        return options[-1]
    if options and re.search(r"前面那|前者|上面那", plain):
        return options[0]
    named = [flow for pattern, flow in _FLOW_WORDS if pattern.search(cleared) and (not options or flow in options)]
    if named and (options or len(cleared) <= 16):
        return named[0]
    verdict = judge.intent(cleared)
    if verdict.label in FLOWS and (not options or verdict.label in options) and verdict.probability > 0.5:
        return Flow(verdict.label)
    return None


def pick(text: Text, plain: str, context: Context, judge: Judge) -> Reading:
    """While ``clarify`` is awaited."""
    flow = choose(plain, context.options, judge)
    if flow is None:
        return read(text, plain, context, judge)
    reading = read(text, plain, context, judge)
    if isinstance(reading.commands[0], StartFlow):
        first = StartFlow(flow=flow)
        return Reading((first, *(c for c in reading.commands[1:] if isinstance(c, SetSlot))), 0.9)
    return Reading((StartFlow(flow=flow),), 0.9)


def go_on(text: Text, plain: str, context: Context, judge: Judge) -> Reading:
    """While ``resume`` is awaited."""
    verdict = judge.intent(plain)
    if verdict.label == Act.RESUME or re.search(r"继续|接着", plain):
        return Reading((ResumeFlow(),), 0.95)
    if is_yes(text.plain):
        return Reading((Affirm(),), 0.95)
    if is_no(text.plain) or verdict.label in (Act.DENY, Act.GIVE_UP) or _GIVES_UP.search(plain):
        return Reading((Deny(),), 0.9)
    if context.options and (flow := choose(plain, context.options, judge)):
        return Reading((StartFlow(flow=flow),), 0.85)
    return read(text, plain, context, judge)
