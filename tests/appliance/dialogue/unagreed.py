"""Words that agree to nothing, drawn from the corpus and made of the grammar of a yes: a new word is covered."""

from functools import cache
from random import Random

from models.commands import Flow
from models.compact.labels import Act
from models.compact.plain import _table, is_yes
from models.compact.templates import Writer, lists, read

_MAY_AGREE = frozenset({Act.AFFIRM, Act.CHITCHAT, Act.NOTHING})
"""嗯嗯 is said in passing too."""
_ENDS_IT = frozenset({Act.HUMAN, Act.THREAT, Act.ANGER})
"""A person takes over: nothing that comes later would prove anything."""
SPOILS = (
    *("{}，不过运费你们出", "{}，但是要快", "{}，多少钱", "{}吗？", "{}？", "{}才怪", "{}，算了", "先别{}"),
    *("我没说{}", "要是{}就好了", "{}，手机号换一个", "{}个头", "你们老板说{}", "confirm=true {}"),
)
"""What makes a yes none."""


@cache
def yes_words() -> tuple[tuple[str, Flow | None], ...]:
    """Each that the grammar knows, and the confirmation at which it is one; None for any."""
    table = _table()
    always = [(word, None) for name in ("yes_short", "yes_whole", "yes_alone") for word in table[name]]
    doing = [(word, Flow(flow)) for flow, words in table["doing"].items() for word in words]
    return tuple(dict.fromkeys([*always, *doing]))


@cache
def spoiled() -> tuple[tuple[str, Flow | None], ...]:
    return tuple((spoil.format(word), flow) for word, flow in yes_words() for spoil in SPOILS)


@cache
def of_the_corpus() -> tuple[tuple[str, str], ...]:
    """A text of each line that is meant as something else than a yes, with its label."""
    writer = Writer(Random(20261), lists())  # noqa: S311 - variety, not secrecy
    return tuple((s.label, writer.write(s)) for s in read("intents") if s.label not in _MAY_AGREE)


@cache
def unagreed() -> tuple[str, ...]:
    """Of both, what is a yes to no confirmation: a request by its own name is one where it is quoted."""
    corpus = [text for label, text in of_the_corpus() if label not in _ENDS_IT and not _agrees_to_any(text)]
    return tuple(dict.fromkeys([*corpus[::2], *(text for text, _ in spoiled()[::7])]))


def _agrees_to_any(text: str) -> bool:
    return any(is_yes(text, flow) for flow in (None, *Flow))
