"""The question to a language model: first what never changes, so that the server keeps it, then this customer's turn.

A customer's words are material between two marks; the marks and the tokens of a chat template are taken out of them,
should any have passed the fence of whoever asks.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from models.commands import Context, Flow, KnownOrder, Slot
from models.llm.own import Own

MOST_HISTORY: Final = 6
LONGEST_LINE: Final = 160

_WORDS: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
_BEGIN, _END = "【顾客的话】", "【完】"
_TEMPLATE_TOKEN = re.compile(
    r"<\s*[|｜][^<>]{0,40}[|｜]\s*>|</?\s*[a-z_]\w{0,40}\s*>|\[/?INST\]|\[[|｜][^\[\]]{1,40}[|｜]\]|<</?SYS>>",
    re.IGNORECASE,
)
_MARK = re.compile(r"[【】]")


SlotsOf = Mapping[Flow, Sequence[str]]
"""What a flow asks for, from the flow files."""


class Prompt:
    """Builds messages; the first of them is the same for every customer."""

    def __init__(self, slots_of: SlotsOf) -> None:
        self._unchanging = _unchanging(slots_of)

    def messages(self, text: str, context: Context) -> list[dict[str, str]]:
        turn = "\n".join([*_around(context), _BEGIN, fenced(text), _END])
        return [
            {"role": "system", "content": self._unchanging},
            *_examples(),
            {"role": "user", "content": turn},
        ]


def fenced(text: str) -> str:
    """Words that cannot end where they stand, and hold no token that a chat template would act on."""
    return _MARK.sub(" ", _TEMPLATE_TOKEN.sub(" ", text))


def _unchanging(slots_of: SlotsOf) -> str:
    flows = [f"- {flow}：{_WORDS['flows'][flow]}{_fillable(slots_of.get(flow, ()))}" for flow in Flow]
    slots = [f"- {slot}：{_WORDS['slots'][slot]}" for slot in Slot]
    reasons = [f"- {code}：{words}" for code, words in _WORDS["reasons"].items()]
    return "\n".join([_WORDS["rules"].strip(), "\nflow：", *flows, "\nslot：", *slots, "\nreason 的取值：", *reasons])


def _fillable(names: Sequence[str]) -> str:
    slots = "、".join(name for name in names if name in _WORDS["slots"])
    return f"（可填：{slots}）" if slots else ""


def _examples() -> list[dict[str, str]]:
    messages = []
    for example in _WORDS["examples"]:
        asked = "\n".join([example["around"], _BEGIN, example["said"], _END])
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": example["answer"]}]
    return messages


def _around(context: Context) -> list[str]:
    doing = context.flow.value if context.flow else "无"
    asked = _WORDS["awaiting"].get(context.awaiting, "无") if context.awaiting else "无"
    lines = [f"现在：{context.now:%Y-%m-%d %H:%M}", f"正在办：{doing}；机器人刚才：{asked}"]
    if context.options:
        lines.append(f"刚给出的选择：{'、'.join(context.options)}")
    if context.specs:
        lines.append(f"可选的规格：{'、'.join(map(_short, context.specs))}")
    if context.slots:
        lines.append(f"已填：{'；'.join(f'{name}={_short(str(value))}' for name, value in context.slots.items())}")
    if context.orders:
        own = Own(context)
        lines += ["顾客的订单：", *(_order(name, order, own) for name, order in own.orders.items())]
    if context.history:
        speakers = {"customer": "顾客", "bot": "机器人", "agent": "客服"}
        lines.append("刚才的对话：")
        lines += [f"{speakers.get(e.speaker, '系统')}：{_short(e.words)}" for e in context.history[-MOST_HISTORY:]]
    return lines


def _order(name: str, order: KnownOrder, own: Own) -> str:
    times = (("下单", order.created_at), ("发货", order.shipped_at), ("签收", order.delivered_at))
    said = "，".join(f"{at:%m-%d}{word}" for word, at in times if at is not None)
    status = _WORDS["status"].get(order.status, "状态不明")
    lines = "；".join(f"{key} {_short(line.title)}×{line.quantity}" for key, line in own.lines_of(order).items())
    return f"{name} 单号{_short(order.order_id)} {status}（{said}）：{lines}"


def _short(words: str) -> str:
    """On one line, without marks: titles and earlier words are other people's too."""
    return fenced(" ".join(words.split()))[:LONGEST_LINE]
