"""居民身份证: 18 characters (GB 11643-1999), and the 15 digits from before 1999, which need a word beside them."""

from security.pii.checks import is_birth_date, is_id_checksum, is_province
from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, NO_WORD_BEFORE, SEPARATOR, Recogniser, digits

_X = "(?:[0-9x×叉]|[艾埃爱愛]克斯)"
_EIGHTEEN = f"[1-9]{digits('{16}')}{SEPARATOR}{_X}"
_FOREIGN_RESIDENT = "9"
_PHONE = r"1[3-9][0-9]{9}"


def _worth(value: str) -> float:
    if len(value) == 15:
        return 0.1 if is_province(value) and is_birth_date(value[6:12]) else 0.0
    if not is_birth_date(value[6:14]):
        return 0.15 if is_province(value) or value[0] == _FOREIGN_RESIDENT else 0.05
    return 0.35 + 0.35 * is_province(value) + 0.05 * (value[0] == _FOREIGN_RESIDENT) + 0.45 * is_id_checksum(value)


def _normalise(text: str) -> str:
    kept = "".join(char for char in text if char.isdigit())
    return kept if len(kept) != 17 else f"{kept}X"


RECOGNISER = Recogniser(
    type=PiiType.ID_CARD,
    shapes=(
        f"{NO_WORD_BEFORE}{_EIGHTEEN}{NO_WORD_AFTER}",
        f"{NO_WORD_BEFORE}[1-9][0-9]{{16}}[0-9x](?={_PHONE}{NO_WORD_AFTER})",  # a phone number runs on behind it
        f"(?<={NO_WORD_BEFORE}{_PHONE})[1-9][0-9]{{16}}[0-9x]{NO_WORD_AFTER}",
        f"{NO_WORD_BEFORE}[1-9]{digits('{14}')}{NO_WORD_AFTER}",
    ),
    least_digits=15,
    worth=_worth,
    normalise=_normalise,
    without=0.4,  # area, birth date and check digit together outweigh "order": one random number in 60,000 has them
)
