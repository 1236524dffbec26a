"""On a call so many digits are a card's, whatever its check digit says; numbers of orders and parcels stay readable."""

from collections.abc import Collection, Sequence

import pytest

from security.pii.analyzer import Analyzer
from security.pii.confidence import OTHER_NUMBER
from security.pii.mask import ConversationMask
from security.pii.misheard import explains
from security.pii.retrospect import split_findings

ORDER = "4001234567890123456"


@pytest.fixture(scope="module")
def analyzer() -> Analyzer:
    return Analyzer()


def kept(
    analyzer: Analyzer,
    *said: str,
    expected: Collection[str] = (),
    own: Collection[str] = (),
    channel: str = "voice",
) -> list[str]:
    """What is kept of these messages in the end. ``expected``: when the last of them was said."""
    mask = ConversationMask([], lambda _, value: value)
    texts: list[str] = []
    for place, text in enumerate(said):
        asked = frozenset(expected) if place == len(said) - 1 else frozenset()
        *before, now = split_findings(analyzer, texts, text, expected=asked, channel=channel, own=own)
        texts = [mask.mask_again(earlier, found).text for earlier, found in zip(texts, before, strict=True)]
        texts.append(mask.mask(text, now).text)
    return texts


MASKED: list[tuple[Sequence[str], Sequence[str]]] = [
    (["你记一下6222023741334928992好吧"], ["你记一下⟨银行卡1⟩好吧"]),
    (["六二二二零二三七四幺三三四九二八要五"], ["⟨银行卡1⟩"]),
    (["给你说一下110111199811023563"], ["给你说一下⟨身份证1⟩"]),
    (["给你说11010119710116953，就是这个"], ["给你说⟨身份证1⟩，就是这个"]),
    (["我的快递怎么还没到", "说一下6222037413349289924"], ["我的快递怎么还没到", "说一下⟨银行卡1⟩"]),
    (["6222。", "0374133。", "49289924。"], ["⟨银行卡1⟩。", "⟨银行卡1⟩。", "⟨银行卡1⟩。"]),
    (["6222022567281304。", "6258。"], ["⟨银行卡1⟩。", "⟨银行卡2⟩。"]),
    (["6222022567281304。", "六。", "258。"], ["⟨银行卡1⟩。", "⟨银行卡2⟩。", "⟨银行卡3⟩。"]),
    (["622202374133", "这是我的银行卡"], ["⟨银行卡1⟩", "这是我的银行卡"]),
    (["622202", "374133", "这是我的银行卡"], ["⟨银行卡1⟩", "⟨银行卡1⟩", "这是我的银行卡"]),
    (["三七九，那个就是安全码"], ["⟨安全码⟩，那个就是安全码"]),
    (["八八三六二七", "验证码就是这个"], ["⟨验证码⟩", "验证码就是这个"]),
    (["八八三六二七", "就是这个验证码"], ["⟨验证码⟩", "就是这个验证码"]),
    (["我念给你听八八三六二七", "对，验证码是这个"], ["我念给你听⟨验证码⟩", "对，验证码是这个"]),
    (["八八三", "六二七", "是短信验证码"], ["⟨验证码⟩", "⟨验证码⟩", "是短信验证码"]),
    (["八八三六二七", "你要的验证码"], ["⟨验证码⟩", "你要的验证码"]),
    (["支付密码", "三个八", "三个六"], ["支付密码", "⟨密码⟩", "⟨密码⟩"]),
    (["八八三六二七", "动态密码"], ["⟨验证码⟩", "动态密码"]),
    (["八八三六二七", "我说的是验证码"], ["⟨验证码⟩", "我说的是验证码"]),
    (["三八二", "安全码"], ["⟨安全码⟩", "安全码"]),
    (["三八二", "背面三位"], ["⟨安全码⟩", "背面三位"]),
    (["一二三四五六", "我的支付密码"], ["⟨密码⟩", "我的支付密码"]),
    (["一二三四五六", "密码就这个"], ["⟨密码⟩", "密码就这个"]),
    (["622202374133", "卡号就是这个"], ["⟨银行卡1⟩", "卡号就是这个"]),
    (["支付密码", "一二三", "四五六"], ["支付密码", "⟨密码⟩", "⟨密码⟩"]),
    (["我支付密码是", "一二三", "四五六"], ["我支付密码是", "⟨密码⟩", "⟨密码⟩"]),
    (["取款密码", "嗯", "一二三四五六"], ["取款密码", "嗯", "⟨密码⟩"]),
    (["支付密码", "八十八", "六十六", "三十三"], ["支付密码", "⟨密码⟩", "⟨密码⟩", "⟨密码⟩"]),
    (["验证码是八八三六", "二七"], ["验证码是⟨验证码⟩", "⟨验证码⟩"]),
    (["验证码", "八十三", "六十二", "七十一"], ["验证码", "⟨验证码⟩", "⟨验证码⟩", "⟨验证码⟩"]),
    (["验证码是八八三对六二七"], ["验证码是⟨验证码⟩"]),
    (["验证码八八三", "对", "六二七"], ["验证码⟨验证码⟩", "⟨验证码⟩", "⟨验证码⟩"]),
    (["验证码是八八三然后是六二七"], ["验证码是⟨验证码⟩"]),
    (["短信上写的是", "八八三六二七"], ["短信上写的是", "⟨验证码⟩"]),
]


@pytest.mark.parametrize(("said", "stays"), MASKED)
def test_what_sounds_like_a_card_is_masked(analyzer: Analyzer, said: Sequence[str], stays: Sequence[str]) -> None:
    assert kept(analyzer, *said) == list(stays)


@pytest.mark.parametrize(
    "said",
    [
        [f"订单号是{ORDER}什么时候到"],
        [f"快递单号{ORDER}到哪了"],
        ["从2026年11月20号到2026年11月27号都没到"],
        ["一共付了1299块8毛，退了399块5，还差900块3毛，运费12块"],
        ["20261118000002", "20261118000002"],
        ["20261118000002", "是的", "000002"],
        ["20261118000002和20261118000003这两个都要退"],
        ["20261118000002，4402"],
        ["2026-11-20到2026-11-27都没到"],
        ["20261118000002", "这个订单是用信用卡付的"],
        ["20261118000002", "这是什么验证码"],
        ["20261118000002", "这个不是我的银行卡"],
        ["要退3件", "2"],
        ["20261118000002", "验证码"],
        ["20261118000002", "就是这个验证码收不到"],
        ["20261118000002", "验证码是这个吗"],
        ["订单号八八三六二七", "验证码"],
        ["要退328块", "支付密码"],
        ["四四零二", "验证码没收到"],
        ["四四零二", "密码箱"],
        ["328", "是银行卡付的"],
        ["支付密码", "328块付不了"],
        ["支付密码错了", "20261118000002"],
        ["验证码没收到", "订单号是83627123"],
        ["安全码", "在哪里看", "要退3件"],
        ["一共三百八十二对吧", "三十九也行"],
        ["机身号IMEI是860123456789012"],
        [f"订单号是{ORDER}", "这个是用银行卡付的"],
    ],
)
def test_other_numbers_stay_readable(analyzer: Analyzer, said: Sequence[str]) -> None:
    assert kept(analyzer, *said) == said


def test_the_callers_own_numbers_stay_readable_even_if_they_were_misheard(analyzer: Analyzer) -> None:
    said = [f"我说的是{ORDER}", f"{ORDER[:7]}{ORDER[8:]}"]
    assert kept(analyzer, *said, own=[ORDER]) == said
    assert kept(analyzer, *said) != said


def test_two_of_them_make_no_card(analyzer: Analyzer) -> None:
    other = "4009876543210987651"
    for said in ([f"{ORDER}和{other}都要退"], [f"{ORDER[:4]} {ORDER[4:]}"]):
        assert kept(analyzer, *said, own=[ORDER, other]) == said


def test_what_was_asked_for_as_another_number_stays_readable_later_too(analyzer: Analyzer) -> None:
    assert kept(analyzer, ORDER, expected=[OTHER_NUMBER]) == [ORDER]
    later = split_findings(analyzer, [ORDER], "我要退货", channel="voice")
    assert later == [[], []]


def test_one_digit_behind_a_card_is_an_answer_until_others_follow(analyzer: Analyzer) -> None:
    assert kept(analyzer, "卡号6222022567281304", "2")[-1] == "2"
    assert kept(analyzer, "卡号6222022567281304", "12")[-1] == "12"
    assert kept(analyzer, "卡号6222022567281304", "12", "345")[-2:] == ["⟨银行卡2⟩", "⟨银行卡3⟩"]


def test_what_is_written_is_taken_at_its_word(analyzer: Analyzer) -> None:
    assert kept(analyzer, "6222023741334928992是我的兑换记录", channel="web") == ["6222023741334928992是我的兑换记录"]


@pytest.mark.parametrize("text", ["这是我的银行卡号", "刚才报的就是身份证", "那个是验证码来的"])
def test_words_that_explain_are_looked_at(text: str) -> None:
    assert explains(text)
    assert not explains("我的银行卡什么时候到账")
