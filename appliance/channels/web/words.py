"""How much a customer may type. Pure; what it holds is looked at where it is taken in (``conversation.ingress``)."""

from typing import Final

from appliance.errors import TooLarge

MOST_CHARACTERS: Final = 10_000


def within_limit(text: str) -> str:
    """The text; TooLarge beyond the limit. May be empty: the bot has an answer to that."""
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(f"a message may have at most {MOST_CHARACTERS} characters; send it in parts")
    return text
