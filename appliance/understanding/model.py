"""What understanding gives back."""

import msgspec

from models.commands import Command

FAST_PATH = "fast_path"


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    commands: tuple[Command, ...]
    confidence: float
    source: str
    """``fast_path`` or the name of the model that answered."""
