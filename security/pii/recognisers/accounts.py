"""微信 and QQ: recognised by the word before them, for what follows may look like anything."""

import re

from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, VALUE, Recogniser, digits, only_digits
from security.pii.vocabulary import in_either_case, tables, words

_ADD = "加(?:我|个|個|一下)?"
_BY_ITSELF = "(?<![A-Za-z].)"
"""Behind its first letter."""
_V = in_either_case("v", rf"{_BY_ITSELF}(?:\s?[❤♥]\ufe0f?|(?:信|\.?x)(?![A-Za-z]))")
_W = in_either_case("w", rf"{_BY_ITSELF}(?:e\s?chat|eixin|x)(?![A-Za-z])")
_PLUS_V = r"\+(?<![0-9A-Za-z]\+)\s?[Vv](?![A-Za-z])"
_BY_ADDING = f"{_ADD}(?:[Vv](?![A-Za-z])|[微薇](?![信❤♥]))"
_WECHAT = rf"(?-i:微信|薇信|威信|徽信|卫星|[微薇]\s?[❤♥]\ufe0f?|{_V}|{_W}|{_PLUS_V}|{_BY_ADDING})"
_KIND = r"(?:账号|帳號|帐号|賬號|号码|號碼|号|號|id)"
_WORD_FOR_IT = r"(?:id|account|acc|number|num|no\.?|user\s?name|name|handle)"
_LINK = r"""(?:["'`\s:=：]|是|为|為|叫|就是|加|搜|改成|换成|我的?|拼音的?|小写的?|字母){0,6}"""
_JOIN = r"(?:下划线|下劃線|底线|减号|減號|横杠|橫槓|横线|橫線|中划线|短横|杠|槓)"
_ID = rf"[A-Za-z](?:[A-Za-z0-9_\-]|\s?{_JOIN}\s?|(?<=[a-z])\s(?=[0-9])){{5,19}}"
_END_OF_SENTENCE = r"(?![A-Za-z0-9_@]|\s*(?!and(?![A-Za-z]))[A-Za-z])"
_IN_ENGLISH = (
    rf"(?:(?:\s?,?\s?{_WORD_FOR_IT})?(?:'s|\s?(?:is|it's|as))?(?:[\s:=]|(?<=\s)-(?=\s)){{1,3}}(?=[A-Za-z\-]{{0,19}}[0-9_])"
    rf"|\s?,?\s?{_WORD_FOR_IT}(?:\s?[:=]|\s(?:is|-))\s?(?={_ID}{_END_OF_SENTENCE}))"
)
"""Of letters alone it is the last word: wechat id is lilei, and not wechat id is missing again."""
_NAMES_OF_WECHAT = (
    "微信",
    "薇信",
    "威信",
    "徽信",
    "卫星",
    "wechat",
    "weixin",
    "wx",
    "vx",
    "v信",
    "v.x",
    "❤",
    "♥",
    "+v",
    "+ v",
)
_TELLING = re.compile(r"[0-9_\-]")
_NOT_AN_ID = words(tables(__file__, "accounts.toml")["not_ids"])


def _added(by: str) -> tuple[str, ...]:
    return tuple(f"加{whom}{by}" for whom in ("", "我", "个", "個", "一下"))


def _wechat(text: str) -> str:
    return re.sub(r"\s", "", re.sub(_JOIN, "_", text)).lower()


def _worth_of_wechat(value: str) -> float:
    if value in _NOT_AN_ID:
        return 0.0
    return 0.8 if _TELLING.search(value) else 0.6


WECHAT = Recogniser(
    type=PiiType.WECHAT,
    shapes=(
        rf"{_WECHAT}(?:{_IN_ENGLISH}|{_KIND}?{_LINK}(?<![A-Za-z0-9]))(?P<{VALUE}>{_ID})(?![A-Za-z0-9_@])",
        rf"[加搜](?:我|一下|个)?(?:wx|vx)(?P<{VALUE}>{_ID})(?![A-Za-z0-9_@])",
        rf"(?P<{VALUE}>(?-i:[Ww])(?<![0-9A-Za-z].)xid_[a-z0-9]{{6,22}}){NO_WORD_AFTER}",
        rf"(?P<{VALUE}>(?-i:[A-Za-z])(?<![0-9A-Za-z].)[A-Za-z0-9_\-]{{5,19}})[\s，,]?(?:这个|這個)?(?:就?是|，|,)我?的?(?:{_WECHAT})",
    ),
    must_hold=(*_NAMES_OF_WECHAT, *_added("v"), *_added("微"), *_added("薇")),
    worth=_worth_of_wechat,
    without=0.0,
    normalise=_wechat,
)

_Q = in_either_case("q", rf"{_BY_ITSELF}(?:\s?q(?![A-Za-z])|(?=[号號]))")
_QQ = f"(?-i:{_Q}|扣扣|叩叩|球球|企鹅|企鵝|秋秋|{_ADD}[Qq](?![A-Za-z]))"

QQ = Recogniser(
    type=PiiType.QQ,
    shapes=(
        rf"{_QQ}{_KIND}?{_LINK}(?P<{VALUE}>[1-9]{digits('{4,10}')})(?![0-9A-Za-z@])",
        rf"(?-i:[Qq])(?<![0-9A-Za-z].)\s?:\s?(?P<{VALUE}>[1-9][0-9]{{7,10}})(?![0-9A-Za-z@])",
    ),
    must_hold=("qq", "q q", "q:", "q :", "扣扣", "叩叩", "球球", "企鹅", "企鵝", "秋秋", "q号", "q號", *_added("q")),
    worth=lambda _: 0.8,
    without=0.2,
    normalise=only_digits,
)
