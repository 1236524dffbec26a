"""The end of a number by which it is named: 身份证后六位, 银行卡尾号. Four characters may be kept, and no more."""

from security.pii.recogniser import NO_WORD_AFTER, SEPARATOR, VALUE

LEAST = 5
_MORE_THAN_FOUR = "(?:[5-9五六七八九]|1[0-7]|十[一二三四五六七]?)"
_SEVERAL = rf"[ ]?(?:{_MORE_THAN_FOUR}|几)[ ]?(?:位|个|個)?(?:数字?|号码?)?"
_PLACE = f"(?:最?[后後](?:面|边)?的?|最?[末尾](?:尾|端)?的?){_SEVERAL}|(?:[尾末]号|[尾末]号码|尾数|末尾)(?:{_SEVERAL})?"
_LEAD = r"(?:[\s:,，]|应该|就|是|为|為|的){0,4}+"


def tail(named: str, last: str = "[0-9]") -> str:
    """A shape. ``named``: an expression for the number's name; ``last``: what its last character may be."""
    value = f"[0-9](?:{SEPARATOR}[0-9]){{3,15}}{SEPARATOR}{last}"
    return f"(?:{named})(?:号码?)?(?:上|里)?的?(?:{_PLACE}){_LEAD}(?P<{VALUE}>{value}){NO_WORD_AFTER}"
