"""A number behind which the telling goes on: a card's last day, an identity number's last character."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.model import VOICE, PiiType

ANALYZER = Analyzer()


def _found(text: str, channel: str = "web") -> list[tuple[PiiType, str]]:
    return [(finding.type, finding.normalised) for finding in ANALYZER.find(text, channel=channel)]


@pytest.mark.parametrize(
    "text",
    [
        "4367421234567896 9/27",
        "4367421234567896\n09/2027",
        "4367 4212 3456 7896 100元",
        "4367421234567896，2件",
    ],
)
def test_a_card_ends_where_its_last_day_or_an_amount_begins(text: str) -> None:
    assert _found(text) == [(PiiType.BANK_CARD, "4367421234567896")]


@pytest.mark.control("K1", "P-16")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4367 4212 3456 7896 09/27 321", "321"),
        ("4367421234567896，09/27，321", "321"),
        ("4367421234567896 12/2027 321", "321"),
        ("4367421234567896 1227 321", "321"),
        ("4367421234567896 有效期12-27 3210", "3210"),
        ("4367421234567896，28年03月，998", "998"),
        ("4367421234567896\n03/28\n998", "998"),
    ],
)
def test_what_stands_behind_a_cards_last_day_is_its_code(text: str, code: str) -> None:
    assert _found(text) == [(PiiType.BANK_CARD, "4367421234567896"), (PiiType.CVV, code)]


@pytest.mark.parametrize("behind", ["12/27 123元", "12-27 1000件", "12/27 收到100", "12/27", "13/27 123", "12/27 12"])
def test_an_amount_behind_a_day_is_no_code(behind: str) -> None:
    assert _found(f"4367421234567896 {behind}") == [(PiiType.BANK_CARD, "4367421234567896")]


@pytest.mark.parametrize("text", ["20261118093344 12件", "订单2026111809334412 3件"])
def test_an_order_before_a_count_is_none(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    "behind",
    ["，最后一位是X", "，最后是x", "尾数X", "\n最后一位是X", "，末位是大写X", "，最后一位是字母x"],
)
def test_the_last_character_of_an_identity_number_may_be_told_apart(behind: str) -> None:
    assert _found(f"身份证号是11010519491231002{behind}") == [(PiiType.ID_CARD, "11010519491231002X")]


def test_so_it_may_be_said() -> None:
    said = _found("幺幺零幺零五幺九四九幺二三幺零零二最后一位是X", VOICE)
    assert said == [(PiiType.ID_CARD, "11010519491231002X")]
