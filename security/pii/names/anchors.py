"""What stands around names: expressions that begin with characters of their own, so that most of a text is skipped."""

import re

from security.pii.names.lexicon import AROUND, BEGINNINGS, COMPOUND
from security.pii.vocabulary import one_of

HAN = "[\u3400-\u9fff]"
_MARKS = r"""["'`*“”「」『』‘’\s]{0,3}"""
_LINK = (
    f"{_MARKS}(?:就|应该|應該|一栏|要|从|由|原来){{0,2}}"
    f"(?P<link>是|叫做|叫|为|為|改成|改为|改為|换成|換成|写成|写的?是?|填的?是?|[:：=])?{_MARKS}"
)
SPELLED = frozenset({"叫", "叫做", ":", "：", "="})
"""Links behind which anything may be a name."""

LABEL = re.compile(one_of((word for word in AROUND["labels"] if not word.isascii()), condition="(?<!用.)") + _LINK)
ENGLISH_LABEL = re.compile(
    rf"\b(?:{one_of(word for word in AROUND['labels'] if word.isascii())})(?![A-Za-z]){_LINK}", re.IGNORECASE | re.ASCII
)
TOLD = re.compile(
    f"{one_of(AROUND['roles'] | AROUND['intro'])}(?:那个|那位|这个|这位|一个)?{_MARKS}"
    f"(?P<link>名叫|叫|是|[:：])?{_MARKS}"
)
OWN_NAME = re.compile(f"[我俺](?<!{HAN}.)名?叫(?={HAN}{{2,4}}(?:$|[^\u3400-\u9fff]))")
"""我叫安然, and nothing behind it: even a word is a name then."""
MAYBE = re.compile(f"{one_of(AROUND['maybe'])}{_MARKS}(?=[{BEGINNINGS}])")

LATIN_INTRO = re.compile(r"(?:my name is|i am|i'm|this is)\s$", re.IGNORECASE)
MY_NAME_IS = re.compile(
    r"\bmy name(?:'s| is)\s(?P<name>[A-Za-z]{2,15}(?: (?!and )[A-Za-z]{2,15})?)(?=\s*(?:$|[^\sA-Za-z0-9]|and\s))",
    re.IGNORECASE,
)
DOCUMENT_OR_NUMBER = re.compile(r"\s{0,2}(?:护照|護照|passport|1[3-9][0-9]{9})", re.IGNORECASE)

TITLE = re.compile(f"{one_of(AROUND['titles'])}(?![姐控])")
SINGLE_TITLES = AROUND["titles_of_surnames"]
SHORT_TITLE = re.compile(
    one_of(AROUND["short_titles"], condition=f"(?<=[{BEGINNINGS}].)")
    + "(?=$|[^\u3400-\u9fff]|[家那的在收签拿取说来去给和转帮处让叫问跟要您你]|代(?!理))"
)
SURNAME_TOLD = re.compile(
    f"(?:(?<![同百])[我敝您他她]姓|免[贵貴]姓|本人姓|户主姓)(?P<surname>{one_of(COMPOUND)}|[{BEGINNINGS}])(?=$|[^\u3400-\u9fff]|[的是叫名吧啊呀])"
)
"""我姓钱."""
FAMILIAR = re.compile(
    f"[老小](?P<surname>[{BEGINNINGS}])(?=$|[^\u3400-\u9fff]|{one_of(AROUND['acts'])}|[收签那家帮的说接在会给拿来去转和跟就没不了])"
)
"""老李, 小王."""
BEHIND = re.compile(
    f"[收代签亲转的](?:(?:(?<=[代签亲])收|(?<=转)交收|(?<=收))(?!{HAN})|(?<=代)[签领取收拿]|(?<=的){one_of(AROUND['belongings'])})"
)
RECEIVES = re.compile(f"[ ,，、]?(?:[代签亲]|转交)?收(?!{HAN})")
LATIN_ALONE = re.compile("[A-Z](?<![A-Za-z0-9].)[a-z]{2,14}(?![A-Za-z0-9])")
GIVEN_TO = re.compile("(?:放|给|让|找|由|请|转|叫|替|帮|是|联系)[ ]?$")
NUMBER = re.compile(r"(?:1[3-9][0-9](?:[ -]?[0-9]{4}){2}|0[0-9]{2,3}-?[0-9]{7,8})(?![0-9])")
_BETWEEN = r"[^0-9A-Za-z\u3400-\u9fff]{0,3}"
BEFORE_NUMBER = re.compile(
    rf"{_BETWEEN}(?:(?:联系)?(?:电话|手机号?|電話|手機)|tel)?{_BETWEEN}(?:\(?\+?86\)?[ -]?)?$", re.IGNORECASE
)
_SIGNS = r"[^0-9A-Za-z\u3400-\u9fff]{1,3}"
AFTER_NUMBER = re.compile(f"{_SIGNS}(?={HAN}{{2,4}}(?!{HAN}))")
RUN = re.compile(f"{HAN}+")
SHORT_RUN = re.compile(f"[{BEGINNINGS}](?<!{HAN}.){HAN}{{1,3}}(?!{HAN})")
"""Two to four characters between two marks, which a surname may begin."""
QUOTED = re.compile(rf"[“\"「『‘'](?P<name>{HAN}{{2,4}})[”\"」』’']")
GREETING = re.compile("(?:你好|您好|喂|哈喽|hello|hi)[，,。！! ]{0,2}$", re.IGNORECASE)
SELF_TOLD = re.compile("[，,。 ]{0,2}(?:手机|电话|尾号|订单|会员)")
ABOUT_NAMES = re.compile(one_of(AROUND["about_names"]))
DOT = re.compile("[·•・‧]")
DOTTED = re.compile(f"{HAN}{{2,10}}(?:[·•・‧]{HAN}{{2,8}}){{1,3}}")
CORRECTION = re.compile(
    r"[，,。.\s！!呃嗯啊哦]{0,3}(?:(?:不对|不對|不是|错了|写错了?|说错了?|打错了?|听错了|更正)[，,。\s呃嗯啊]{0,3})?"
    "(?:应该|應該)?(?:是|叫|改成|改为|换成|写成)"
)

_SAYS_SO = AROUND["labels"] | AROUND["roles"] | AROUND["intro"] | AROUND["titles"] | AROUND["about_names"]
HINTS = (
    one_of(_SAYS_SO | {f"的{word}" for word in AROUND["belongings"]} | AROUND["english"]),
    f"{one_of(AROUND['maybe'])}{_MARKS}[{BEGINNINGS}]",
    f"[·•・‧“「『]|收(?!{HAN})|代[签领取收拿]|[我您他她贵貴人主]姓|{SHORT_TITLE.pattern}",
)
"""Without one of these, or a number, there is no name to be found."""
