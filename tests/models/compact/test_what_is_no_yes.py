"""Nothing that the corpus or the grammar can make is a yes, but what the grammar says is one: money moves on a yes."""

import pytest

from models.commands import Flow
from models.compact.plain import is_yes
from tests.appliance.dialogue.unagreed import of_the_corpus, spoiled, yes_words

NAMED_BY_ANOTHER = {
    ("exchange", Flow.CHANGE_SPEC),
    *(("return_refund", flow) for flow in (Flow.CANCEL_ORDER, Flow.REFUND_ONLY, Flow.PRICE_PROTECTION)),
}
"""退吧 is said of whatever gives money back, 换吧 of what has not been sent yet."""


def test_every_word_of_the_grammar_is_a_yes_where_it_says_so() -> None:
    assert [(word, flow) for word, flow in yes_words() if not is_yes(word, flow)] == []


@pytest.mark.control("K11")
def test_no_yes_is_one_that_is_asked_doubted_or_bound_to_a_condition() -> None:
    assert [(text, flow) for text, flow in spoiled() if is_yes(text, flow)] == []


@pytest.mark.control("K11")
def test_what_the_corpus_means_otherwise_is_a_yes_to_nothing_but_the_request_that_it_names() -> None:
    agreed = {(label, flow) for label, text in of_the_corpus() for flow in (None, *Flow) if is_yes(text, flow)}
    assert {(label, flow) for label, flow in agreed if label != flow} <= NAMED_BY_ANOTHER
