"""A customer's own values are found wherever they are said, in whatever spelling."""

import pytest

from security.pii.analyzer import Analyzer
from security.pii.known import KnownValues, merged
from security.pii.model import PiiType

T = PiiType
OWN = KnownValues(
    [(T.NAME, "高兴"), (T.PHONE, "13800138000"), (T.ADDRESS, "和平里小区3栋"), (T.EMAIL, "li@example.com")]
)


def found(text: str) -> list[tuple[PiiType, str, str]]:
    return [(f.type, f.value, f.normalised) for f in OWN.find(text)]


@pytest.mark.control("K1")
@pytest.mark.parametrize(
    ("text", "type_", "value", "own"),
    [
        ("帮高兴查一下", T.NAME, "高兴", "高兴"),
        ("单号138-0013-8000", T.PHONE, "138-0013-8000", "13800138000"),
        ("一三八零零幺三八零零零", T.PHONE, "一三八零零幺三八零零零", "13800138000"),
        ("还是和平里小区 3栋", T.ADDRESS, "和平里小区 3栋", "和平里小区3栋"),
        ("ＬＩ＠ｅｘａｍｐｌｅ．ｃｏｍ", T.EMAIL, "ＬＩ＠ｅｘａｍｐｌｅ．ｃｏｍ", "li@example.com"),
    ],
)
def test_it_is_found_without_any_word_beside_it(text: str, type_: PiiType, value: str, own: str) -> None:
    assert found(text) == [(type_, value, own)]


@pytest.mark.parametrize("text", ["213800138000", "138001380001", "我要退货", ""])
def test_a_longer_number_is_not_it(text: str) -> None:
    assert found(text) == []


def test_a_value_too_short_to_be_told_apart_is_not_looked_for() -> None:
    assert not KnownValues([(T.NAME, "高"), (T.QQ, "1234")])


def test_what_is_known_wins_over_what_is_guessed() -> None:
    text = "订单写13800138000，身份证110101199003071239"
    both = merged(OWN.find(text), Analyzer().find(text))
    assert [(f.type, f.value) for f in both] == [(T.PHONE, "13800138000"), (T.ID_CARD, "110101199003071239")]
