import pytest

from models.compact import numerals
from models.compact.normalise import normalise


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("我要推货", "我要退货"), ("優惠券過期了", "优惠券过期了"), ("ＸＬ码", "xl码"), ("快遞到哪裡了", "快递到哪里了")],
)
def test_positions_are_kept_while_spelling_is_mended(typed: str, meant: str) -> None:
    text = normalise(typed)
    assert (text.plain, len(text.raw)) == (meant, len(meant))


@pytest.mark.parametrize(("typed", "said"), [("th吧", "退货吧"), ("kd呢😭", "快递呢"), ("订单20260101", "订单00000")])
def test_abbreviations_emoji_and_numbers_are_levelled(typed: str, said: str) -> None:
    assert normalise(typed).spoken == said


def test_invisible_characters_are_no_words() -> None:
    assert normalise("\u200b退\u202e货\x07").plain == "退货"


@pytest.mark.parametrize(
    ("word", "number"),
    [("两", 2), ("十二", 12), ("二十三", 23), ("一百零五", 105), ("3", 3), ("仨", 3), ("很多", None)],
)
def test_chinese_numerals(word: str, number: int | None) -> None:
    assert numerals.parse(word) == number


def test_spoken_digits() -> None:
    assert numerals.digits("幺三九 零零二七") == "1390027"
    assert numerals.digit_runs("尾号是幺九零二的", 4) == [(3, 7, "1902")]
