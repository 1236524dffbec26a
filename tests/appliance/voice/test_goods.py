"""What the goods of a shop are called, and of nobody who bought them."""

import pytest

from appliance.voice import goods
from appliance.voice.goods import MOST_AT_ONCE, MOST_TOLD, Goods
from tests.appliance.voice.test_hotwords import masked


@pytest.fixture
def seen() -> Goods:
    return Goods(masked)


def test_what_most_customers_bought_comes_first(seen: Goods) -> None:
    for customer in ("U1", "U2"):
        seen.seen("shop-1", customer, ["保温杯 500ml"])
    for customer in ("U1", "U2", "U3"):
        seen.seen("shop-1", customer, ["轻跑运动鞋 黑"])
    assert seen.names("shop-1") == ("轻跑运动鞋", "保温杯")


def test_what_one_customer_bought_is_told_to_nobody_however_often_he_is_looked_up(seen: Goods) -> None:
    for _ in range(5):
        seen.seen("shop-1", "U1", ["刻字项链", "刻字项链"])
    assert seen.names("shop-1") == ()


def test_shops_do_not_hear_of_each_other(seen: Goods) -> None:
    seen.seen("shop-1", "U1", ["保温杯"])
    seen.seen("shop-2", "U2", ["保温杯"])
    assert seen.names("shop-1") == seen.names("shop-2") == seen.names("shop-3") == ()


def test_nothing_of_a_person_is_kept(seen: Goods) -> None:
    for customer in ("U1", "U2"):
        seen.seen("shop-1", customer, ["刻字保温杯 收件人张伟强 13812345678"])
    assert "刻字保温杯" in seen.names("shop-1")
    assert not any("张" in name or "伟" in name for name in seen.names("shop-1"))


def test_a_title_is_looked_through_once_however_often_it_is_bought() -> None:
    asked: list[str] = []

    def noting(title: str) -> str:
        asked.append(title)
        return title

    seen = Goods(noting)
    for customer in ("U1", "U2", "U1"):
        seen.seen("shop-1", customer, ["保温杯", "保温杯", "短袖"])
    assert asked == ["保温杯", "短袖"]


def test_there_is_an_end_to_what_is_kept_and_told(seen: Goods, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [f"{chr(0x4E00 + number)}杯子" for number in range(MOST_AT_ONCE + 1)]
    seen.seen("shop-2", "U1", many)
    seen.seen("shop-2", "U2", many[-1:])
    assert seen.names("shop-2") == (), "the last of very many titles was left out the first time"
    titles = [f"{chr(0x4E00 + number)}杯子" for number in range(MOST_TOLD + MOST_AT_ONCE)]
    for number in range(0, len(titles), MOST_AT_ONCE):
        for customer in ("U1", "U2"):
            seen.seen("shop-1", customer, titles[number : number + MOST_AT_ONCE])
    assert len(seen.names("shop-1")) == MOST_TOLD
    monkeypatch.setattr(goods, "MOST_WORDS", 3)
    monkeypatch.setattr(goods, "MOST_SHOPS", 1)
    seen.seen("shop-1", "U3", ["短袖"])
    assert seen.names("shop-1") == tuple(sorted(titles[-2:]))
    seen.seen("shop-2", "U1", ["短袖"])
    assert seen.names("shop-1") == ()
