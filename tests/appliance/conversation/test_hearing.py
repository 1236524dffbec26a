"""What the words around a yes are taken for, by the model that ships."""

import pytest

from appliance.conversation.hearing import Listening
from appliance.conversation.model import Text
from appliance.dialogue.state import State
from appliance.understanding.service import Understanding
from models.commands import Affirm, Command, Nothing
from models.compact.model import CompactModel
from tests.appliance.dialogue.world import NOW

LISTENING = Listening(Understanding(CompactModel.load()))


@pytest.mark.parametrize(
    ("words", "awaiting", "heard"),
    [
        ("确认", "receipt", Affirm()),
        ("确认确认", None, Affirm()),
        ("可以，办吧", "receipt", Affirm()),
        ("确认", "reason", Nothing()),
        ("确认什么", "receipt", Nothing()),
    ],
)
async def test_a_yes_that_nothing_waits_for_is_understood(words: str, awaiting: str | None, heard: Command) -> None:
    """Said twice, or too late. It is a yes to nothing: only where one is awaited does it do anything."""
    said = await LISTENING.hear((Text(client_message_id="m", text=words),), State(awaiting=awaiting), "", NOW)
    assert said.heard.commands == (heard,)
