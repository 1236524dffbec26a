"""What a caller says behind digits to tell what they were. Pure.

六二二二……, 这是我的银行卡; 八八三六二七, 验证码就是这个; 三八二, 安全码. Where it asks or denies, nothing is explained.
"""

import re
from typing import Final, NamedTuple

from security.pii.digits import ANY_DIGIT
from security.pii.model import NEVER_KEPT, PiiType

MOST_OF_CODE: Final = 12
"""Digits of a code that was told twice. The order numbers of many shops have fourteen."""

_NAME: Final = (
    "(?:(?P<BANK_CARD>银行卡|卡号|信用卡|储蓄卡)|(?P<ID_CARD>身份证)|(?P<PASSPORT>护照)|(?P<TRAVEL_PERMIT>通行证)"
    "|(?P<OTP>验证码|校验码|确认码|登[录陆]码|短信码|动态(?:密?码|口令))|(?P<CVV>安全码|背面的?三位)|(?P<PASSWORD>密码))"
)
_LONG_FORM: Final = f"(?:这|那|刚才|刚刚|前面|上面|以上)[^\n]{{0,6}}?(?:是|就是|报|说|念)[^\n]{{0,6}}?{_NAME}"
"""刚才报的就是身份证号."""
_NAME_FIRST: Final = f"{_NAME}号?码?[啊呀呢]?[，,]?(?:[就也]?是|就)(?:这|那|刚才|刚刚|前面|上面)(?![样么边里])"
"""验证码就是这个."""
_SIGN: Final = r"[^0-9A-Za-z\u3400-\u9fff]"
_WHOSE: Final = (
    "(?:我们?|你们?|您)?刚?(?:收到|发来|发给我|发|要)?的?"
    "(?:登[录陆]|支付|付款|取款|短信|手机|银行|查询|交易|卡?背面的?)?"
)
_CLAUSE_BEGINS: Final = rf"(?:(?<![0-9A-Za-z\u3400-\u9fff])|(?<={ANY_DIGIT}))"
_ALONE: Final = (
    rf"{_CLAUSE_BEGINS}[嗯呃啊哦额对好]{{0,3}}(?P<is_said>(?:我(?:刚才|刚刚)?[说报念]的?)?[就也]?是[这那]?|[这那])?[个串]?"
    rf"{_WHOSE}{_NAME}号?码?[啊呀哦嘛哈的吧了对]{{0,2}}{_SIGN}*$"
)
"""就是这个验证码, 安全码: nothing else is said between the digits and the end."""
_NAMED: Final = re.compile(_NAME)
_IS_LONG, _IS_NAME_FIRST, _IS_ALONE = map(re.compile, (_LONG_FORM, _NAME_FIRST, _ALONE))
_ASKS_OR_DENIES: Final = re.compile("不|没|用|什么|哪|怎么|吗|呢|[?？]|(?<!支)付(?!款密码)|刷|扣|退")
"""这个是用银行卡付的, 这是什么验证码: nothing is explained."""
_BEHIND: Final = 6


class Explanation(NamedTuple):
    type: PiiType
    start: int
    end: int
    most: int | None
    """Digits, where so many more are another number's."""
    is_said: bool
    """Of a name alone it is not said: it explains a message of digits and nothing else."""


def explanation_in(text: str) -> Explanation | None:
    """The first; cheap."""
    if not _NAMED.search(text):
        return None
    if said := _IS_LONG.search(text):
        return Explanation(_type_of(said), *said.span(), None, True)
    said = _IS_NAME_FIRST.search(text) or _IS_ALONE.search(text)
    if said is None or asks_or_denies(text, *said.span()):
        return None
    type_ = _type_of(said)
    is_said = said.re is _IS_NAME_FIRST or said["is_said"] is not None
    return Explanation(type_, *said.span(), MOST_OF_CODE if type_ in NEVER_KEPT else None, is_said)


def asks_or_denies(text: str, start: int, end: int) -> bool:
    """Whether it explains nothing, by its words or by those right behind."""
    return _ASKS_OR_DENIES.search(text, start, end + _BEHIND) is not None


def _type_of(said: re.Match[str]) -> PiiType:
    return next(PiiType(name) for name, value in said.groupdict().items() if value and name in PiiType.__members__)
