"""Pure rules of photo links: how they are read out, whether one still counts, when an SMS is tried again."""

import tomllib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from appliance.aftersales.photo_links.model import Link, LinkState, Terms

PATH: Final = "/p"
CODE_LENGTH: Final = 8
_GROUP: Final = 4
TEXT_PAUSES: Final = (timedelta(seconds=15), timedelta(minutes=1))
"""After the first and second failed attempt; the third ends it: the caller has the code."""
FOLLOW_UP_AFTER: Final = timedelta(minutes=2)
"""Nobody on a call is silent for so long: he has hung up."""
_SPOKEN: Final = Path(__file__).with_name("spoken.toml")


def spoken_address(terms: Terms) -> str:
    if terms.said_as:
        return terms.said_as
    parts = urlsplit(terms.address)
    return spelled(f"{parts.netloc}{PATH}")


def spoken_code(code: str) -> str:
    """In groups of four, with a breath between."""
    groups = (code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
    return "，".join(spelled(group) for group in groups)


def spelled(text: str) -> str:
    signs = _signs()
    return " ".join(signs.get(sign, sign) for sign in text)


@cache
def _signs() -> dict[str, str]:
    signs: dict[str, str] = tomllib.loads(_SPOKEN.read_text(encoding="utf-8"))["signs"]
    return signs


def link_of(terms: Terms, token: str) -> str:
    """As it stands in an SMS. Behind the ``#``, which no server and no proxy is sent."""
    return f"{terms.address.rstrip('/')}{PATH}#{token}"


def is_open(link: Link, awaiting: str | None, now: datetime) -> bool:
    """``awaiting``: what its conversation waits for; nothing, once the request has ended or people have it."""
    return link.state is LinkState.AWAITING and awaiting is not None and now < link.expires_at


def pause_after(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts; None: give up."""
    return TEXT_PAUSES[attempts - 1] if attempts <= len(TEXT_PAUSES) else None
