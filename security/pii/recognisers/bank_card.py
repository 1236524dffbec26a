"""银行卡 (ISO/IEC 7812): 13 to 19 digits. A word beside it counts more than a checksum: people mistype."""

from security.pii.checks import begins_with_a_day, is_card_issuer, is_luhn
from security.pii.model import PiiType
from security.pii.recogniser import NO_WORD_AFTER, SAID, Recogniser, digits, only_digits
from security.pii.recognisers import tails
from security.pii.recognisers.named import named

_FIRST = (
    "[2-689](?:(?<![0-9A-Za-z].)|(?<=no.)|(?<=ccb.|abc.|boc.|cmb.|ceb.|cib.)|(?<=card.|visa.|icbc.|psbc.|spdb.|cmbc.))"
)
"""It may be joined to the name of its bank. What begins with a digit is looked for quickly."""
_GROUP_BEHIND = r"(?=[^0-9A-Za-z]{1,2}[0-9])"
"""What stands apart behind it is another number: its last day, an amount. A check digit says enough."""
_BRANCH = "(?:[\u3400-\u9fff]{2,8}(?:分行|支行|营业部))?"
_ACCOUNTS = (
    f"银行(?:卡|{_BRANCH})|銀行(?:卡|{_BRANCH})|储蓄卡|儲蓄卡|信用(?:卡|社)|借记卡|农商行|卡(?<![品物值员充宾].)[号號]"
    "|账[号户]|帐[号户]|賬[號戶]|帳[號戶]|户头|戶頭"
)
"""Behind these a number of any form is one, but for what begins with a day or is round."""
_SHORTEST_ACCOUNT, _SHORTEST, _SHORTEST_OF_CHINA = 12, 13, 16
_ROUND = "000000"


def _worth(value: str) -> float:
    is_of_issuer = len(value) >= _SHORTEST and is_card_issuer(value)
    if len(value) >= _SHORTEST_ACCOUNT and not is_of_issuer and (begins_with_a_day(value) or value.endswith(_ROUND)):
        return 0.0
    if not is_of_issuer:
        return 0.1 if _SHORTEST <= len(value) < _SHORTEST_OF_CHINA else 0.2
    return 0.3 + 0.3 * is_luhn(value)


RECOGNISER = Recogniser(
    type=PiiType.BANK_CARD,
    shapes=(
        f"{_FIRST}{digits('{12,18}')}{NO_WORD_AFTER}",
        f"{_FIRST}[0-9]{{3}}(?:{SAID}[0-9]{{4}}){{3}}(?:{SAID}?[0-9]{{1,3}})?{NO_WORD_AFTER}",
        f"{_FIRST}(?:{digits('{15}')}|{digits('{18}')}){_GROUP_BEHIND}",
        named(_ACCOUNTS, f"[1-9]{digits('{11,20}')}"),
        tails.tail(
            f"银行卡|銀行卡|信用卡|储蓄卡|儲蓄卡|借记卡|卡号|卡號|{tails.CARD}|工行|农行|中行|建行|招行|交行|邮储"
        ),
    ),
    least_digits=tails.LEAST,
    worth=_worth,
    normalise=only_digits,
)
