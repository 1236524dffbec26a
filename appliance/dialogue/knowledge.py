"""Answers to ordinary questions from the approved set in ``replies/knowledge.toml``. What is not in it is not known.

Lexical: characters and pairs of characters, weighed by how rare they are among all known questions.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

import msgspec

from appliance.dialogue.effects import Answer
from appliance.dialogue.reply import Reply

PREFIX = "knowledge."
THRESHOLD = 0.45
"""Below this the nearest question is another question. Chosen on the questions in tests/appliance/dialogue."""


class _Question(msgspec.Struct, frozen=True):
    key: str
    topic: str
    grams: frozenset[str]
    weight: float


class Knowledge:
    def __init__(self, answers: Mapping[str, Reply]) -> None:
        asked = [(key, reply.topic, _grams(ask)) for key, reply in answers.items() for ask in reply.asks]
        counts = Counter(gram for _, _, grams in asked for gram in grams)
        self._idf = {gram: math.log(1 + len(asked) / n) for gram, n in counts.items()}
        self._unseen = math.log(1 + len(asked))
        self._questions = [
            _Question(key.removeprefix(PREFIX), topic, grams, self._weigh(grams)) for key, topic, grams in asked
        ]

    def find(self, query: str) -> Answer | None:
        """The answer to the nearest known question, or None where none is near enough."""
        grams = _grams(query)
        weight = self._weigh(grams)
        if not weight:
            return None
        best, score = None, 0.0
        for question in self._questions:
            near = self._weigh(grams & question.grams) / math.sqrt(weight * question.weight)
            if near > score:
                best, score = question, near
        if best is None or score < THRESHOLD:
            return None
        return Answer(topic=best.topic, key=best.key)

    def _weigh(self, grams: Iterable[str]) -> float:
        return sum(self._idf.get(gram, self._unseen) for gram in grams)


_STOP = frozenset("的了吗呢啊呀哦嘛吧我你您们请问那个这个一下是不有什么怎么样，。？！、 ?!.,~")


def _grams(text: str) -> frozenset[str]:
    letters = [c for c in text.lower() if c not in _STOP]
    return frozenset([*letters, *(a + b for a, b in pairwise(letters))])
