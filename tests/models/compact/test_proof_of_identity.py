import pytest

from models.commands import Command, SetSlot, Slot
from models.compact.normalise import fold
from models.compact.proof import prove

ORDER = "30261114000001"


def _proof(order: str | None, phone: str | None) -> list[Command]:
    given = ((Slot.ORDER, order), (Slot.PHONE, phone))
    return [SetSlot(slot=slot, value=value) for slot, value in given if value is not None]


def _said(words: str) -> list[Command]:
    return prove(fold(words), words)


@pytest.mark.parametrize(
    "words",
    [
        "30261114000001 8000",
        "30261114000001，8000",
        "30261114000001、8000",
        "30261114000001\n8000",
        "30261114000001 8000，谢谢",
        "8000，30261114000001",
        "8000 30261114000001",
        "订单30261114000001，手机尾号8000",
        "三零二六一一一四零零零零零一 八零零零",
        "三零二六 幺幺幺四 零零零零 零一，八零零零",
        "三零二六，幺幺幺四，零零零零，零一，八零零零",
    ],
)
def test_an_order_number_and_a_tail_beside_it_are_two(words: str) -> None:
    assert _said(words) == _proof(ORDER, "8000")


@pytest.mark.parametrize("words", ["3026 1114 0000 01 尾号8000", "3026-1114-0000-01 8000", "3026 1114 0000 01，8000"])
def test_a_number_in_groups_is_joined_up_to_the_tail(words: str) -> None:
    assert _said(words) == _proof(ORDER, "8000")


@pytest.mark.parametrize(
    ("words", "order"),
    [
        ("3026 1114 0000 01", ORDER),
        ("30261114-0000-01", ORDER),
        ("3026 1114 0000 0018", "3026111400000018"),
        ("3026111400 0001", "30261114000001"),
        ("302611140000018000", "302611140000018000"),
    ],
)
def test_a_number_alone_is_never_cut(words: str, order: str) -> None:
    assert _said(words) == _proof(order, None)


@pytest.mark.parametrize(
    "words", ["30261114000001 13800008000", "30261114000001，138 0000 8000", "13800008000 30261114000001"]
)
def test_a_whole_phone_beside_the_order_number_gives_its_tail(words: str) -> None:
    assert _said(words) == _proof(ORDER, "8000")


@pytest.mark.parametrize("words", ["13800008000", "138 0000 8000", "尾号8000", "8000"])
def test_a_phone_alone_is_no_order(words: str) -> None:
    assert _said(words) == _proof(None, "8000")


def test_a_phone_that_was_masked_is_handed_on_as_it_stands() -> None:
    assert _said("30261114000001，⟨手机1⟩") == _proof(ORDER, "⟨手机1⟩")
