"""What a password must be, and how it is kept: Argon2id, by the hasher that is handed in. Keeps and logs none."""

import asyncio
import re
import tomllib
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

from security.access.errors import PasswordUnfit

LONGEST: Final = 128

_CLASSES: Final = (str.islower, str.isupper, str.isdigit)
_FEWEST_CLASSES: Final = 3
_FEWEST_DIFFERENT: Final = 6
_SHORTEST_NAME: Final = 3
_AT_ONCE: Final = 2
"""Hashes in the making in one process: each takes 64 MiB and a processor."""


def _weak() -> tuple[dict[int, int], tuple[str, ...]]:
    tree = tomllib.loads(Path(__file__).with_name("weak.toml").read_text(encoding="utf-8"))
    return str.maketrans(tree["written_as"]), tuple(sorted(tree["words"], key=len, reverse=True))


_WRITTEN_AS, _WEAK_WORDS = _weak()


class Hasher(Protocol):
    """Slow on purpose; called in a thread."""

    def hash(self, password: str) -> str: ...

    def verify(self, kept: str, password: str) -> bool: ...


class Argon2id:
    """The second recommended choice of RFC 9106: three passes over 64 MiB."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


class Passwords:
    """The hasher with a bounded number of threads, and one hash that fits nothing, for names that nobody has."""

    def __init__(self, hasher: Hasher | None = None) -> None:
        self._hasher = hasher or Argon2id()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """With nothing to compare with, the same work is done and the answer is no."""
        if self._nobodys is None:
            self._nobodys = await self.hash("no password at all")
        async with self._slots:
            fits = await asyncio.to_thread(self._hasher.verify, kept or self._nobodys, _normal(password))
        return fits and kept is not None

    async def is_any_of(self, kept: Sequence[str], password: str) -> bool:
        results = [await self.verify(each, password) for each in kept]
        return any(results)


def check(password: str, *, login: str, length: int) -> None:
    """PasswordUnfit, with what to do, unless it is good enough."""
    text = _normal(password)
    if not length <= len(text) <= LONGEST:
        raise PasswordUnfit(f"a password has {length} to {LONGEST} characters")
    if not text.isprintable():
        raise PasswordUnfit("a password holds no control characters")
    if _classes(text) < _FEWEST_CLASSES:
        raise PasswordUnfit("a password mixes three of: small letters, capital letters, digits, other characters")
    if len(set(text)) < _FEWEST_DIFFERENT:
        raise PasswordUnfit(f"a password has at least {_FEWEST_DIFFERENT} different characters")
    plain = text.casefold()
    if len(login) >= _SHORTEST_NAME and login.casefold() in plain:
        raise PasswordUnfit("a password does not hold the login name")
    if _is_weak(plain):
        raise PasswordUnfit("this password is one of the first that anybody would try")


def _classes(text: str) -> int:
    found = {next((n for n, is_one in enumerate(_CLASSES) if is_one(char)), len(_CLASSES)) for char in text}
    return len(found)


def _is_weak(plain: str) -> bool:
    """Nothing with a letter in it is left, once weak words and what people put around them are taken away."""
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    return any(not _without_weak_words(form) for form in (plain, bare, bare.translate(_WRITTEN_AS)))


def _without_weak_words(text: str) -> str:
    for word in _WEAK_WORDS:
        text = text.replace(word, " ")
    return "".join(char for char in text if char.isalpha())


def _normal(password: str) -> str:
    """The same characters, however a keyboard put them together."""
    return unicodedata.normalize("NFC", password)
