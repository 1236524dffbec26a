"""Words put anew by the language model, in a shop's own tone. Whoever asks compares the answer with what it was given.

It shares the server's places and its breaker with the commands, and takes no more than half of the places: to
understand a customer comes before speaking well.
"""

import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from models.errors import AnswerUnusable, ModelBusy
from models.llm.client import Chat, Message
from models.llm.prompt import fenced

LONGEST: Final = 300
MOST_TOKENS: Final = 500
_BEGIN, _END = "【原文】", "【完】"
_WORDS: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("rephrase.toml").read_text(encoding="utf-8"))
TONES: Final = frozenset(_WORDS["tones"])

_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"text": {"type": "string", "minLength": 1, "maxLength": LONGEST}},
    "required": ["text"],
    "additionalProperties": False,
}


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """Whose words they are. ``tone`` is one of ``TONES``."""

    shop_name: str
    bot_name: str
    tone: str


class _Answer(msgspec.Struct, frozen=True):
    text: str


_answer = msgspec.json.Decoder(_Answer)


class Rephraser:
    def __init__(self, chat: Chat, *, deadline_s: float, at_once: int) -> None:
        self._chat = chat
        self._deadline_s = deadline_s
        self._free = max(1, at_once // 2)

    async def rephrase(self, words: str, voice: Voice) -> str:
        """Raises ModelError; never later than the deadline."""
        if self._free <= 0:
            raise ModelBusy("as many words are being put anew as may be at once")
        self._free -= 1
        try:
            answer = await self._chat.ask(
                _messages(words, voice), _SCHEMA, max_tokens=MOST_TOKENS, within_s=self._deadline_s
            )
        finally:
            self._free += 1
        try:
            return _answer.decode(answer).text
        except msgspec.DecodeError as unreadable:
            raise AnswerUnusable("the answer holds no text") from unreadable


def _messages(words: str, voice: Voice) -> list[Message]:
    """First what never changes, then the shop, then the words."""
    messages: list[Message] = [{"role": "system", "content": _WORDS["rules"].strip()}]
    for example in _WORDS["examples"]:
        messages += [
            {"role": "user", "content": _asked(example["asked"])},
            {"role": "assistant", "content": example["answer"]},
        ]
    shop = _WORDS["shop"].format(bot_name=fenced(voice.bot_name), shop_name=fenced(voice.shop_name))
    return [*messages, {"role": "user", "content": f"{shop}{_WORDS['tones'][voice.tone]}\n{_asked(words)}"}]


def _asked(words: str) -> str:
    return f"{_BEGIN}\n{fenced(words)}\n{_END}"
