"""银行卡 (ISO/IEC 7812): 13 to 19 digits. A word beside it counts more than a checksum: people mistype."""

from security.pii.checks import is_card_issuer, is_luhn
from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, NO_WORD_BEFORE, Recogniser, digits, only_digits


def _worth(value: str) -> float:
    if not is_card_issuer(value):
        return 0.1
    return 0.3 + 0.3 * is_luhn(value)


RECOGNISER = Recogniser(
    type=PiiType.BANK_CARD,
    shapes=(f"(?:{NO_WORD_BEFORE}|(?<=card)|(?<=visa))[2-689]{digits('{12,18}')}{NO_WORD_AFTER}",),
    least_digits=13,
    worth=_worth,
    normalise=only_digits,
)
