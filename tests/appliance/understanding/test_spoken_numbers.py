"""A heard number is matched with the customer's own: nearest, and only where no other is nearly as near."""

import pytest

from appliance.understanding.spoken_numbers import Match, in_figures, match

SHOES, CUP, BAG = "20261110123456", "20261113902836", "20261119018511"
OWN = (SHOES, CUP, BAG)


def meant(*hearings: str) -> tuple[str | None, bool] | None:
    found = match(hearings, OWN)
    return None if found is None else (found.number, found.is_sure)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("二零二六一一一零一二三四五六", SHOES),
        ("2026 1110 1234 56", SHOES),
        ("尾号是三四五六", SHOES),
        ("后四位是三四五六吧", SHOES),
        ("幺幺三九零二八三六那单", CUP),
        ("八五幺幺", BAG),
        ("八五一一", BAG),
    ],
)
def test_what_fits_digit_by_digit_is_sure(words: str, number: str) -> None:
    assert meant(words) == (number, True)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("八五幺七", BAG),  # 七 for 一
        ("二八三九", CUP),  # 九 for 六
        ("二八三零", CUP),  # 零 for 六
        ("三十五六", SHOES),  # 十 for 四
        ("三四五溜", SHOES),  # a character that only sounds like a digit
        ("三四五五六", SHOES),  # a digit said twice
        ("二零二六一一一三九零二八三", CUP),  # the last digit was swallowed
        ("20261113902839", CUP),
    ],
)
def test_what_is_only_near_is_not_sure(words: str, number: str) -> None:
    assert meant(words) == (number, False)


@pytest.mark.parametrize(
    "words",
    [
        "不是3456，是8511",
        "不是三四五六是八五幺幺",
        "不是3456，8511",
        "不是3456。应该是8511",
        "不是尾号3456那单，是尾号8511那单",
        "不是3，4，5，6，是8，5，1，1",
        "不是20261110123456，是20261119018511",
        "8511，不是3456",
        "不对，是8511",
        "不是，8511",
        "不是是8511",
    ],
)
def test_a_number_that_he_says_it_is_not_is_not_meant(words: str) -> None:
    assert meant(words) == (BAG, True)


@pytest.mark.parametrize("words", ["不是3456吗", "是不是3456", "尾号3456，是不是到了"])
def test_who_asks_whether_it_is_one_means_it(words: str) -> None:
    assert meant(words) == (SHOES, True)


@pytest.mark.parametrize("words", ["尾号3456十分着急", "三四五六十分急用", "3456十分钟前下的单"])
def test_very_behind_a_number_is_no_digit_of_it(words: str) -> None:
    assert meant(words) == (SHOES, True)


def test_a_character_inside_that_only_sounds_like_a_digit_is_one() -> None:
    assert meant("三是五六") == (SHOES, False)


@pytest.mark.parametrize("words", ["九九九九", "八五七七", "20260101000000", "尾号一二三"])
def test_what_is_near_to_none_is_none(words: str) -> None:
    assert meant(words) == (None, False)


@pytest.mark.parametrize(
    "words", ["我要退货", "买了两三天", "2026年11月21号买的", "二十一号那单", "花了399元", "第一个"]
)
def test_words_without_an_orders_number_are_not_one(words: str) -> None:
    assert meant(words) is None


def test_another_hearing_may_hold_it_and_is_never_sure() -> None:
    assert meant("八五二九", "八五一一") == (BAG, False)
    assert meant("帮我五一亿", "八五一一") == (BAG, False)


def test_between_two_that_are_as_near_none_is_chosen() -> None:
    assert match(["三四五六"], ["20261110003456", "20261111003456"]) == Match(digits="3456")


def test_a_number_with_a_neighbour_that_it_could_be_is_not_sure() -> None:
    """One that was said 七二三四 may have been heard 一二三四."""
    assert match(["一二三四"], ["20261110001234", "20261110007234"]) == Match(
        digits="1234", number="20261110001234", is_sure=False
    )


def test_digits_from_the_middle_find_it_and_are_not_sure() -> None:
    assert meant("一三九零二") == (CUP, False)


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        ("二零二六一一一零一二三四五六", "20261110123456"),
        ("订单号幺洞两六，幺幺幺洞，幺二三四五六。", "订单号10261110123456。"),
        ("2026 1110 123456", "20261110123456"),
        ("订单20261110123456，尾号8000", "订单20261110123456，尾号8000"),
        ("20261110123456 8000", "20261110123456 8000"),
        ("一五一十地说", "一五一十地说"),
        ("三四五六", "三四五六"),
        ("", ""),
    ],
)
def test_a_whole_number_that_is_spelled_or_said_in_pieces_is_put_in_figures(words: str, figures: str) -> None:
    assert in_figures(words) == figures
