"""银行卡 (ISO/IEC 7812): 13 to 19 digits. A word beside it counts more than a checksum: people mistype."""

from security.pii.checks import is_card_issuer, is_luhn
from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, SAID, Recogniser, digits, only_digits
from security.pii.recognisers import tails

_FIRST = (
    "[2-689](?:(?<![0-9A-Za-z].)|(?<=no.)|(?<=ccb.|abc.|boc.|cmb.|ceb.|cib.)|(?<=card.|visa.|icbc.|psbc.|spdb.|cmbc.))"
)
"""It may be joined to the name of its bank. What begins with a digit is looked for quickly."""


_GROUP_BEHIND = r"(?=[^0-9A-Za-z]{1,2}[0-9])"
"""What stands apart behind it is another number: its last day, an amount. A check digit says enough."""


def _worth(value: str) -> float:
    if len(value) < 13:
        return 0.2
    if not is_card_issuer(value):
        return 0.1
    return 0.3 + 0.3 * is_luhn(value)


RECOGNISER = Recogniser(
    type=PiiType.BANK_CARD,
    shapes=(
        f"{_FIRST}{digits('{12,18}')}{NO_WORD_AFTER}",
        f"{_FIRST}[0-9]{{3}}(?:{SAID}[0-9]{{4}}){{3}}(?:{SAID}?[0-9]{{1,3}})?{NO_WORD_AFTER}",
        f"{_FIRST}(?:{digits('{15}')}|{digits('{18}')}){_GROUP_BEHIND}",
        tails.tail(
            f"银行卡|銀行卡|信用卡|储蓄卡|儲蓄卡|借记卡|卡号|卡號|{tails.CARD}|工行|农行|中行|建行|招行|交行|邮储"
        ),
    ),
    least_digits=tails.LEAST,
    worth=_worth,
    normalise=only_digits,
)
