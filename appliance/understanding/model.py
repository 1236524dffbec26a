"""What understanding gives back."""

import msgspec

from models.commands import Command
from models.question import Question

FAST_PATH = "fast_path"


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    commands: tuple[Command, ...]
    confidence: float
    source: str
    """``fast_path`` or the name of the model that answered."""
    fell_back: str | None = None
    """Why the model that is asked first did not answer: the code of its error."""
    questions: tuple[Question, ...] = ()
    """What the language model was asked."""
