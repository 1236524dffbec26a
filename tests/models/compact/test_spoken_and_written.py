"""What a caller says in words is read as what a customer writes in figures, whether or not a recogniser wrote them."""

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.evaluation.understanding_suite import load
from models.asr.figures import with_figures
from models.commands import Context, Flow, KnownLine, KnownOrder
from models.compact import callback, quantity, spec
from models.compact.model import CompactModel
from models.compact.normalise import fold
from models.compact.resolution.resolve import resolve
from models.compact.when import SHANGHAI

SUITES = Path(__file__).parents[2] / "suites" / "understanding"
NOW = datetime(2026, 4, 15, 10, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("六月十八号下午三点", "6月18号下午3点"),
        ("十八号上午十点一刻", "18号上午10点一刻"),
        ("晚上七点四十五", "晚上7:45"),
        ("九点过五分", "9点05分"),
        ("十五分钟后", "15分钟后"),
        ("两个半小时以后", "2个半小时以后"),
        ("三天后下午四点", "3天后下午4点"),
        ("二零二六年四月二十号下午三点", "2026年4月20号下午3点"),
        ("下午两点到四点", "下午2点到4点"),
    ],
)
def test_a_time_to_call_back(spoken: str, written: str) -> None:
    moments = {callback.find(fold(words), NOW) for words in (spoken, with_figures(spoken), written)}
    assert len(moments) == 1
    assert None not in moments


def test_days_from_now_are_counted() -> None:
    assert callback.find("三天后下午四点", NOW) == "2026-04-18T16:00:00+08:00"


@pytest.mark.parametrize(("spoken", "count"), [("十二件", 12), ("两双", 2), ("一百零五个", 105), ("退三十个", 30)])
def test_a_quantity(spoken: str, count: int) -> None:
    assert {quantity.answered(words, 200) for words in (spoken, with_figures(spoken))} == {count}


@pytest.mark.parametrize(
    ("spoken", "words", "figures"),
    [
        ("换成四十二码", "四十二码", "42码"),
        ("拍成一点二米了，改成一点五米", "一点五米", "1.5米"),
        ("换成三百毫升的", "三百毫升", "300毫升"),
        ("换成一百六十五的", "一百六十五", "一百六十五"),
        ("要百分之五十羊毛的", "百分之五十", "50%"),
        ("要1米5的", "1米5", "1米5"),
    ],
)
def test_a_spec_is_the_whole_number(spoken: str, words: str, figures: str) -> None:
    written = with_figures(spoken)
    assert (spec.answered(spoken, fold(spoken)), spec.answered(written, fold(written))) == (words, figures)


def bought(number: str, paid: tuple[int, int], got: tuple[int, int], *titles: str) -> KnownOrder:
    return KnownOrder(
        order_id=number,
        status="delivered",
        paid_at=datetime(2026, *paid, 12, tzinfo=SHANGHAI),
        delivered_at=datetime(2026, *got, 12, tzinfo=SHANGHAI),
        lines=tuple(KnownLine(line_id=f"L{n}", title=title, quantity=12) for n, title in enumerate(titles, 1)),
    )


ORDERS = (
    bought("20260410000011", (4, 10), (4, 14), "缓震跑步鞋 黑 42码", "缓震跑步鞋 黑 38码"),
    bought("20260315000022", (3, 15), (3, 18), "行李箱 20寸", "行李箱 24寸"),
    bought("20260216000044", (2, 16), (2, 20), "羊毛衫 羊毛50%", "羊毛衫 羊毛30%"),
)
CONTEXT = Context(now=NOW, orders=ORDERS)


@pytest.mark.parametrize(
    ("spoken", "order", "lines"),
    [
        ("四十二码的跑鞋要退", "20260410000011", ("L1",)),
        ("二十四寸的箱子要退", "20260315000022", ("L2",)),
        ("三月十八号到的那个", "20260315000022", ()),
        ("二月二十日签收的", "20260216000044", ()),
    ],
)
def test_which_order_and_which_goods(spoken: str, order: str, lines: tuple[str, ...]) -> None:
    resolved = resolve(fold(with_figures(spoken)), CONTEXT, Flow.RETURN_REFUND)
    assert (resolved.order, resolved.lines) == (order, lines)


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("我要退货，一共退三百二十块", "我要退货，一共退320块"),
        ("我买的时候三百二十块，现在卖二百九十元，退差价", "我买的时候320块，现在卖290元，退差价"),
        ("退款三百二十块什么时候到", "退款320块什么时候到"),
        ("羊毛只有百分之三十，跟描述的百分之五十不一样，要退货", "羊毛只有30%，跟描述的50%不一样，要退货"),
        ("少了二百克，我要退款", "少了200克，我要退款"),
        ("六月十八号前能到吗", "6月18号前能到吗"),
        ("快递三月十八号就到了，我四月二号才拿到，屏幕碎了要退", "快递3月18号就到了，我4月2号才拿到，屏幕碎了要退"),
        ("下午三点给我回电话", "下午3点给我回电话"),
    ],
)
def test_what_a_caller_says_comes_to_the_dialogue_as_it_is_written(spoken: str, written: str) -> None:
    assert with_figures(spoken) == written


def as_figures(commands: Any) -> Any:
    """What is only repeated of the words (a spec, a question) may have figures where they had none."""
    match msgspec.to_builtins(commands):
        case str(words):
            return with_figures(words)
        case list(several) | tuple(several):
            return [as_figures(each) for each in several]
        case dict(fields):
            return {name: as_figures(value) for name, value in fields.items() if name != "evidence"}
        case other:
            return other


def test_no_message_of_the_suites_is_understood_otherwise_for_its_figures(model: CompactModel) -> None:
    said = [(case, with_figures(case.text)) for case in load([SUITES])]
    rewritten = [(case, text) for case, text in said if text != case.text]
    assert rewritten
    otherwise = {
        case.id: text
        for case, text in rewritten
        if as_figures(model.predict(text, case.context).commands)
        != as_figures(model.predict(case.text, case.context).commands)
    }
    assert otherwise == {}
