"""Words from reply keys and facts. A sentence that claims something done is only rendered with a receipt or from facts.

Facts come from the order system and may hold anybody's words: they are cleaned and bounded here, once.
"""

import hashlib
import tomllib
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec

from appliance.conversation.model import Card, QuickReply
from appliance.dialogue.claims import claim_in, without_claims
from appliance.dialogue.state import Option, Said
from appliance.errors import ApplianceError, ConfigurationError, InvalidInput
from appliance.money import yuan

MAX_VALUE = 120
MAX_WELCOME = 200
_LONGEST = {"shop_name": 60, "bot_name": 20, "call": 12, "oh": 12}
"""Of what stands in sentences, in characters."""
IN_WELCOME = frozenset({"shop_name", "bot_name"})
WELCOME = "welcome"
NAMES, CLAUSES = "、", "，"
"""What stands between things in a list, and between parts of a sum or of an account."""
_CLAUSED = frozenset({"breakdown", "services"})
_UNSAFE = {ord("<"): "＜", ord(">"): "＞"}
_FORMATTER = Formatter()


class UnfoundedClaim(ApplianceError):
    """A reply claims something done and rests on no receipt."""

    code = "unfounded_claim"


class PersonaUnfit(InvalidInput):
    """A way of speaking that cannot be."""

    code = "persona_unfit"


class Manner(StrEnum):
    """The tone of a shop: 亲切, 专业, 简洁."""

    WARM = "warm"
    PROFESSIONAL = "professional"
    CONCISE = "concise"


class Persona(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a shop's bot speaks."""

    shop_name: str = "本店"
    bot_name: str = "小助手"
    tone: Manner = Manner.WARM
    call: str | None = None
    """Before a sentence: 亲， or 您好，or nothing; None: as the tone has it."""
    oh: str | None = None
    """At its end: 哦, 呢 or nothing."""
    welcome: str = ""
    """The first words after the notice; may name {shop_name} and {bot_name}. Empty: as everybody's."""

    def __post_init__(self) -> None:
        if len(self.welcome) > MAX_WELCOME:
            raise ValueError(f"welcome is longer than {MAX_WELCOME} characters")
        if claim := claim_in(self.welcome):
            raise ValueError(f"welcome claims '{claim}'")
        if strange := {name for _, name, _, _ in _FORMATTER.parse(self.welcome) if name is not None} - IN_WELCOME:
            raise ValueError(f"welcome names {{{min(strange)}}}; it may name {{shop_name}} and {{bot_name}}")


def persona_from(values: Mapping[str, Any]) -> Persona:
    """As somebody wants it from now on. PersonaUnfit says what does not fit."""
    try:
        persona = msgspec.convert(values, Persona)
    except msgspec.ValidationError as wrong:
        raise PersonaUnfit(str(wrong)) from wrong
    for name, longest in _LONGEST.items():
        if len(getattr(persona, name) or "") > longest:
            raise PersonaUnfit(f"{name} is longer than {longest} characters")
    if not persona.shop_name.strip() or not persona.bot_name.strip():
        raise PersonaUnfit("shop and bot have names: leave one out to have it as shipped")
    return persona


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Wordings of one fact. ``without`` is used where a fact that ``say`` needs is missing."""

    say: tuple[str, ...]
    without: tuple[str, ...] = ()
    claims: str = "none"
    topic: str = ""
    asks: tuple[str, ...] = ()
    """Of an answer to a question: what it is about, and how the question is asked."""


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One bubble, ready to be shown."""

    text: str
    quick_replies: tuple[QuickReply, ...] = ()
    cards: tuple[Card, ...] = ()


class Renderer:
    def __init__(self, replies: Mapping[str, Reply], words: Mapping[str, Mapping[str, str]]) -> None:
        self._replies = replies
        self._words = words

    @classmethod
    def load(cls, folder: Path) -> "Renderer":
        """Every ``*.toml`` of the folder; ``words.toml`` holds the closed sets. Raises ConfigurationError."""
        replies: dict[str, Reply] = {}
        words: dict[str, Mapping[str, str]] = {}
        for path in sorted(folder.glob("*.toml")):
            try:
                table = tomllib.loads(path.read_text(encoding="utf-8"))
                if path.stem == "words":
                    words = table
                else:
                    _collect(table, "", replies)
            except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
                raise ConfigurationError(f"{path}: {error}") from error
        _check(replies)
        return cls(replies, words)

    def render(self, said: Said, persona: Persona, seed: str) -> Words:
        """``seed`` chooses among wordings; the same seed gives the same words."""
        reply = _own_welcome(said.key, persona) or self._reply(said.key)
        if reply.claims == "receipt" and said.receipt is None:
            raise UnfoundedClaim(f"the reply '{said.key}' needs a receipt")
        text = self._fill(reply, self._values(said.facts, persona), seed + said.key)
        if reply.claims == "none" and (claim := claim_in(text)):
            raise UnfoundedClaim(f"the reply '{said.key}' claims '{claim}' without a receipt")
        plain = [o for o in said.options if not o.is_card]
        return Words(
            text=text,
            quick_replies=tuple(QuickReply(label=self._label(o, persona), payload=o.payload) for o in plain),
            cards=tuple(self._card(o, persona) for o in said.options if o.is_card),
        )

    def facts(self, said: Said, persona: Persona) -> tuple[str, ...]:
        """Everything that stands in the words of ``said`` because somebody else than the shop has said it."""
        found = {value for name, fact in said.facts.items() for value in self._value(name, fact, persona).values()}
        return tuple(sorted(value for value in found if value))

    def text(self, key: str, facts: Mapping[str, Any], persona: Persona, seed: str = "") -> str:
        return self._fill(self._reply(key), self._values(facts, persona), seed + key)

    def word(self, kind: str, member: str) -> str:
        return self._words.get(kind, {}).get(member) or clean(member)

    @property
    def replies(self) -> Mapping[str, Reply]:
        return self._replies

    def answers(self) -> dict[str, Reply]:
        """The approved answers to questions, by reply key."""
        return {key: reply for key, reply in self._replies.items() if reply.asks}

    def __contains__(self, key: str) -> bool:
        return key in self._replies

    def _reply(self, key: str) -> Reply:
        try:
            return self._replies[key]
        except KeyError:
            raise ConfigurationError(f"no reply has the key '{key}'; add it to a file under replies/") from None

    def _fill(self, reply: Reply, values: Mapping[str, str], seed: str) -> str:
        if reply.claims == "none":
            values = {name: without_claims(value) for name, value in values.items()}
        wording = _choose(reply.say, seed)
        if reply.without and not all(values.get(name) for name in _names(wording)):
            wording = _choose(reply.without, seed)
        return wording.format_map(_Blank(values)).strip()

    def _label(self, option: Option, persona: Persona) -> str:
        return self.text(option.key, option.facts, persona)

    def _card(self, option: Option, persona: Persona) -> Card:
        facts = option.facts
        details = [self.word("status", facts["status"]), clean(facts["order_id"])] if "status" in facts else []
        if "stock" in facts:
            details.append(self.word("stock", facts["stock"]))
        if "quantity" in facts:
            details.append(f"×{facts['quantity']}")
        return Card(title=self._label(option, persona), lines=tuple(details), payload=option.payload)

    def _values(self, facts: Mapping[str, Any], persona: Persona) -> dict[str, str]:
        values = {
            "shop_name": persona.shop_name,
            "bot_name": persona.bot_name,
            "call": self._manner("call", persona.call, persona),
            "oh": self._manner("oh", persona.oh, persona),
        }
        for name, value in facts.items():
            values |= self._value(name, value, persona)
        return values

    def _manner(self, name: str, own: str | None, persona: Persona) -> str:
        return self._words.get(name, {}).get(persona.tone, "") if own is None else own

    def _value(self, name: str, value: Any, persona: Persona) -> dict[str, str]:
        """One fact as text: fen as yuan, members of closed sets as words, lists joined, mappings flattened."""
        match value:
            case None:
                return {name: ""}
            case int() if name.endswith("_fen"):
                return {name.removesuffix("_fen"): yuan(value)}
            case dict():
                flat: dict[str, str] = {}
                for key, inner in value.items():
                    prefix = "" if name == "details" else f"{name}_"
                    flat |= self._value(f"{prefix}{key}", inner, persona)
                return flat
            case list() | tuple():
                return {name: self._list(name, value, persona)}
            case str() if name in self._words:
                found = {name: self.word(name, value)}
                if name == "freight_payer":
                    found["freight_answer"] = self.word("freight_answer", value)
                return found
        return {name: clean(str(value))}

    def _list(self, name: str, items: list[Any] | tuple[Any, ...], persona: Persona) -> str:
        if name == "titles":
            return NAMES.join(f"「{clean(str(item))}」" for item in items)
        parts = []
        for item in items:
            if isinstance(item, dict):
                parts.append(self.text(f"part.{item['part']}", item, persona))
            else:
                parts.append(clean(str(item)))
        return (CLAUSES if name in _CLAUSED else NAMES).join(parts)


def _own_welcome(key: str, persona: Persona) -> Reply | None:
    return Reply(say=(persona.welcome,)) if key == WELCOME and persona.welcome else None


def clean(value: str) -> str:
    """Somebody's words, safe inside a sentence: no control, bidi or markup characters, and not endless."""
    kept = "".join(c for c in value if unicodedata.category(c)[0] != "C")
    return kept.translate(_UNSAFE)[:MAX_VALUE]


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""


def _choose(wordings: tuple[str, ...], seed: str) -> str:
    if len(wordings) == 1:
        return wordings[0]
    return wordings[hashlib.blake2b(seed.encode(), digest_size=4).digest()[0] % len(wordings)]


def _names(wording: str) -> list[str]:
    return [name for _, name, _, _ in _FORMATTER.parse(wording) if name and name not in ("call", "oh")]


def _collect(table: Mapping[str, Any], prefix: str, into: dict[str, Reply]) -> None:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if "say" in value:
            into[key] = msgspec.convert(value, Reply)
        else:
            _collect(value, f"{key}.", into)


def _check(replies: Mapping[str, Reply]) -> None:
    for key, reply in replies.items():
        if reply.claims not in ("none", "facts", "receipt"):
            raise ConfigurationError(f"reply '{key}': claims is none, facts or receipt, not '{reply.claims}'")
        for wording in (*reply.say, *reply.without):
            if reply.claims == "none" and (claim := claim_in(wording)):
                raise ConfigurationError(f"reply '{key}': claims '{claim}'; only claims = \"receipt\" may say so")
