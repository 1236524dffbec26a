"""居民身份证: 18 characters (GB 11643-1999), and the 15 digits from before 1999, which need a word beside them."""

import re

from security.pii.checks import is_birth_date, is_id_checksum, is_province
from security.pii.dates import MONTH_AND_DAY, eight_digits
from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, NO_WORD_BEFORE, SAID, SEPARATOR, Recogniser, digits, only_digits
from security.pii.recognisers import tails
from security.pii.recognisers.named import named

_X = "(?:[0-9x×叉]|[艾埃爱愛]克斯)"
_FIRST = "[1-9](?:(?<![0-9A-Za-z].)|(?<=id.|no.)|(?<=sfz.))"
"""It may be joined to its name. What begins with a digit is looked for quickly."""
_FIRST_ALONE = "[1-9](?<![0-9A-Za-z].)"
_EIGHTEEN = f"{_FIRST}{digits('{16}')}{SEPARATOR}{_X}"
_BORN = "(?:19[0-9]{2}|20[01][0-9])(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_LAST_TOLD = (
    r"[\s,，。.]{0,2}(?:最后|末尾|末位|尾数|尾巴|后面)(?:一?[位个])?(?:就?是|为|:)?(?:[一个]|大写的?|小写的?|字母){0,3}"
)
"""The X told apart: "…002，最后一位是X"."""
_FOREIGN_RESIDENT = "9"
_LENGTHS = frozenset({15, 18})
_DATE_MAY_BEGIN = (5, 6, 7)
"""Where a digit before it is missing, or one too many."""
_SPELLED_DATE = re.compile(f"(?:19|20)[0-9]{{2}}{MONTH_AND_DAY}")
_IN_GROUPS = f"{SAID}[0-9]{{4}}{SAID}?[0-9]{{4}}{SAID}[0-9]{{3}}"
_WITH_A_DAY = f"{SEPARATOR}{_SPELLED_DATE.pattern}{SEPARATOR}[0-9]{{3}}{SEPARATOR}"
_PHONE = r"1[3-9][0-9]{9}"


def _worth(value: str) -> float:
    if len(value) < 15:
        return 0.2
    if len(value) not in _LENGTHS:
        return 0.2 if is_province(value) or any(is_birth_date(value[at : at + 8]) for at in _DATE_MAY_BEGIN) else 0.0
    if len(value) == 15:
        return 0.1 if is_province(value) and (is_birth_date(value[6:12]) or is_birth_date(value[6:14])) else 0.0
    if not is_birth_date(value[6:14]):
        return 0.15 if is_province(value) or value[0] == _FOREIGN_RESIDENT else 0.05
    return 0.35 + 0.35 * is_province(value) + 0.05 * (value[0] == _FOREIGN_RESIDENT) + 0.45 * is_id_checksum(value)


def _normalise(text: str) -> str:
    text = _SPELLED_DATE.sub(lambda date: eight_digits(date[0]), text)
    kept = only_digits(text)
    return f"{kept}X" if len(kept) == 17 and not text[-1].isdigit() else kept


RECOGNISER = Recogniser(
    type=PiiType.ID_CARD,
    shapes=(
        f"{_EIGHTEEN}{NO_WORD_AFTER}",
        f"{_FIRST}{digits('{16}')}{_LAST_TOLD}[x×叉╳]{NO_WORD_AFTER}",
        f"[1-9](?<=[A-Za-z].)[0-9]{{5}}{_BORN}[0-9]{{3}}[0-9x](?![0-9])",  # joined to any other letters
        f"{_FIRST}[0-9]{{5}}(?:{_IN_GROUPS}|{_WITH_A_DAY}){_X}{NO_WORD_AFTER}",
        f"{_FIRST_ALONE}[0-9]{{16}}[0-9x](?={_PHONE}{NO_WORD_AFTER})",  # a phone number runs on behind it
        f"[1-9](?<={NO_WORD_BEFORE}{_PHONE}.)[0-9]{{16}}[0-9x]{NO_WORD_AFTER}",
        f"{_FIRST_ALONE}{digits('{14}')}{NO_WORD_AFTER}",
        tails.tail("身份证|身份證|身分证|身分證|证件|證件", _X),
        named("身份证|身份證|身分证|身分證|证件|證件", f"[1-9]{digits('{15,16}')}", f"[1-9]{digits('{18,19}')}"),
    ),
    least_digits=tails.LEAST,
    worth=_worth,
    normalise=_normalise,
    without=0.4,  # area, birth date and check digit together outweigh "order": one random number in 60,000 has them
)
