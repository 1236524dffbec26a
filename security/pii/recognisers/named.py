"""A number right behind its own name: 手机号1380013800, 身份证号是1101011990030723.

A digit too few or too many makes it nobody else's, and an account has no form at all.
"""

from security.pii.recogniser import NO_WORD_AFTER, VALUE

_LINK = r"(?:[号號码碼]{0,2}|(?: number| no\.?)?)(?:[\s:=]|应该|應該|就|是|为|為|is(?![A-Za-z])){0,4}+"


def named(names: str, *numbers: str) -> str:
    """A shape. `numbers`: expressions for what may stand there."""
    values = "|".join(f"{number}{NO_WORD_AFTER}" for number in numbers)
    return f"(?:{names}){_LINK}(?P<{VALUE}>{values})"
