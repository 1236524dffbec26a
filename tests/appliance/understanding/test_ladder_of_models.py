from datetime import UTC, datetime

import pytest

from appliance.understanding.service import Understanding
from models.commands import Chitchat, Command, Context, Nothing, Prediction, SetSlot, Slot
from models.errors import ModelUnavailable

CONTEXT = Context(now=datetime(2026, 4, 15, tzinfo=UTC))


class Says:
    """A model that always says the same."""

    def __init__(self, command: Command, confidence: float) -> None:
        self._prediction = Prediction(commands=(command,), confidence=confidence)

    def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        return self._prediction


class Gone:
    def predict(self, text: str, context: Context) -> Prediction:  # noqa: ARG002
        raise ModelUnavailable("gone")


def test_the_first_that_is_sure_answers() -> None:
    understood = Understanding({"big": Says(Chitchat(), 0.9), "small": Says(Nothing(), 1.0)}).understand("嘿", CONTEXT)
    assert (understood.commands, understood.source) == ((Chitchat(),), "big")


def test_one_that_is_gone_is_passed_over() -> None:
    understood = Understanding({"big": Gone(), "small": Says(Chitchat(), 0.9)}).understand("嘿", CONTEXT)
    assert understood.source == "small"


def test_of_two_unsure_ones_the_surer_answers() -> None:
    models = {"big": Says(Nothing(), 0.4), "small": Says(Chitchat(), 0.3)}
    assert Understanding(models).understand("嘿", CONTEXT).source == "big"


def test_with_nobody_left_nothing_is_understood() -> None:
    understood = Understanding({"big": Gone()}).understand("嘿", CONTEXT)
    assert (understood.commands, understood.confidence) == ((Nothing(),), 0.0)


@pytest.mark.control("K11")
def test_what_a_model_invents_is_dropped() -> None:
    models = {"big": Says(SetSlot(slot=Slot.ORDER, value="someone else's"), 0.99)}
    assert Understanding(models).understand("退那单", CONTEXT).commands == (Nothing(),)
