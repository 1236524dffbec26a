"""What one message lets see: by table."""

from collections.abc import Sequence

import pytest

from appliance.understanding.mood import Level, Risk
from appliance.understanding.signs import signs_of
from models.commands import Command, Flow, Handoff, HandoffReason, StartFlow

ANGER, THREAT = Handoff(reason=HandoffReason.EMOTION), Handoff(reason=HandoffReason.RISK_WORDS)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("我要退货", Level.CALM),
        ("麻烦帮我查下快递，谢谢", Level.CALM),
        ("我急用，麻烦快一点", Level.CALM),
        ("烦请尽快处理", Level.CALM),
        ("不慢，挺好的！", Level.CALM),
        ("不满99元要运费吗", Level.CALM),
        ("还要等多久", Level.CALM),
        ("对你们很不满", Level.ANNOYED),
        ("都三天了怎么还没到，烦死了", Level.ANNOYED),
        ("我说了多少遍了，是鞋子", Level.ANNOYED),
        ("到底什么时候发货", Level.ANNOYED),
        ("等了这么久了", Level.ANNOYED),
        ("太失望了", Level.ANNOYED),
        ("你们在搞什么", Level.ANNOYED),
        ("人呢？？？", Level.ANNOYED),
        ("退货！！", Level.ANNOYED),
        ("垃圾东西，我要退货", Level.ANNOYED),
        ("真是无语", Level.ANNOYED),
        ("", Level.CALM),
    ],
)
def test_level_where_no_model_has_raised_an_alarm(text: str, level: Level) -> None:
    assert signs_of(text, ()).level is level


@pytest.mark.parametrize(
    ("commands", "level"),
    [
        ((ANGER,), Level.ANGRY),
        ((THREAT,), Level.THREATENING),
        ((ANGER, THREAT), Level.THREATENING),
        ((Handoff(reason=HandoffReason.CUSTOMER_ASKED),), Level.CALM),
        ((StartFlow(flow=Flow.COMPLAINT),), Level.CALM),
    ],
)
def test_threats_and_raw_anger_are_what_a_model_calls_so(commands: Sequence[Command], level: Level) -> None:
    assert signs_of("我找你们", commands).level is level


@pytest.mark.parametrize(
    ("text", "risks"),
    [
        ("我要打12315", {Risk.AUTHORITY}),
        ("上黑猫投诉你们", {Risk.AUTHORITY}),
        ("我已经找了律师，等着收传票吧", {Risk.LEGAL}),
        ("发抖音曝光你们", {Risk.EXPOSURE}),
        ("我报警了", {Risk.POLICE}),
        ("去工商告你们，再找记者", {Risk.AUTHORITY, Risk.EXPOSURE, Risk.LEGAL}),
        ("你们等着", set()),
    ],
)
def test_what_a_threat_is_made_with(text: str, risks: set[Risk]) -> None:
    assert set(signs_of(text, (THREAT,)).risks) == risks
    assert signs_of(text, ()).risks == ()


@pytest.mark.parametrize("text", ["我不想活了", "活着没意思", "真想从楼上跳下去"])
@pytest.mark.parametrize("commands", [(), (ANGER,)])
def test_words_of_self_harm_are_a_risk_and_no_anger(text: str, commands: Sequence[Command]) -> None:
    signs = signs_of(text, commands)
    assert (signs.level, signs.risks) == (Level.CALM, (Risk.SELF_HARM,))


@pytest.mark.parametrize(
    "text",
    [
        "我今年12岁",
        "我才十二岁",
        "我是小学生",
        "我还没成年",
        "我上初中",
        "孩子偷偷用我手机下单的",
        "儿子自己拿我手机买的",
        "我瞒着爸妈买的",
        "我妈不同意我买",
        "小孩乱点下的单",
        "未成年人私自下单可以退吗",
    ],
)
def test_a_minor_is_noticed(text: str) -> None:
    assert Risk.MINOR in signs_of(text, ()).risks


@pytest.mark.parametrize(
    "text",
    [
        "我是他妈妈",
        "我是他妈妈，同意退",
        "我就是家长",
        "你好，这边是孩子的监护人",
        "我是孩子他爸",
        "我是小明的妈妈",
        "我家孩子乱点下的单",
        "孩子偷偷用我手机下单的",
        "儿子自己拿我手机买的",
    ],
)
def test_a_guardian_says_who_he_is(text: str) -> None:
    assert signs_of(text, ()).is_guardian


@pytest.mark.parametrize(
    "text",
    [
        "我是小学生",
        "我才12岁",
        "我还是个孩子",
        "我是用我妈妈的号买的",
        "我瞒着爸妈买的",
        "我妈妈同意了",
        "我不是家长",
        "我不是他妈妈",
        "我是家长吗？我又不知道",
        "监护人是谁啊",
        "我去叫我妈",
        "我是他妈的服了",
        "我是拿妈妈的手机买的",
        "我是偷用的妈妈手机",
        "确认",
    ],
)
def test_nobody_else_is_one(text: str) -> None:
    assert not signs_of(text, ()).is_guardian


@pytest.mark.parametrize(
    "text",
    [
        "我今年25岁",
        "我18岁了",
        "我孩子12岁能穿吗",
        "宝宝3岁穿多大",
        "给女儿买的，小了",
        "给孩子用的，买错了",
        "孩子自己选的颜色，买小了",
        "小朋友拿着不合适，想换",
        "我妈不知道怎么退",
        "我儿子在上初中，要大一码",
        "我爸妈不要了",
        "二十岁",
    ],
)
def test_who_buys_for_a_child_is_none(text: str) -> None:
    assert Risk.MINOR not in signs_of(text, ()).risks
