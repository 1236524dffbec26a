"""`eval understanding` gives the models what the appliance gives them: masked words, and values compared in clear."""

from datetime import UTC, datetime

from appliance.evaluation.as_masked import Masks, play_masked
from appliance.understanding.scoring import Case
from appliance.understanding.service import Understanding
from models.commands import Command, Context, Flow, Prediction, SetSlot, Slot

NOW = datetime(2026, 4, 15, tzinfo=UTC)
PHONE = "13955512048"
ADDRESS = "苏州市吴中区东吴北路88号3栋1502"
ASKED = Context(now=NOW, flow=Flow.CHANGE_ADDRESS, awaiting="address", last_bot="请把新的收货地址发给我。")


class Listens:
    """Takes the last words for an address, and keeps what it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.contexts: list[Context] = []

    def predict(self, text: str, context: Context) -> Prediction:
        self.texts.append(text)
        self.contexts.append(context)
        return Prediction(commands=(SetSlot(slot=Slot.ADDRESS, value=text.split("，")[-1]),), confidence=1.0)


async def play(text: str, expect: tuple[Command, ...], context: Context = ASKED) -> tuple[bool, Listens]:
    model = Listens()
    (result,) = await play_masked([Case("c", text, context, expect)], Understanding(model))
    assert result.case.text == text
    return result.is_right, model


async def test_no_model_sees_a_value_and_the_score_compares_it_in_clear() -> None:
    is_right, model = await play(f"电话{PHONE}，{ADDRESS}", (SetSlot(slot=Slot.ADDRESS, value=ADDRESS),))
    assert is_right
    assert model.texts == ["电话⟨手机1⟩，⟨地址1⟩"]


async def test_what_stands_in_the_context_has_the_same_placeholder() -> None:
    context = Context(now=NOW, flow=Flow.CHANGE_ADDRESS, awaiting="confirm", slots={"address": ADDRESS, "quantity": 2})
    _, model = await play(f"不是，{ADDRESS}", (), context)
    assert model.contexts[0].slots == {"address": "⟨地址1⟩", "quantity": 2}
    assert model.texts == ["不是，⟨地址1⟩"]


async def test_a_new_value_is_not_taken_for_one_that_a_context_holds_as_a_placeholder() -> None:
    context = Context(now=NOW, flow=Flow.CHANGE_ADDRESS, awaiting="confirm", slots={"address": "⟨地址1⟩"})
    is_right, model = await play(f"不对，{ADDRESS}", (SetSlot(slot=Slot.ADDRESS, value=ADDRESS),), context)
    assert is_right
    assert model.texts == ["不对，⟨地址2⟩"]


def test_a_phone_is_spelled_as_labels_spell_it_however_it_was_said() -> None:
    masked = Masks().mask(Case("c", "打幺三九五五五幺二零四八", ASKED, ()))
    assert list(masked.values.values()) == [PHONE]


def test_what_the_bot_asked_for_decides_what_a_word_is() -> None:
    masks, words = Masks(), "欧阳静"
    asked = Context(now=NOW, flow=Flow.INVOICE, awaiting="invoice_title")
    assert masks.mask(Case("c", words, asked, ())).case.text == "⟨姓名1⟩"
    assert masks.mask(Case("c", words, Context(now=NOW), ())).case.text == words
