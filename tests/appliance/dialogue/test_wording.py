"""New words pass only where they say what the template says: by table, by mutation, by whatever text there is."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from appliance.dialogue.figures import DIGIT
from appliance.dialogue.reply import Reply
from appliance.dialogue.state import Said
from appliance.dialogue.wording import WORDING, Flaw, Wording
from appliance.errors import ConfigurationError
from tests.appliance.dialogue.test_replies import sample
from tests.appliance.dialogue.world import PERSONA, RENDERER

CHECK = Wording.load(WORDING, RENDERER.replies)
TEMPLATES = {key: RENDERER.text(key, sample(key), PERSONA) for key in sorted(RENDERER.replies) if CHECK.may_change(key)}

RETURN = "refused.return_window"
LATE = "「运动短袖」11月8日签收，到今天是第13天，超过了7天的退货时限，很抱歉不能办理哦。"
FREIGHT = RENDERER.text("knowledge.return_freight", {}, PERSONA)
ARRIVAL = RENDERER.text("knowledge.refund_arrival", {}, PERSONA)
SEVEN = RENDERER.text("knowledge.seven_day", {}, PERSONA)
HELLO = "您好，我在，您请讲哦。"
WHICH = "请问您要办退货退款的是哪一笔订单呢？"
SHIPPED = "「蓝牙耳机」的包裹：圆通YT9876543210，最新一条是11月20日10:00在杭州，到达转运中心哦。"


@pytest.mark.parametrize("key", TEMPLATES)
def test_the_template_itself_passes(key: str) -> None:
    template = TEMPLATES[key]
    assert CHECK.flaw(template, template, RENDERER.facts(_said(key), PERSONA)) is None


def _said(key: str) -> Said:
    return Said(key=key, facts=sample(key))


@pytest.mark.parametrize(
    ("key", "template", "words"),
    [
        (RETURN, LATE, "很抱歉，「运动短袖」是11月8日签收的，到今天是第13天，超过了7天的退货时限，所以不能办理呢。"),
        (RETURN, LATE, "「运动短袖」十一月八号签收，到今天是第十三天，超过了七天的退货时限，实在抱歉，不能办理。"),
        (RETURN, LATE, "您好，您的「运动短袖」１１月８日签收，到今天是第１３天，超过了７天的退货时限，抱歉不能办理。"),
        ("ask.order", WHICH, "您要办退货退款的，请问是哪一笔订单？"),
        ("ask.order", WHICH, "好的，请问您要退货退款的是哪笔订单呢？"),
        ("small_talk.greeting", HELLO, "您好呀，我在的，您请讲呢。"),
        ("small_talk.greeting", HELLO, "您好，您请讲，我在呢。"),
        (
            "trace.moving",
            SHIPPED,
            "您好，「蓝牙耳机」的包裹：圆通YT9876543210，最新一条是11月20日10:00在杭州，到达转运中心。",
        ),
        ("silence_first", TEMPLATES["silence_first"], "您还在吗？需要的话，请您接着说，我一直在的。"),
    ],
)
def test_the_same_in_other_words_passes(key: str, template: str, words: str) -> None:
    assert CHECK.flaw(template, words) is None


@pytest.mark.parametrize(
    ("key", "template", "words", "flaw"),
    [
        # Money and time.
        (RETURN, LATE, LATE.replace("13", "12"), Flaw.FIGURE),
        (RETURN, LATE, LATE.replace("7天", "７０天"), Flaw.FIGURE),
        (RETURN, LATE, LATE.replace("7天", "七十天"), Flaw.FIGURE),
        (RETURN, LATE, LATE.replace("7天", "7个月"), Flaw.FIGURE),
        (RETURN, LATE, LATE.replace("11月8日", "11月"), Flaw.FIGURE),
        (RETURN, LATE, LATE.replace("第13天", "第7天").replace("了7天", "了13天"), Flaw.FIGURE),
        (RETURN, LATE, LATE + "我给您退50元。", Flaw.FIGURE),
        (RETURN, LATE, LATE + "我给您退五十块。", Flaw.FIGURE),
        ("knowledge.refund_arrival", ARRIVAL, ARRIVAL.replace("1到3个工作日", "24小时内"), Flaw.FIGURE),
        ("knowledge.refund_arrival", ARRIVAL, ARRIVAL.replace("1到3", "1-2"), Flaw.FIGURE),
        # What was not done, and what nobody promised.
        (RETURN, LATE, LATE + "已退款。", Flaw.CLAIM),
        (RETURN, LATE, LATE + "已经帮您退款了，请查收。", Flaw.CLAIM),
        ("small_talk.greeting", HELLO, "您好，您的退款已经办好了哦。", Flaw.CLAIM),
        ("small_talk.greeting", HELLO, "您好，我刚刚取消了您的订单。", Flaw.CLAIM),
        ("small_talk.greeting", HELLO, "您好，一定给您满意的答复。", Flaw.PROMISE),
        ("small_talk.greeting", HELLO, "您好，保证给您处理。", Flaw.PROMISE),
        ("small_talk.greeting", HELLO, "您好，24小时内给您答复。", Flaw.FIGURE),
        ("small_talk.greeting", HELLO, "您好，马上为您处理。", Flaw.PROMISE),
        ("small_talk.greeting", HELLO, "您好，送您一张优惠券。", Flaw.FIGURE),
        ("small_talk.greeting", HELLO, "您好，这次给您免费寄回。", Flaw.PROMISE),
        ("small_talk.greeting", HELLO, "您好，会给您补偿的。", Flaw.PROMISE),
        ("small_talk.greeting", HELLO, "您好，这是我们的责任。", Flaw.BLAME),
        ("small_talk.greeting", HELLO, "您好，我是真人客服，您请讲。", Flaw.PERSON),
        ("small_talk.greeting", HELLO, "您好，作为语言模型，我在听。", Flaw.ASIDE),
        ("small_talk.greeting", HELLO, "您好，请加微信聊。", Flaw.OUTSIDE),
        ("small_talk.greeting", HELLO, "您好，您可以退货的。", Flaw.TERM),
        # Who pays, yes and no.
        ("knowledge.return_freight", FREIGHT, FREIGHT.replace("由您承担", "由我们承担"), Flaw.PARTY),
        (
            "knowledge.return_freight",
            FREIGHT,
            FREIGHT.replace("由我们承担", "由甲承担").replace("由您承担", "由我们承担").replace("由甲承担", "由您承担"),
            Flaw.PARTY,
        ),
        (RETURN, LATE, LATE.replace("不能办理", "能办理"), Flaw.DENY),
        (RETURN, LATE, LATE.replace("超过了", "在"), Flaw.CONDITION),
        (RETURN, LATE, LATE.replace("退货", "换货"), Flaw.TERM),
        # Names and numbers.
        (RETURN, LATE, LATE.replace("运动短袖", "运动长袖"), Flaw.NAME),
        ("trace.moving", SHIPPED, SHIPPED.replace("YT9876543210", "YT9876543211"), Flaw.CODE),
        ("trace.moving", SHIPPED, SHIPPED.replace("YT9876543210", "快递"), Flaw.CODE),
        ("trace.moving", SHIPPED, SHIPPED.replace("杭州", "苏州"), Flaw.ADDED),
        # Links, telephones, other tongues, markup.
        (RETURN, LATE, LATE + "详见 http://evil.example/refund", Flaw.FORMAT),
        (RETURN, LATE, LATE + "详见www.evil.example", Flaw.CODE),
        (RETURN, LATE, LATE + "请拨打4008001234。", Flaw.FIGURE),
        (RETURN, LATE, LATE + "请拨打四零零八零零一二三四。", Flaw.FIGURE),
        (RETURN, LATE, "Sorry, we cannot do that.", Flaw.NAME),
        ("small_talk.greeting", HELLO, "Hello there", Flaw.LANGUAGE),
        ("small_talk.greeting", HELLO, "您好，Здравствуйте", Flaw.LANGUAGE),
        ("small_talk.greeting", HELLO, "您好，hello", Flaw.CODE),
        ("small_talk.greeting", HELLO, "**您好**，您请讲", Flaw.FORMAT),
        ("small_talk.greeting", HELLO, "您好，\n您请讲", Flaw.FORMAT),
        ("small_talk.greeting", HELLO, "您好\u202e，您请讲", Flaw.FORMAT),
        ("small_talk.greeting", HELLO, "您好😊，您请讲", Flaw.FORMAT),
        ("small_talk.greeting", HELLO, "⟨手机1⟩您好，您请讲", Flaw.PLACEHOLDER),
        # A question that was none, and the other way round.
        (RETURN, LATE, LATE + "要给您办吗？", Flaw.QUESTION),
        ("ask.order", WHICH, "您要办退货退款的是这笔订单呢。", Flaw.QUESTION),
        # Too little, too much.
        ("small_talk.greeting", HELLO, "", Flaw.EMPTY),
        ("small_talk.greeting", HELLO, "　", Flaw.EMPTY),
        (RETURN, LATE, "不能办理。", Flaw.LENGTH),
        ("small_talk.greeting", HELLO, "您好" * 60, Flaw.LENGTH),
        # What no list knows.
        (RETURN, LATE, LATE + "回头让师傅去您家里瞧瞧。", Flaw.ADDED),
        ("ask.order", WHICH, "请问您要办退货退款的是哪一笔订单呢？咱们店庆呢", Flaw.ADDED),
        ("knowledge.seven_day", SEVEN, SEVEN.replace("拆封的数字商品", "拆封的商品"), Flaw.LOST),
        ("knowledge.seven_day", SEVEN, SEVEN.replace("，下单时会标明", ""), Flaw.LOST),
        ("small_talk.greeting", HELLO, "您好，都听您的。", Flaw.PROMISE),
        ("small_talk.greeting", HELLO, "您好，这事我们负责到底。", Flaw.PROMISE),
    ],
)
def test_what_says_something_else_is_refused(key: str, template: str, words: str, flaw: Flaw) -> None:
    assert CHECK.flaw(template, words) is flaw


def _told(key: str) -> str:
    return RENDERER.text(key, sample(key), PERSONA)


@pytest.mark.control("K11")
@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        # Of what nobody may put anew: would they pass if somebody listed them by mistake?
        ("quote.return_refund", "合计退398元", "退款啦，合计398元"),
        ("quote.return_refund", "运费不在退款范围", "运费一起退"),
        ("quote.return_refund", "由我们承担", "您先垫着"),
        ("quote.return_refund", "后7天内", "后咱们看着办"),
        ("quote.return_refund", "仓库收到并验收退回的商品后", ""),
        ("quote.return_refund", "为您核算好了", "给您退咯"),
        ("quote.cancel_order", "取消整单", "整单取消啦"),
        ("quote.exchange", "可以换货", "换货啦"),
        ("quote.exchange", "「43码」", "43码"),
        ("quote.price_protection", "可以退差价", "差价退喽"),
        ("quote.price_protection", "商品不用寄回", "商品送您"),
        ("quote.repair", "维修不收费用", "维修收费用"),
        ("quote.change_address", "将改为", "改成啦"),
        ("quote.withdraw_case", "要撤销的是", "撤销嘞，是"),
        ("quote.urge_shipment", "请他们尽快发出", "明天准到"),
        ("quote_answer.return_freight", "您不用出运费", "您出运费"),
        ("quote_answer.refund_arrival", "原路退回", "退到微信"),
        ("receipt.return_refund", "请把商品寄回", "商品您留着"),
        ("receipt.return_refund", "仓库收到并验收后退398元", "398元退啰"),
        ("receipt.refund_only", "退款金额398元", "退款398元到账啦"),
        ("receipt.refund_only", "1到3个工作日内", "这会儿"),
        ("receipt.cancel_order", "订单取消办好了", "订单取消不了"),
        ("receipt.exchange", "我们收到后寄出新的", "新的寄出喽"),
        ("receipt.resend", "仓库会尽快寄出", "仓库寄出咯"),
        ("receipt.urge_shipment", "会尽快安排发出", "发出啦"),
        ("progress.inspecting", "正在验收", "验收啦"),
        ("progress.refunding", "正在打款", "打款哒"),
        ("progress.awaiting_parcel", "等待您寄回商品", "不等您寄回商品"),
        ("progress.rejected", "没有通过审核", "通过审核"),
        # And of what may be.
        ("small_talk.thanks", "不客气", "不客气，钱退啦"),
        ("small_talk.goodbye", "那先这样", "那先这样，给您办咯"),
        ("silence_first", "您还在吗", "您还在吗？货发喽"),
        ("welcome_back", "还有什么", "退好啦，还有什么"),
        ("knowledge.refund_arrival", "原路", "原路退啦，原路"),
        (RETURN, "不能办理", "不能办理，下回给您办嘞"),
    ],
)
def test_whoever_would_turn_a_quote_or_a_receipt_round_is_found(key: str, old: str, new: str) -> None:
    template = _told(key)
    assert old in template
    assert CHECK.flaw(template, template.replace(old, new, 1)) is not None


def test_a_placeholder_is_kept() -> None:
    template = "请把⟨姓名1⟩的照片发过来。"
    assert CHECK.flaw(template, "请把⟨姓名1⟩的照片发过来。") is None
    for words in (
        "请把照片发过来。",
        "请把⟨姓名2⟩的照片发过来。",
        "请把⟨姓名1⟩⟨姓名1⟩的照片发过来。",
        "请把姓名1的照片发过来。",
    ):
        assert CHECK.flaw(template, words) is not None


def test_a_fact_is_said_as_often_as_it_was() -> None:
    template = "发往芜湖，快件到达芜湖转运中心。"
    assert CHECK.flaw(template, "发往芜湖，快件到达转运中心。", ("芜湖",)) is Flaw.FACT


# By mutation.

keys = st.sampled_from(sorted(TEMPLATES))
FIGURES = {**{str(n): n for n in range(10)}, **{chr(0xFF10 + n): n for n in range(10)}, **DIGIT}


@given(keys, st.data())
def test_a_changed_digit_is_always_found(key: str, data: st.DataObject) -> None:
    template = TEMPLATES[key]
    places = [at for at, c in enumerate(template) if c in FIGURES]
    assume(places)
    at = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([c for c, n in FIGURES.items() if n != FIGURES[template[at]]]))
    assert CHECK.flaw(template, template[:at] + other + template[at + 1 :]) is not None


@given(keys, st.data())
def test_a_lost_digit_is_always_found(key: str, data: st.DataObject) -> None:
    template = TEMPLATES[key]
    places = [at for at, c in enumerate(template) if c in "0123456789"]
    assume(places)
    at = data.draw(st.sampled_from(places))
    assert CHECK.flaw(template, template[:at] + template[at + 1 :]) is not None


@given(keys, st.data(), st.sampled_from("0123456789０９一二三五八百万"))
def test_an_added_figure_is_always_found(key: str, data: st.DataObject, figure: str) -> None:
    """But for one that makes 一下 of 下, and counts nothing there."""
    template = TEMPLATES[key]
    at = data.draw(st.integers(0, len(template)))
    words = template[:at] + figure + template[at:]
    idioms = CHECK._counts_nothing
    assume(len(idioms.findall(words)) == len(idioms.findall(template)))
    assert CHECK.flaw(template, words) is not None


DONE = [
    "已",
    "已经",
    "已退款",
    "刚刚",
    "成功",
    "办好",
    "退款成功",
    "取消了",
    "提交了",
    "完成",
    "签收了",
    "补发了",
    "到账了",
]
NEVER_SAID = [
    "一定",
    "保证",
    "肯定",
    "绝对",
    "马上",
    "免费",
    "全额",
    "补偿",
    "优惠",
    "24小时内",
    "明天",
    "电话",
    "链接",
    "真人",
    "经理",
]


@given(keys, st.data(), st.sampled_from(DONE + NEVER_SAID))
def test_an_added_deed_or_promise_is_always_found(key: str, data: st.DataObject, words: str) -> None:
    """Between sentences, where it reads like one of ours."""
    template = TEMPLATES[key]
    ends = [at + 1 for at, c in enumerate(template) if c in "。！？，；："]
    at = data.draw(st.sampled_from([0, len(template), *ends]))
    assert CHECK.flaw(template, f"{template[:at]}{words}，{template[at:]}") is not None


@given(keys, st.data(), st.sampled_from("了啦咯喽嘞啰"))
def test_an_ending_that_says_it_is_done_is_always_found(key: str, data: st.DataObject, end: str) -> None:
    """However it is spelt: 退款啦 says what 退款了 says."""
    template = TEMPLATES[key]
    at = data.draw(st.integers(1, len(template)))
    before, after = template[at - 1], template[at : at + 1]
    assume(before not in "为除过" and after != "解")
    assert CHECK.flaw(template, template[:at] + end + template[at:]) is not None


@given(keys, st.data())
def test_a_lost_or_added_no_is_always_found(key: str, data: st.DataObject) -> None:
    template = TEMPLATES[key]
    places = [at for at, c in enumerate(template) if c == "不" and template[at : at + 2] not in _NO_DENIAL]
    assume(places)
    at = data.draw(st.sampled_from(places))
    assert CHECK.flaw(template, template[:at] + template[at + 1 :]) is not None
    assert CHECK.flaw(template, template[:at] + "不" + template[at:]) is not None


_NO_DENIAL = {"不好", "不客", "不用", "不着", "不急", "不过"}


@given(keys, st.data(), st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=4))
def test_where_nothing_may_be_added_nothing_can_be(key: str, data: st.DataObject, added: str) -> None:
    template = TEMPLATES[key]
    at = data.draw(st.integers(0, len(template)))
    words = template[:at] + added + template[at:]
    assume(not all(c in template for c in added))
    if CHECK.flaw(template, words) is None:
        strange = [c for c in added if c not in template]
        assert all(any(c in join for join in CHECK.joins) for c in strange)


@given(keys, st.data())
def test_where_nothing_may_be_lost_no_clause_is(key: str, data: st.DataObject) -> None:
    template = TEMPLATES[key]
    clauses = [part for part in re.split(r"[，。；：！？]", template) if set(part) - set("".join(CHECK.joins))]
    assume(len(clauses) > 1)
    clause = data.draw(st.sampled_from(clauses))
    assert CHECK.flaw(template, template.replace(clause, "")) is not None


@given(keys, st.text(max_size=200))
def test_it_judges_whatever_comes(key: str, words: str) -> None:
    """No text makes it fail, and nothing passes that has a figure, a letter or a claim of its own."""
    if CHECK.flaw(TEMPLATES[key], words) is None:
        assert not any(c.isascii() and c.isalnum() and c.lower() not in TEMPLATES[key].lower() for c in words)


# What may be reworded at all.


@pytest.mark.control("K11")
@pytest.mark.parametrize(
    "key",
    [
        *(
            "notice",
            "ai_label",
            "welcome",
            "confirm",
            "confirm_again",
            "quote_expired",
            "verify.ask",
            "order_not_found",
        ),
        *(
            "handoff.emotion",
            "handoff.self_harm",
            "handoff_summary",
            "guardian_notice",
            "guardian_awaited",
            "guardian_speaks",
            "soften.angry",
            "receipt_later",
        ),
        *("operation_refused", "cancelled", "declined", "offer.repair", "order_system_down", "refunds.finished"),
    ],
)
def test_what_binds_the_shop_is_never_reworded(key: str) -> None:
    assert not CHECK.may_change(key)


@pytest.mark.control("K11")
def test_no_quote_and_no_receipt_is_ever_reworded() -> None:
    heads = ("quote", "quote_answer", "receipt", "progress", "part", "handoff", "confirm", "option", "card")
    assert [key for key in TEMPLATES if key.split(".")[0] in heads] == []
    assert [key for key, reply in RENDERER.replies.items() if reply.claims == "receipt" and CHECK.may_change(key)] == []


def test_a_list_that_would_touch_a_receipt_is_refused() -> None:
    told = {"status.done": Reply(say=("退款成功",), claims="receipt")}
    with pytest.raises(ConfigurationError, match=r"status\.done rests on a receipt"):
        Wording.load(WORDING, told)
