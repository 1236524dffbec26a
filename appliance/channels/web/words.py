"""What a customer may type: how long, and which characters are left out. Pure; personal data is not looked for here."""

import re
from typing import Final

from appliance.errors import TooLarge

MOST_CHARACTERS: Final = 10_000

# Control characters but line feed and tab, and halves of surrogate pairs, which no database stores as text.
_UNWANTED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """The text without control characters; TooLarge beyond the limit. May be empty: the bot has an answer to that."""
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(f"a message may have at most {MOST_CHARACTERS} characters; send it in parts")
    return _UNWANTED.sub("", text)
