"""Presidio with our recognisers. The only file that imports it, and late: it brings spaCy and takes seconds to load.

Nothing of Presidio's own recognisers is used: none knows mainland China, its e-mail recogniser asks the internet, and
its pattern recogniser drops a pattern that takes too long, and what is dropped leaks.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, LocalRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpEngine, NoOpNlpEngine

from security.pii.confidence import EXPECTED, FOUND, confidence, must_be_found
from security.pii.recogniser import VALUE, Place, Recogniser

LANGUAGE = "zh"
_ANY_SCORE = 0.01
"""Presidio drops zero; ours comes later."""
_DIGIT = re.compile("[0-9]")
_WINDOW = 4096
_OVERLAP = 256
"""Longer texts are read in windows, because Presidio compares every result with every other."""


class Hit(NamedTuple):
    """Offsets are those of the normalised text."""

    recogniser: Recogniser
    start: int
    end: int
    score: float
    whole: str | None = None
    """The number that this is but a piece of."""


class Engine:
    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        self._by_type = {str(recogniser.type): recogniser for recogniser in recognisers}
        self._looks = [
            (str(each.type), each.least_digits, needed.search if (needed := must_be_found(each)) else None)
            for each in recognisers
        ]
        nlp = NoOpNlpEngine([{"lang_code": LANGUAGE, "model_name": "none"}])
        nlp.load()
        self._artifacts = nlp.process_text("", LANGUAGE)
        self._presidio = presidio(recognisers, nlp)

    def hits(self, text: str, expected: Collection[str]) -> list[Hit]:
        if len(text) <= _WINDOW:
            return self._hits(text, expected)
        step = _WINDOW - _OVERLAP
        found: dict[tuple[str, int, int], Hit] = {}
        for begin in range(0, len(text) - _OVERLAP, step):
            for hit in self._hits(text[begin : begin + _WINDOW], expected):
                if _is_whole(hit, begin, len(text)):
                    moved = Hit(hit.recogniser, hit.start + begin, hit.end + begin, hit.score)
                    found.setdefault((moved.recogniser.type, moved.start, moved.end), moved)
        return list(found.values())

    def _hits(self, text: str, expected: Collection[str]) -> list[Hit]:
        lower, digits = text.lower(), len(_DIGIT.findall(text))
        types = [
            name
            for name, least_digits, needed in self._looks
            if digits >= least_digits and (needed is None or name in expected or needed(lower) is not None)
        ]
        if not types:
            return []
        results = self._presidio.analyze(
            text,
            LANGUAGE,
            entities=types,
            score_threshold=FOUND,
            context=list(expected),
            nlp_artifacts=self._artifacts,
        )
        return [Hit(self._by_type[found.entity_type], found.start, found.end, found.score) for found in results]


def presidio(recognisers: Sequence[Recogniser], nlp: NlpEngine) -> AnalyzerEngine:
    return AnalyzerEngine(
        registry=_ByType([_Ours(recogniser) for recogniser in recognisers]),
        nlp_engine=nlp,
        supported_languages=[LANGUAGE],
        default_score_threshold=FOUND,
        context_aware_enhancer=_OurConfidence({str(recogniser.type): recogniser for recogniser in recognisers}),
    )


def _is_whole(hit: Hit, begin: int, length: int) -> bool:
    """Not cut at an end of its window, and with the words before it; otherwise the window beside has it whole."""
    return (hit.start >= _OVERLAP // 2 or begin == 0) and (hit.end < _WINDOW or begin + _WINDOW >= length)


class _Ours(LocalRecognizer):
    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._shapes = [re.compile(shape, re.IGNORECASE) for shape in recogniser.shapes]
        name = str(recogniser.type)
        super().__init__(supported_entities=[name], supported_language=LANGUAGE, name=name)

    def load(self) -> None:
        """Nothing to load."""

    def analyze(self, text: str, entities: list[str], nlp_artifacts: Any) -> list[RecognizerResult]:  # noqa: ARG002
        return [RecognizerResult(self._recogniser.type.value, *place) for place in self._places(text)]

    def _places(self, text: str) -> Iterator[Place]:
        if self._recogniser.places is not None:
            yield from self._recogniser.places(text)
        for shape in self._shapes:
            value = VALUE if VALUE in shape.groupindex else 0
            for match in shape.finditer(text):
                yield Place(*match.span(value), _ANY_SCORE)


class _ByType(RecognizerRegistry):
    """One recogniser a type, at hand. Presidio's looks through all of them for each type, with every text."""

    def __init__(self, recognisers: Sequence[_Ours]) -> None:
        super().__init__(recognizers=recognisers, supported_languages=[LANGUAGE])
        self._of_type = {recogniser.supported_entities[0]: recogniser for recogniser in recognisers}

    def get_recognizers(
        self,
        language: str,
        entities: list[str] | None = None,
        all_fields: bool = False,
        ad_hoc_recognizers: list[EntityRecognizer] | None = None,
    ) -> list[EntityRecognizer]:
        if entities and not ad_hoc_recognizers:
            return [self._of_type[entity] for entity in entities]
        return super().get_recognizers(language, entities, all_fields, ad_hoc_recognizers)


class _OurConfidence(ContextAwareEnhancer):
    """Scores by `confidence` where Presidio would look at lemmas, which Chinese does not have."""

    def __init__(self, recognisers: dict[str, Recogniser]) -> None:
        super().__init__(0.0, 0.0, 0, 0)
        self._by_type = recognisers

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[Any],
        nlp_artifacts: Any,  # noqa: ARG002 (Presidio's signature)
        recognizers: Any,  # noqa: ARG002
        context: list[str] | None = None,
    ) -> list[Any]:
        expected = context or ()
        for found in raw_results:
            recogniser = self._by_type[found.entity_type]
            if recogniser.places is None:
                found.score = confidence(recogniser, text, found.start, found.end, expected)
            elif recogniser.type in expected:
                found.score = min(found.score + EXPECTED, 1.0)
        return raw_results
