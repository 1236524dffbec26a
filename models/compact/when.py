"""Time words that point at an order: 昨天到的, 11号付款的. Days of Shanghai; nothing here decides a window."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

from models.commands import KnownOrder
from models.compact.numerals import NUMBER, parse

SHANGHAI = timezone(timedelta(hours=8))
_ARRIVED = re.compile(r"到货?(?!底|账|了?哪|现在|今|处|家|哪|时|店)|收(?!件|货地|货人|到退)|签收|送来|送到|拿到|取")
_BOUGHT = re.compile(r"买|下单|下的|付|拍|订|订购|刚?下了?单")
_SENT = re.compile(r"发(?!票|现|生|错|黑|霉|黄|烫|热)|寄")

Span = tuple[date, date]


def local(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def _ago(today: date, least: int, most: int) -> Span:
    return today - timedelta(days=most), today - timedelta(days=least)


def _week(today: date, back: int) -> Span:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return monday, monday + timedelta(days=6)


def _weekday(today: date, prefix: str, name: str) -> Span:
    number = 6 if name in "日天末" else "一二三四五六".index(name)
    monday = today - timedelta(days=today.weekday() + (7 if "上" in prefix else 0))
    day = monday + timedelta(days=number)
    if day > today:
        day -= timedelta(days=7)
    return day, day


def _month_ago(today: date, count: int) -> Span:
    return _ago(today, count * 30 - 16, count * 31 + 15)


def _last_month(today: date) -> Span:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _day_of(today: date, month: int | None, day: int) -> Span | None:
    for back in range(13):
        year, at = divmod(today.year * 12 + today.month - 1 - back, 12)
        if month is not None and at + 1 != month:
            continue
        try:
            found = date(year, at + 1, day)
        except ValueError:
            continue
        if found <= today:
            return found, found
    return None


def _month_of(today: date, month: int | None) -> Span | None:
    """The last one of that name that has begun: 三月份买的."""
    if month is None or not 1 <= month <= 12:
        return None
    first = date(today.year - (month > today.month), month, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _counted(today: date, match: re.Match[str]) -> Span | None:
    count = parse(match["n"])
    if count is None:
        return None
    if match["unit"] in ("天", "日"):
        return _ago(today, max(count - 1, 0), count + 1)
    if match["unit"] in ("周", "星期", "个星期", "礼拜", "个礼拜"):
        return _ago(today, count * 7 - 3, count * 7 + 3)
    return _month_ago(today, count)


_FIXED: tuple[tuple[re.Pattern[str], Callable[[date], Span]], ...] = (
    (re.compile("大前天"), lambda t: _ago(t, 3, 3)),
    (re.compile("前天|前晚|前日"), lambda t: _ago(t, 2, 2)),
    (re.compile("昨[天晚日儿]|昨天|寻日"), lambda t: _ago(t, 1, 1)),
    (re.compile("今[天早晨儿晚日]|刚刚|刚才|刚(?=[买下拍付到收签])"), lambda t: _ago(t, 0, 1)),
    (re.compile("前[几两]天|前些天|前阵子|这[几两]天"), lambda t: _ago(t, 1, 8)),
    (re.compile("半个?月前?|半拉月"), lambda t: _ago(t, 10, 20)),
    (re.compile("上个?月"), _last_month),
    (re.compile("这个?月|本月"), lambda t: (t.replace(day=1), t)),
    (re.compile("上半年"), lambda t: (t.replace(month=1, day=1), t.replace(month=6, day=30))),
    (re.compile("去年"), lambda t: (date(t.year - 1, 1, 1), date(t.year - 1, 12, 31))),
    (re.compile("半年前?|大半年"), lambda t: _ago(t, 140, 300)),
    (re.compile("双十一|双11"), lambda t: (date(t.year, 11, 8), date(t.year, 11, 13))),
    (re.compile("618"), lambda t: (date(t.year, 5, 30), date(t.year, 6, 21))),
    (re.compile("国庆"), lambda t: (date(t.year, 9, 30), date(t.year, 10, 8))),
    (re.compile("中秋"), lambda t: (date(t.year, 9, 10), date(t.year, 10, 8))),
    (re.compile("夏天"), lambda t: (date(t.year, 6, 1), date(t.year, 8, 31))),
)
_COUNTED = re.compile(rf"(?P<n>{NUMBER})(?P<unit>天|日|周|个?星期|个?礼拜|个月)(?:多|来)?(?:前|以前|之前)")
_USED = re.compile(rf"(?:用|买|穿)了?(?P<n>{NUMBER})(?P<unit>个月)")
_SINCE = re.compile(
    rf"(?:付(?:完|好|过|了)?(?:款|钱)?|下(?:完|了)?单|拍|买)(?:完|好)?了?(?P<n>{NUMBER})(?P<unit>天|个?星期|个?礼拜|周)了"
)
"""付款四天了: so long ago."""
_DATED = re.compile(rf"(?:(?P<month>{NUMBER})月份?)?(?P<day>{NUMBER})[号日](?![楼院栋线店])")
_MONTH = re.compile(rf"(?<![个\d])(?P<month>{NUMBER})月份?(?=买|拍|下|付|订|到|收|签|的)")
_WEEKDAY = re.compile(r"(?P<prefix>上个?|这个?|本)?(?:周|星期|礼拜)(?P<name>[一二三四五六日天末])")
_COMING = re.compile(
    r"[^，,。]{0,3}(?:就?要(?:用|出|走|去|送|过|穿)|之?前(?!买|拍|到|收|下|付|签)|等着|急着|出差|演出|考试|过生日|结婚|搬家)"
)
"""周末演出要用 is no time at which anything was bought."""
_LAST_WEEK = re.compile(r"上个?(?:周|星期|礼拜)(?![一二三四五六日天末])")


def _find(plain: str, today: date) -> tuple[Span, int] | None:
    if match := _COUNTED.search(plain) or _USED.search(plain):
        span = _counted(today, match)
        return (span, match.end()) if span else None
    if match := _DATED.search(plain):
        day, month = parse(match["day"]), parse(match["month"]) if match["month"] else None
        dated = _day_of(today, month, day) if day and day <= 31 else None
        if dated:
            return dated, match.end()
    if (match := _MONTH.search(plain)) and (span := _month_of(today, parse(match["month"]))):
        return span, match.end()
    if match := _LAST_WEEK.search(plain):
        return _week(today, 1), match.end()
    if match := _WEEKDAY.search(plain):
        return _weekday(today, match["prefix"] or "", match["name"]), match.end()
    for pattern, span_of in _FIXED:
        if match := pattern.search(plain):
            return span_of(today), match.end()
    return None


_ORDER = re.compile(r"的?[那这]?一?[单笔](?!独)|[的那]订单")


def _happened(plain: str, end: int) -> str | None:
    """The first word behind the time that says what happened then; 昨天那单送到公司 says where it shall go."""
    if _ORDER.match(plain, end):
        return None
    found = [
        (match.start(), kind)
        for kind, pattern in (("arrived", _ARRIVED), ("bought", _BOUGHT), ("sent", _SENT))
        if (match := pattern.search(plain, end)) and match.start() <= end + 6
    ]
    return min(found)[1] if found else None


def pointed_at(plain: str, now: datetime) -> Callable[[KnownOrder], bool] | None:
    """Whether an order fits the time words of the text; None where it has none."""
    since = _SINCE.search(plain)
    span = _counted(local(now), since) if since else None
    found = (span, len(plain)) if span else _find(plain, local(now))
    if found is None:
        return None
    (first, last), end = found
    if _COMING.match(plain, end):
        return None
    kind = "bought" if span else _happened(plain, end)

    def fits(order: KnownOrder) -> bool:
        match kind:
            case "arrived":
                moments = [order.delivered_at]
            case "bought":
                moments = [order.paid_at or order.created_at]
            case "sent":
                moments = [order.shipped_at]
            case _:
                moments = [order.delivered_at, order.paid_at or order.created_at]
        return any(m is not None and first <= local(m) <= last for m in moments)

    return fits
