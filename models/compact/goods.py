"""Which goods a message names, among the lines of the customer's own orders.

A mention is a span of the message with the lines it may mean. Titles are untrusted words: matched, never obeyed.
"""

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from models.commands import KnownOrder
from models.compact.normalise import fold

Place = tuple[int, int]
"""Index of an order in the context, and of a line in it."""

_TABLE = Path(__file__).with_name("tables") / "goods.toml"
_BRACKETED = re.compile(r"[【\[（(][^】\])）]{0,16}[】\])）]")
_MEASURED = re.compile(
    r"^(?:\d|[一二三四五六七八九十两单双半]+[\u4e00-\u9fff]{0,2}[装套只件条个片瓶包盒支双卷位层斤米册]$)"
)
_DIMINUTIVE = re.compile(r"(?<!样)(?<!日)(?<!孩)(?<!儿)(?<!房)(?<!单)(?<!箱)(?<!盒)([\u4e00-\u9fff])[子儿]")
_NO_NAME = frozenset("包器品套盒装片机号码色款个条双件单子人水网面手天边点头口气钱")
"""As the last word of a title they are too many other words to name it by themselves."""
_ALONE = re.compile(
    r"(?:^|(?<=[，,。！!；;\s])|(?<=[那这把的退换修和跟]))([\u4e00-\u9fff])(?=[那这的也还怎咋退换修取，,。！!；;\s]|$)"
)
"""盆退了, 那鼓怎么还不发: the last word of a title, standing alone."""
_VAGUE = frozenset(
    [
        "儿童",
        "智能",
        "男士",
        "女士",
        "家用",
        "加厚",
        "迷你",
        "便携",
        "家庭",
        "新款",
        "大号",
        "小号",
        "成人",
        "电动",
        "全自动",
        "透明",
        "自动",
        "一次",
        "多功",
        "功能",
        "可以",
    ]
)
_DARK_WORDS = re.compile(
    r"黑[心屏猫店名卡暗钻]|[发变太全抹里]黑|红包|红疹|红人|白[费搭跑等来买]|明白|空白|[坦表]白|黄[花牛"
    r"]|[泛发]黄|金[额卡牌钱]|[资现基奖]金|银[行卡联]|[粉]刺|粉底|灰尘|绿植|青菜"
)
_COLOUR = re.compile(r"^[\u4e00-\u9fff]{0,3}[黑白灰红粉蓝绿黄紫棕咖橙银金青驼米杏褐卡其酱裸藏墨橘]色?$|色$")


class Goods(msgspec.Struct, frozen=True):
    """A title taken apart."""

    core: str
    noun: str
    """The first word of the core: titles name the thing first and then what it is like (收纳盒 亚克力)."""
    attributes: tuple[str, ...]
    classes: frozenset[int]


class Mention(msgspec.Struct, frozen=True):
    start: int
    end: int
    strength: float
    places: tuple[Place, ...]


class _Class(msgspec.Struct, frozen=True):
    say: re.Pattern[str]
    title: re.Pattern[str]


@cache
def _classes() -> tuple[_Class, ...]:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return tuple(_Class(say=re.compile(c["say"]), title=re.compile(c["title"], re.IGNORECASE)) for c in table["class"])


@cache
def _not_goods() -> re.Pattern[str]:
    return re.compile("|".join(tomllib.loads(_TABLE.read_text(encoding="utf-8"))["not_goods"]))


@cache
def _names() -> re.Pattern[str]:
    """What the corpus calls goods, the longest first: 连衣裙 is no 裙."""
    names = (Path(__file__).with_name("corpus") / "words" / "p.txt").read_text(encoding="utf-8").split()
    return re.compile("|".join(re.escape(fold(name)) for name in sorted(names, key=len, reverse=True)))


def without_names(plain: str) -> str:
    """Without what goods are called in general, whoever's they are."""
    plain = _names().sub("", plain)
    for each in _classes():
        plain = each.title.sub("", each.say.sub("", plain))
    return plain


@lru_cache(maxsize=4096)
def goods(title: str) -> Goods:
    folded = _BRACKETED.sub(" ", fold(title)) if not title.startswith(("《", "【《")) else fold(title)
    tokens = folded.replace("《", " ").replace("》", " ").split()
    core = ""
    attributes: list[str] = []
    for token in tokens:
        if not core or (not attributes and not _MEASURED.match(token) and not _is_attribute(token)):
            core += token
        else:
            attributes.append(token)
    classes = frozenset(i for i, c in enumerate(_classes()) if c.title.search(folded if "《" in folded else core))
    noun = next((t for t in tokens if len(t) > 1 and t not in _VAGUE), core)
    return Goods(core=core, noun=noun if core.startswith(noun) else core, attributes=tuple(attributes), classes=classes)


def _is_attribute(token: str) -> bool:
    return token.isascii() or bool(_COLOUR.search(token)) or token.endswith(("码", "款", "装", "号"))


def blank(plain: str) -> str:
    """The message without words that only look like goods; same length."""
    return _not_goods().sub(lambda m: "□" * len(m[0]), plain)


def _named(core: str, text: str) -> tuple[float, int, int] | None:
    """Strength and span of the longest part of the title's core that the text holds; its end counts most."""
    size = len(core)
    for start in range(size - 1):
        at = text.find(core[start:])
        if at >= 0 and core[start:] not in _VAGUE:
            return 1.0 + 0.12 * (size - start), at, at + size - start
    best: tuple[float, int, int] | None = None
    for start in range(size - 2):
        for end in range(size - 1, start + 1, -1):
            part = core[start:end]
            at = text.find(part)
            if at >= 0 and part not in _VAGUE and not part.isdigit():
                if best is None or 0.4 + 0.12 * len(part) > best[0]:
                    best = (0.4 + 0.12 * len(part), at, at + len(part))
                break
    return best


@lru_cache(maxsize=256)
def mentions(plain: str, orders: tuple[KnownOrder, ...]) -> tuple[Mention, ...]:
    """What the text names, strongest first; places of one mention are equally meant."""
    text = blank(plain)
    said = [[(m.start(), m.end()) for m in c.say.finditer(text)] for c in _classes()]
    short = [(m.start(), m.end(), m[1]) for m in _DIMINUTIVE.finditer(text)]
    short += [(m.start(), m.end(), m[1]) for m in _ALONE.finditer(text) if m[1] not in _NO_NAME]
    hits: list[tuple[float, int, int, Place]] = []
    for i, order in enumerate(orders):
        for j, line in enumerate(order.lines):
            item = goods(line.title)
            if found := max(filter(None, (_named(part, text) for part in {item.core, item.noun})), default=None):
                strength, a, b = found
                hits.extend((strength, at.start(), at.end(), (i, j)) for at in re.finditer(re.escape(text[a:b]), text))
            for kind in item.classes:
                hits.extend((1.0 + 0.1 * (b - a), a, b, (i, j)) for a, b in said[kind])
            hits.extend((1.2, a, b, (i, j)) for a, b, c in short if item.core.endswith(c))
    return tuple(_group(hits))


def without(plain: str, orders: tuple[KnownOrder, ...]) -> str:
    """What is said of the goods, without their names, which would be taken for words of their own (水杯, 破壁机)."""
    for mention in mentions(plain, orders):
        if mention.strength >= 1.0:
            plain = plain[: mention.start] + "□" * (mention.end - mention.start) + plain[mention.end :]
    return plain


def _group(hits: list[tuple[float, int, int, Place]]) -> list[Mention]:
    """Overlapping hits are one mention; only its strongest places stay."""
    groups: list[list[tuple[float, int, int, Place]]] = []
    for hit in sorted(hits, key=lambda h: (h[1], -h[2])):
        if groups and hit[1] < max(h[2] for h in groups[-1]):
            groups[-1].append(hit)
        else:
            groups.append([hit])
    result = []
    for group in groups:
        top = max(h[0] for h in group)
        places = {h[3]: None for h in group if h[0] >= top - 0.13}
        result.append(
            Mention(start=min(h[1] for h in group), end=max(h[2] for h in group), strength=top, places=tuple(places))
        )
    return sorted(result, key=lambda m: -m.strength)


def attribute_score(plain: str, title: str) -> int:
    """How many of a title's colours, sizes and measures the text repeats."""
    text = _DARK_WORDS.sub("□□", plain)
    score = 0
    for attribute in goods(title).attributes:
        bare = attribute.removesuffix("色").removesuffix("码").removesuffix("款").removeprefix("#")
        if not bare:
            continue
        if bare.isascii():
            score += bool(re.search(rf"(?<![0-9a-z.]){re.escape(bare)}(?![0-9a-z])", text))
        else:
            score += bare in text or (len(bare) > 1 and bare[-1] in "黑白灰红粉蓝绿黄紫" and _has_shade(bare[-1], text))
    return score


def _has_shade(colour: str, text: str) -> bool:
    """紫色 and 紫的 mean what the title calls 雾紫."""
    return f"{colour}色" in text or f"{colour}的" in text
