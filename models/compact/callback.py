"""When to call back: 明天上午九点半, 下周一下午两点, 半小时后. The last full time that is not ruled out wins."""

import re
from datetime import date, datetime, timedelta

from models.commands import Affirm, Command, Deny
from models.compact.numerals import NUMBER, parse
from models.compact.plain import is_no, is_yes
from models.compact.when import SHANGHAI

_PERIOD = (
    "[早午晚]饭[前后]|下班[前后]?|放学[前后]?|"
    "凌晨|清早|早上|早晨|上午|中午|午后|下午|傍晚|晚上|夜里|今晚|明晚|后晚|明早|今早|早|晚"
)
_DAY = (
    rf"(?P<ahead>{NUMBER})天(?:以?后|之后)|大后天|后天|明天|明日|今天|今日|明儿|今儿|后儿|明(?=早|晚)|今(?=晚|早)"
    rf"|(?P<next>下下个?|下个?|这个?|本)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])"
    rf"|(?:(?P<month>{NUMBER})月份?)?(?P<day>{NUMBER})[号日]"
)
_CLOCK = rf"(?P<hour>{NUMBER})(?:[点时:：](?:钟|(?P<half>半)|(?P<quarter>[一三]刻)|过?(?P<minute>{NUMBER})分?)?)"
_WHEN = re.compile(
    rf"(?P<date>{_DAY})?[^\d一二三四五六七八九十，,。]{{0,4}}?(?P<period>{_PERIOD})?[\s的，,]{{0,2}}(?P<clock>{_CLOCK})"
)
_VAGUE = re.compile(rf"(?P<date>{_DAY})(?P<period>{_PERIOD})")
_LATER = re.compile(rf"(?P<n>{NUMBER}|半)个?(?P<half>半)?(?P<unit>小时|钟头|分钟)(?:以?后|之后)")
_RULED_OUT = re.compile(r"(?:不行|没空|开会|不在|别打|不方便|有事|忙|上班)")
_WEEKDAYS = "一二三四五六"
_USUAL = {"早": 9, "上午": 10, "中午": 12, "下午": 15, "晚": 19, "傍晚": 18, "明早": 9, "明晚": 19, "今晚": 19}


_OWN_NUMBER = r"(?:我?(?:账[户号]|注册|下单)(?:的|上的|那个)?|这个|这|原来的?|现在这个)(?:手机|电话)?(?:号码?)?"
_ANY_TIME = (
    r"(?:随时|都(?:行|可以|方便|有空|在)|随便|尽快|越快越好|马上|现在(?:就)?(?:打|可以|行|方便)"
    r"|没有?(?:什么)?(?:要求|讲究|所谓)|无所谓|不(?:限|挑|用指定|用约)|看你们|你们(?:定|看着|方便))"
)
_AGREES = {
    "phone": re.compile(
        r"(?:嗯+|对|好|行|是|可以|那)*[，, ]*(?:就|打|用|留|还是)*"
        rf"{_OWN_NUMBER}(?:就(?:行|好|可以)|能打通|能联系上|没问题|吧|就)*"
    ),
    "callback_time": re.compile(
        rf"(?:我|你们?|什么|啥|时间)*{_ANY_TIME}+"
        r"(?:都|行|可以|打|方便|时间|来|打来|回|联系|的|吧|啊|呀|哈|给我|我|电话|过来|办|就)*"
    ),
}
"""By what is awaited: the account's own number is agreed to; no time is wished for."""
_DECLINES = re.compile(
    r"(?:不(?:是|用|要|打)|别(?:打|用)?|换)(?:一?个|了)?(?:这个|原来|那个)?(?:号码?|手机|电话)?(?:了|吧|打|不用了|停了|丢了)*"
)
AGREED = frozenset(_AGREES)


def agreement(plain: str, awaited: str) -> Command | None:
    """Whether what was offered is agreed to: 就这个号; 换一个; 随时都行."""
    bare = plain.strip(" ，,。.！!～~")
    if is_yes(plain) or _AGREES[awaited].fullmatch(bare):
        return Affirm()
    if is_no(plain) or (awaited == "phone" and _DECLINES.fullmatch(bare)):
        return Deny()
    return None


def find(plain: str, now: datetime) -> str | None:
    """ISO 8601 with the offset of Shanghai, or None."""
    here = now.astimezone(SHANGHAI)
    if match := _LATER.search(plain):
        return (here + _delay(match)).replace(second=0, microsecond=0).isoformat()
    found = [m for m in _WHEN.finditer(plain) if not _RULED_OUT.match(plain[m.end() : m.end() + 3])]
    best = found[-1] if found else None
    if best is None:
        vague = [m for m in _VAGUE.finditer(plain) if not _RULED_OUT.match(plain[m.end() : m.end() + 3])]
        if not vague:
            return None
        day, hour = _date(vague[-1], here), next((h for k, h in _USUAL.items() if vague[-1]["period"].endswith(k)), 10)
        return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI).isoformat() if day else None
    dated = best["date"] or next((m["date"] for m in reversed(found) if m["date"]), None)
    holder = best if best["date"] else next((m for m in reversed(found) if m["date"]), None)
    if dated is None:
        holder = re.compile(rf"(?P<date>{_DAY})").search(plain)
    period = best["period"] or ("" if best["date"] else next((m["period"] for m in reversed(found) if m["period"]), ""))
    return _moment(best, period, _date(holder, here) if holder else None, here)


def _delay(match: re.Match[str]) -> timedelta:
    count = 0.5 if match["n"] == "半" else float(parse(match["n"]) or 1)
    if match["half"]:
        count += 0.5
    return timedelta(minutes=count) if match["unit"] == "分钟" else timedelta(hours=count)


def _date(match: re.Match[str], here: datetime) -> date | None:
    today, words = here.date(), match["date"]
    if match["ahead"]:
        return today + timedelta(days=parse(match["ahead"]) or 0)
    if match["weekday"]:
        number = 6 if match["weekday"] in "日天" else _WEEKDAYS.index(match["weekday"])
        monday = today - timedelta(days=today.weekday())
        prefix = match["next"] or ""
        weeks = prefix.count("下")
        day = monday + timedelta(days=number + 7 * weeks)
        return day if weeks or day >= today else day + timedelta(days=7)
    if match["day"]:
        return _dated(today, parse(match["month"]) if match["month"] else None, parse(match["day"]))
    if words.startswith("大后"):
        return today + timedelta(days=3)
    return today + timedelta(days={"后": 2, "明": 1}.get(words[0], 0))


def _dated(today: date, month: int | None, day: int | None) -> date | None:
    if not day or day > 31:
        return None
    for ahead in range(13):
        year, at = divmod(today.year * 12 + today.month - 1 + ahead, 12)
        if month is not None and at + 1 != month:
            continue
        try:
            found = date(year, at + 1, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _moment(match: re.Match[str], period: str, day: date | None, here: datetime) -> str | None:
    hour = parse(match["hour"])
    if hour is None or hour > 24:
        return None
    minute = (
        30
        if match["half"]
        else {"一刻": 15, "三刻": 45}.get(match["quarter"] or "", parse(match["minute"] or "零") or 0)
    )
    if (
        (hour < 12 and period.endswith(("下午", "午后", "傍晚", "晚上", "晚", "夜里")))
        or (hour < 12 and period.startswith(("午饭后", "晚饭", "下班", "放学")))
        or (hour < 11 and period.endswith("中午") and hour <= 3)
        or (not period and 1 <= hour <= 6)
    ):
        hour += 12
    if hour > 23 or minute > 59:
        return None
    at = day or here.date()
    moment = datetime(at.year, at.month, at.day, hour, minute, tzinfo=SHANGHAI)
    if day is None and moment <= here:
        moment += timedelta(days=1)
    return moment.isoformat()
