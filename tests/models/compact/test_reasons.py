import pytest

from models.commands import Reason
from models.compact import reasons
from models.compact.model import CompactModel


def find(model: CompactModel, words: str) -> str | None:
    found = reasons.find(words, model.reason)
    return found.reason.value if found else None


@pytest.mark.parametrize(
    "words", ["没坏，用不上", "东西没毛病，不想要了", "一次没戴过，不喜欢", "实物没照片好看，不喜欢", "占地方，退了吧"]
)
def test_a_wish_is_no_fault(model: CompactModel, words: str) -> None:
    assert find(model, words) == "changed_mind"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("底座断了，不想要了", "quality"),
        ("送错了，不要了", "wrong_item"),
        ("详情页写的是羊毛，实际全是化纤，不喜欢", "not_as_described"),
        ("太小了，不想要了", "size"),
    ],
)
def test_a_fact_outweighs_a_wish(model: CompactModel, words: str, reason: str) -> None:
    assert find(model, words) == reason


@pytest.mark.parametrize("words", ["我刚才不是讲过了吗", "没别的了", "快点给我退了", "就是想退"])
def test_what_gives_no_reason_is_none(model: CompactModel, words: str) -> None:
    assert find(model, words) is None


def test_what_has_come_is_not_lost_by_a_guess() -> None:
    assert reasons.says_absent("签收了可我没见着货")
    assert not reasons.says_absent("本来要送人的")


def test_without_a_reason_is_seven_day(model: CompactModel) -> None:
    assert find(model, "没拆过，按七天无理由退") == Reason.SEVEN_DAY
