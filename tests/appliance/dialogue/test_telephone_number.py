"""Which numbers somebody can be called at."""

import pytest

from appliance.dialogue import telephone_number
from security.pii.model import PiiType


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("13800138000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("013800138000", "13800138000"),
        ("0571-88886666", "057188886666"),
        ("（0571）88886666", "057188886666"),
        ("anonymous", None),
        ("", None),
        ("8001", None),
        ("10086", None),
        ("1380013800", None),
        ("138001380001", None),
        ("12345678901", None),
        ("88886666", None),
    ],
)
def test_a_number_is_whole_or_none(written: str, number: str | None) -> None:
    found = telephone_number.read(written)
    assert (found.text if found else None) == number
    assert found is None or found.type == (PiiType.PHONE if found.text.startswith("1") else PiiType.LANDLINE)
