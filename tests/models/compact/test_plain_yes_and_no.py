import pytest

from models.compact.plain import is_no, is_yes


@pytest.mark.parametrize(
    "words", ["确认", "嗯，没问题，办吧", "可以的，提交", "行，给我办了吧", "没错，确认提交", "OK", "中", "好的好的。"]
)
def test_yes(words: str) -> None:
    assert is_yes(words)
    assert not is_no(words)


@pytest.mark.parametrize(
    "words",
    [
        "好吗？",
        "好的，不过邮费呢",
        "可以，但是得今天到账",
        "确认，按店长说的办",
        "都退我才同意",
        "行不行",
        "不可以",
        "不中不中",
        "没确认",
        "好的，另外开发票",
        "退两个",
        "是质量问题",
        "",
        "。。。",
    ],
)
def test_anything_more_is_no_plain_yes(words: str) -> None:
    assert not is_yes(words)
    assert not is_yes(words, confirming=Flow.RETURN_REFUND)


def test_the_name_of_the_act_is_a_yes_at_a_confirmation_only() -> None:
    assert is_yes("退吧", confirming=Flow.RETURN_REFUND)
    assert not is_yes("退吧")


@pytest.mark.parametrize("words", ["不", "不要", "算了", "先不", "别别别", "那算了吧", "我再想想"])
def test_no(words: str) -> None:
    assert is_no(words)
    assert not is_yes(words, confirming=Flow.RETURN_REFUND)
