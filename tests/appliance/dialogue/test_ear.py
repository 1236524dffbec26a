"""On the phone there is no screen: every reply can be followed by ear, and what could be pressed is said."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from appliance.conversation.model import Channel
from appliance.dialogue import ear
from appliance.dialogue.options import choose_order, confirm_options, reason_options
from appliance.dialogue.render import Persona, Renderer
from appliance.dialogue.state import Option, Said
from appliance.errors import ConfigurationError
from tests.appliance.dialogue.test_replies import sample
from tests.appliance.dialogue.world import PERSONA, RENDERER, Shop

ALOUD = RENDERER.on(Channel.VOICE)
HEARD = sorted(key for key in RENDERER.replies if not key.startswith(ear.NOT_HEARD))


def heard(name: str, facts: Mapping[str, Any] | None = None, options: tuple[Option, ...] = ()) -> str:
    return ALOUD.render(Said(key=name, facts=dict(facts or {}), options=options, receipt="F1"), PERSONA, "").text


@pytest.mark.parametrize("key", HEARD)
def test_no_reply_presumes_a_screen(key: str) -> None:
    assert ear.screen_in(heard(key, sample(key))) is None


@pytest.mark.parametrize("key", HEARD)
def test_no_reply_reads_a_long_number_out(key: str) -> None:
    """The samples hold an order number of fourteen digits and a tracking number."""
    facts = sample(key)
    spoken = heard(key, facts)
    assert [
        facts[name] for name in ear.TOO_LONG if len(str(facts.get(name) or "")) > ear.TAIL and facts[name] in spoken
    ] == []


def test_the_screen_has_its_own_words() -> None:
    on_screen = RENDERER.render(Said(key="ask_again.line", facts=sample("ask_again.line")), PERSONA, "").text
    assert "从下面选一件" in on_screen
    assert "从下面选" not in heard("ask_again.line")
    assert RENDERER.on(Channel.WEB) is RENDERER


def test_the_first_words_say_that_an_ai_speaks_and_how_not_to_be_recorded() -> None:
    notice = ALOUD.text("notice_recorded", {}, PERSONA)
    assert "由人工智能为您服务" in notice
    assert "保存这次对话并录音，不想录音请按0" in notice
    assert "录音" not in ALOUD.text("notice", {}, PERSONA)


def test_what_could_be_pressed_is_said_with_its_key() -> None:
    said = heard("confirm", options=confirm_options("a" * 64))
    assert said.endswith("您可以说“确认”或按1，“先不办”或按2。")
    assert RENDERER.render(Said(key="confirm", options=confirm_options("a" * 64)), PERSONA, "").text.endswith(
        ("确认提交吗？", "请您回复“确认”哦。")
    )


def test_of_many_choices_three_are_said_and_the_rest_is_counted() -> None:
    said = heard("ask.reason", {"for": "退货退款"}, reason_options(is_received=True))
    assert "“七天无理由”或按1，“质量问题”或按2，“收到时破损”或按3，还有4种" in said


def test_orders_to_choose_from_are_named_by_their_end() -> None:
    order = Shop().own_orders()[0]
    said = heard("ask.order", {"for": "退货退款"}, (choose_order(order),))
    assert f"尾号{order.order_id[-4:]}的" in said
    assert order.order_id not in said


def test_of_a_list_three_are_named() -> None:
    titles = ["跑鞋", "短袖", "水杯", "袜子", "帽子"]
    assert "「跑鞋」、「短袖」、「水杯」和另外2样" in heard("refused.must_return", {"titles": titles})
    assert "和另外" not in heard("refused.must_return", {"titles": titles[:3]})


def test_what_a_yes_is_given_to_is_read_whole() -> None:
    lines = [{"part": "quote_line", "title": f"第{n}件货", "quantity": 1} for n in range(1, 6)]
    assert "第5件货" in heard("quote.resend", {"lines": lines})


def test_a_shops_own_welcome_is_said_where_it_can_be_heard() -> None:
    welcome = Said(key="welcome")
    assert ALOUD.render(welcome, Persona(welcome="山野户外欢迎您来电。"), "").text == "山野户外欢迎您来电。"
    on_screens_only = Persona(welcome="您好，点击下方按钮开始。")
    assert ALOUD.render(welcome, on_screens_only, "").text == ALOUD.text("welcome", {}, PERSONA)
    assert RENDERER.render(welcome, on_screens_only, "").text == "您好，点击下方按钮开始。"


@pytest.mark.parametrize(
    ("reply", "flaw"),
    [
        ('say = ["请点击确认"]', "点击"),
        ('say = ["好的"]\nwithout = ["见如下"]', "如下"),
        ('say = ["好的"]\naloud = ["看屏幕"]', "屏幕"),
        ('say = ["订单{order_id}"]', "order_id"),
    ],
)
def test_a_reply_that_cannot_be_heard_is_refused_at_start_up(tmp_path: Path, reply: str, flaw: str) -> None:
    (tmp_path / "own.toml").write_text(f"[it]\n{reply}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=f"reply 'it': .*'{flaw}'; give it other words: aloud"):
        Renderer.load(tmp_path)


def test_words_for_the_ear_free_a_reply_of_its_screen(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('[it]\nsay = ["请点击确认"]\naloud = ["请说确认"]\n', encoding="utf-8")
    own = Renderer.load(tmp_path)
    assert own.text("it", {}, PERSONA) == "请点击确认"
    assert own.on(Channel.VOICE).text("it", {}, PERSONA) == "请说确认"


def test_nobody_sees_a_card_on_the_phone() -> None:
    said = Said(key="ask.order", facts={"for": "退货退款"}, options=(choose_order(Shop().own_orders()[0]),))
    assert [len(words.cards) for words in (RENDERER.render(said, PERSONA, ""), ALOUD.render(said, PERSONA, ""))] == [
        1,
        0,
    ]
    assert ALOUD.render(said, PERSONA, "").quick_replies[0].payload == said.options[0].payload
