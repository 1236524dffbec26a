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
        "4367 4212 3456 7896 09/27 321",
        "4367421234567896，09/27，321",
        "4367421234567896 9/27",
        "4367421234567896\n09/2027",
        "4367 4212 3456 7896 100元",
        "4367421234567896，2件",
    ],
)
def test_a_card_ends_where_its_last_day_or_an_amount_begins(text: str) -> None:
    assert _found(text) == [(PiiType.BANK_CARD, "4367421234567896")]


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
