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
    read_written_integer,
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
        ("epoch_s", "1794974400"),
        ("epoch_ms", "1794974400000"),
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
        ("epoch_s", 1794974400000),
        ("epoch_ms", 1794974400),
        ("epoch_s", "1794974400.5"),
        ("epoch_s", Decimal("1794974400.5")),
        ("epoch_s", "-1794974400"),
        ("iso8601", "20261118"),
        ("iso8601", "2026-W47-3"),
        ("iso8601", "1794974400"),
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


@given(
    st.datetimes(min_value=datetime(1992, 1, 1), max_value=datetime(2199, 1, 1)),  # noqa: DTZ001
    st.sampled_from(["epoch_s", "epoch_ms", "iso8601", "%Y-%m-%d %H:%M:%S", "%Y/%m/%dT%H:%M:%S%z"]),
    st.sampled_from(["Asia/Shanghai", "UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu"]),
)
def test_a_time_comes_back_as_it_went_or_is_refused_as_ambiguous(at: datetime, time_format: str, zone: str) -> None:
    moment = at.replace(microsecond=0, tzinfo=UTC)
    clockwork = Clockwork(format=time_format, zone=ZoneInfo(zone))
    written = clockwork.write(moment)
    local = moment.astimezone(ZoneInfo(zone))
    is_said = time_format.startswith(("epoch", "iso")) or time_format.endswith("%z")
    if is_said or local.utcoffset() == local.replace(fold=1 - local.fold).utcoffset():
        assert clockwork.read(written) == moment
    else:
        with pytest.raises(NotReadable, match="once"):
            clockwork.read(written)


@pytest.mark.parametrize("written", ["2026-11-01 01:30:00", "2026-03-08 02:30:00"])
def test_an_hour_that_was_twice_or_never_is_not_guessed(written: str) -> None:
    with pytest.raises(NotReadable, match="America/New_York had once"):
        Clockwork(format="%Y-%m-%d %H:%M:%S", zone=ZoneInfo("America/New_York")).read(written)
    clear = Clockwork(format="iso8601", zone=ZoneInfo("America/New_York")).read("2026-11-01T01:30:00-04:00")
    assert clear == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_an_amount_is_read_exactly_or_not_at_all(amount: Decimal) -> None:
    whole = (amount * 100) % 1 == 0
    try:
        fen = read_money(Money.YUAN)(str(amount))
    except NotReadable:
        assert not whole
    else:
        assert (whole, Decimal(fen)) == (True, amount * 100)


@given(st.integers(min_value=0, max_value=10**12))
def test_a_thousandth_is_read_only_where_ten_make_a_fen(li: int) -> None:
    if li % 10:
        with pytest.raises(NotReadable):
            read_money(Money.LI)(li)
    else:
        assert read_money(Money.LI)(li) * 10 == li


@pytest.mark.parametrize("written", [1999, "19.99", "1 999", "", "-1", "１"])
def test_fen_in_quotes_are_digits_in_quotes(written: Any) -> None:
    with pytest.raises(NotReadable):
        read_money(Money.FEN_TEXT)(written)


@given(st.integers(min_value=-(2**53), max_value=2**53))
def test_a_whole_number_is_read_however_it_is_written(number: int) -> None:
    for written in (number, str(number), f"{number}.0000", Decimal(number)):
        assert read_written_integer(written) == number


@pytest.mark.parametrize("written", ["2.5", "", "1e3", "0x1", Decimal("2.5"), True, None, "9" * 17])
def test_what_is_no_whole_number_is_not_rounded(written: Any) -> None:
    with pytest.raises(NotReadable):
        read_written_integer(written)
