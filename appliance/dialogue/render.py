"""Words from reply keys and facts. A sentence that claims something done is only rendered with a receipt or from facts.

Facts come from the order system and may hold anybody's words: they are cleaned and bounded here, once.
"""

import hashlib
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from string import Formatter
from typing import Any

import msgspec

from appliance.conversation.model import Card, Channel, QuickReply
from appliance.dialogue import ear
from appliance.dialogue.claims import claim_in, without_claims
from appliance.dialogue.reply import Reply, load
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
_QUOTES = {ord("「"): None, ord("」"): None}
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
    """The first words after the notice; may name {shop_name} and {bot_name}. Empty: as everybody's; so it is on the
    phone where these speak of a screen."""

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
    for name in (*_LONGEST, WELCOME):
        if any(unicodedata.category(each) == "Cc" for each in (getattr(persona, name) or "").replace("\n", "")):
            raise PersonaUnfit(f"{name} has a control character in it, which nothing shows: type it anew")
    if not persona.shop_name.strip() or not persona.bot_name.strip():
        raise PersonaUnfit("shop and bot have names: leave one out to have it as shipped")
    return persona


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """One bubble, ready to be shown."""

    text: str
    quick_replies: tuple[QuickReply, ...] = ()
    cards: tuple[Card, ...] = ()


class Renderer:
    def __init__(
        self, replies: Mapping[str, Reply], words: Mapping[str, Mapping[str, str]], *, is_aloud: bool = False
    ) -> None:
        """``is_aloud``: for the ear."""
        self._replies = replies
        self._words = words
        self._is_aloud = is_aloud
        heard = {key: reply.heard for key, reply in replies.items()}
        self._aloud = self if is_aloud else Renderer(heard, words, is_aloud=True)

    @classmethod
    def load(cls, folder: Path) -> "Renderer":
        """As ``reply.load``."""
        return cls(*load(folder))

    def on(self, channel: str) -> "Renderer":
        """The one whose words can be followed there."""
        return self._aloud if channel == Channel.VOICE else self

    def render(self, said: Said, persona: Persona, seed: str) -> Words:
        """``seed`` chooses among wordings; the same seed gives the same words."""
        reply = self._own_welcome(said.key, persona) or self._reply(said.key)
        if reply.claims == "receipt" and said.receipt is None:
            raise UnfoundedClaim(f"the reply '{said.key}' needs a receipt")
        values = self._values(said.facts, persona) | {ear.CHOICES: self._choices(said.options, persona)}
        text = self._fill(reply, values, seed + said.key)
        if reply.claims == "none" and (claim := claim_in(text)):
            raise UnfoundedClaim(f"the reply '{said.key}' claims '{claim}' without a receipt")
        plain = [o for o in said.options if self._is_aloud or not o.is_card]  # nobody sees a card on the phone
        return Words(
            text=text,
            quick_replies=tuple(QuickReply(label=self._label(o, persona), payload=o.payload) for o in plain),
            cards=tuple(self._card(o, persona) for o in said.options if o not in plain),
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

    def _own_welcome(self, key: str, persona: Persona) -> Reply | None:
        """A shop's own words; on the phone only where they can be heard."""
        is_heard = not (self._is_aloud and ear.screen_in(persona.welcome))
        return Reply(say=(persona.welcome,)) if key == WELCOME and persona.welcome and is_heard else None

    def _label(self, option: Option, persona: Persona) -> str:
        return self.text(option.key, option.facts, persona)

    def _choices(self, options: tuple[Option, ...], persona: Persona) -> str:
        """For the ear: what could be pressed, with the key that does it."""
        if not self._is_aloud or not options:
            return ""
        labels, more = ear.named([self._label(option, persona).translate(_QUOTES) for option in options])
        items = [
            self.text("part.choice", {"label": label, "key": key}, persona) for key, label in enumerate(labels, start=1)
        ]
        told = {"items": CLAUSES.join(items), "more": more}
        return self.text("choices_more" if more else "choices", told, persona)

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
            ear.CHOICES: "",
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
            case str() if name in ear.TOO_LONG:
                return {name: clean(value), f"{name}_tail": ear.tail(clean(value))}
        return {name: clean(str(value))}

    def _list(self, name: str, items: list[Any] | tuple[Any, ...], persona: Persona) -> str:
        parts, more = [self._part(name, item, persona) for item in items], 0
        if self._is_aloud and name not in ear.READ_WHOLE:
            parts, more = ear.named(parts)
        listed = (CLAUSES if name in _CLAUSED else NAMES).join(parts)
        return self.text("part.rest", {"named": listed, "more": more}, persona) if more else listed

    def _part(self, name: str, item: Any, persona: Persona) -> str:
        if isinstance(item, dict):
            return self.text(f"part.{item['part']}", item, persona)
        return f"「{clean(str(item))}」" if name == "titles" else clean(str(item))


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
    return [name for _, name, _, _ in _FORMATTER.parse(wording) if name and name not in ("call", "oh", ear.CHOICES)]
