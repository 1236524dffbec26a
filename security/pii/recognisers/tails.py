"""A part of a number by its place: 身份证后六位, 卡的尾号, 身份证中间八位. Four characters may be kept, and no more."""

from security.pii.recogniser import NO_WORD_AFTER, SEPARATOR, VALUE

LEAST = 5
_MORE_THAN_FOUR = "(?:[5-9五六七八九]|1[0-7]|十[一二三四五六七]?)"
_SEVERAL = rf"[ ]?(?:{_MORE_THAN_FOUR}|几)[ ]?(?:位|个|個)?(?:数字?|号码?)?"
_MANY = f"(?:[那的]?(?:{_SEVERAL}|数字?))"
_PLACE = (
    f"(?:最?[后後]的?|最?[末尾](?:尾|端)?的?){_SEVERAL}|最?[后後](?:面|边|头){_MANY}?"
    f"|(?:[尾末]号|[尾末]号码|尾数|末尾)(?:{_SEVERAL})?|(?:中间|中段|当中|出生日期|出生年月日?|生日){_MANY}?"
)
CARD = "卡(?<![品物值员充宾动机米报].)"
HEAD = f"(?:身份证|{CARD})(?:号码?)?(?:上|里)?的?(?:最?前(?:面|边)|开头|打头|(?:最?前|头)(?={_SEVERAL})){_MANY}?"
"""With its name. No more of a card than anybody may know of its bank, and no shape; but nobody needs to hear it."""
_LEAD = r"(?:[\s:,，]|应该|就|是|为|為|的){0,4}+"


def tail(named: str, last: str = "[0-9]") -> str:
    """A shape. ``named``: an expression for the number's name; ``last``: what its last character may be."""
    value = f"[0-9](?:{SEPARATOR}[0-9]){{3,15}}{SEPARATOR}{last}"
    return f"(?:{named})(?:号码?)?(?:上|里)?的?(?:{_PLACE}){_LEAD}(?P<{VALUE}>{value}){NO_WORD_AFTER}"
