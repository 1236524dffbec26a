"""Presidio with our recognisers. The only file that imports it, and late: it brings spaCy and takes seconds to load.

Nothing of Presidio's own recognisers is used: none knows mainland China, and its e-mail recogniser asks the internet.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NoOpNlpEngine

from security.pii.confidence import FOUND, confidence, is_worth_a_look
from security.pii.recogniser import Recogniser

_LANGUAGE = "zh"
_ANY_SCORE = 0.01
"""Presidio drops zero; ours comes later."""


class Hit(NamedTuple):
    """Offsets are those of the normalised text."""

    recogniser: Recogniser
    start: int
    end: int
    score: float


class Engine:
    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        self._by_type = {str(recogniser.type): recogniser for recogniser in recognisers}
        nlp = NoOpNlpEngine([{"lang_code": _LANGUAGE, "model_name": "none"}])
        nlp.load()
        self._artifacts = nlp.process_text("", _LANGUAGE)
        registry = RecognizerRegistry(
            recognizers=[_presidio_recogniser(recogniser) for recogniser in recognisers],
            supported_languages=[_LANGUAGE],
        )
        self._presidio = AnalyzerEngine(
            registry=registry,
            nlp_engine=nlp,
            supported_languages=[_LANGUAGE],
            default_score_threshold=FOUND,
            context_aware_enhancer=_OurConfidence(self._by_type),
        )

    def hits(self, text: str, expected: Collection[str]) -> list[Hit]:
        types = [name for name, recogniser in self._by_type.items() if is_worth_a_look(recogniser, text, expected)]
        if not types:
            return []
        results = self._presidio.analyze(
            text, _LANGUAGE, entities=types, context=list(expected), nlp_artifacts=self._artifacts
        )
        return [Hit(self._by_type[found.entity_type], found.start, found.end, found.score) for found in results]


def _presidio_recogniser(recogniser: Recogniser) -> PatternRecognizer:
    name = str(recogniser.type)
    shape = Pattern(name, "|".join(f"(?:{shape})" for shape in recogniser.shapes), _ANY_SCORE)
    return PatternRecognizer(supported_entity=name, patterns=[shape], supported_language=_LANGUAGE, name=name)


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
        for found in raw_results:
            recogniser = self._by_type[found.entity_type]
            found.score = confidence(recogniser, text, found.start, found.end, context or ())
        return raw_results
