"""Amounts, times and words of other systems become ours exactly, or not at all."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.aftersales.orders.notation import (
    Clockwork,
    Money,
    NotReadable,
    Vocabulary,
    read_money,
    write_money,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(Money))
def test_an_amount_comes_back_as_it_went(fen: int, money: Money) -> None:
    written = msgspec.json.encode(write_money(money)(fen))
    assert read_money(money)(msgspec.json.Decoder(float_hook=Decimal).decode(written)) == fen


@pytest.mark.parametrize(
    ("written", "fen"),
    [("389", 38900), ("0.1", 10), ("1.10", 110), ("19.990", 1999), (Decimal("0.29"), 29), (7, 700), ("0", 0)],
)
def test_yuan_are_read_exactly(written: Any, fen: int) -> None:
    assert read_money(Money.YUAN)(written) == fen


@pytest.mark.parametrize(
    "written",
    ["", "1.005", "-1", "1e3", "1E+999999", "NaN", "１２", "1_0", " 1", "1,000", "¥1", True, 1.1, None, [], "9" * 30],
)
def test_what_is_no_amount_in_whole_fen_is_not_rounded(written: Any) -> None:
    with pytest.raises(NotReadable):
        read_money(Money.YUAN)(written)


@pytest.mark.parametrize("written", ["100", True, -1, 10**15, Decimal("1.0"), None])
def test_fen_are_whole_numbers(written: Any) -> None:
    with pytest.raises(NotReadable):
        read_money(Money.FEN)(written)


@pytest.mark.parametrize(
    ("time_format", "written"),
    [
        ("iso8601", "2026-11-18T12:00:00"),
        ("iso8601", "2026-11-18 12:00:00"),
        ("iso8601", "2026-11-18T04:00:00Z"),
        ("iso8601", "2026-11-17T23:00:00-05:00"),
        ("%Y/%m/%d %H:%M", "2026/11/18 12:00"),
        ("epoch_s", 1794974400),
        ("epoch_ms", 1794974400000),
    ],
)
def test_a_time_is_read_in_its_zone(time_format: str, written: Any) -> None:
    assert Clockwork(format=time_format, zone=SHANGHAI).read(written) == NOON


@pytest.mark.parametrize(
    ("time_format", "written"),
    [
        ("iso8601", "yesterday"),
        ("iso8601", 1794974400),
        ("iso8601", "0001-01-01T00:00:00"),
        ("iso8601", "2" * 100),
        ("%Y-%m-%d", "2026-13-01"),
        ("epoch_s", 10**20),
        ("epoch_ms", True),
    ],
)
def test_what_is_no_time_is_not_readable(time_format: str, written: Any) -> None:
    with pytest.raises(NotReadable):
        Clockwork(format=time_format, zone=SHANGHAI).read(written)


def test_an_unknown_word_is_an_error_unless_the_file_says_what_it_means() -> None:
    strict = Vocabulary(name="level", ours={"G": "gold"}, theirs={"gold": "G"})
    lenient = Vocabulary(name="level", ours={"G": "gold"}, theirs={"gold": "G"}, every_other="normal")
    assert lenient.read("X") == "normal"
    assert strict.read("G") == "gold"
    wrong: Any
    for wrong in ("X", None, [], 1.5):
        with pytest.raises(NotReadable):
            strict.read(wrong)
