"""A PKCS#11 token, by the names of its keys: whole deeds, one at a time, over a session opened again if it dies."""

import threading
from collections.abc import Callable
from ctypes import c_ulong
from pathlib import Path
from typing import Final, TypeVar

from security.crypto.pkcs11_library import KeyKind, Library, SessionLost
from security.crypto.pkcs11_session import PinRefused, Session
from security.crypto.suites import NONCE_BYTES, TAG_BYTES
from security.errors import CiphertextRefused, DeviceFailed

_T = TypeVar("_T")
_MAGIC: Final = b"\xc5\x05"
_ALONE: Final = threading.RLock()
"""Of the process: a search is three calls, a library need not bear two threads, and its log-in is the process's."""


class Pkcs11Token:
    """DeviceFailed says the call and the code. It is worth another try: the next one opens the token again."""

    def __init__(self, library: Path, label: str, pin: str) -> None:
        self._library = Library(library)
        self._label = label
        self._pin = pin
        self._session: Session | None = None
        self._serial = ""
        self._refused: PinRefused | None = None
        with _ALONE:
            self._open()

    def holds(self, name: str) -> bool:
        return self._done(lambda session: bool(session.find(name)))

    def make(self, name: str, kind: KeyKind) -> None:
        """A key of this name, where there is none; never to leave the token."""
        self._done(lambda session: session.find(name) or session.generate(name, kind))

    def seal(self, name: str, context: bytes, data: bytes) -> bytes:
        """``C5 05 | nonce(12) | ciphertext | tag(16)``."""

        def sealed(session: Session) -> bytes:
            nonce = session.random(NONCE_BYTES)
            return _MAGIC + nonce + session.encrypt(self._keys(session, name)[0], nonce, context, data)

        return self._done(sealed)

    def open(self, name: str, context: bytes, sealed: bytes) -> bytes:
        """Under whichever key of the name it was sealed; CiphertextRefused where under none."""
        start = len(_MAGIC) + NONCE_BYTES
        if sealed[: len(_MAGIC)] != _MAGIC or len(sealed) < start + TAG_BYTES:
            raise CiphertextRefused("not a key wrapped by this token")
        nonce, rest = sealed[len(_MAGIC) : start], sealed[start:]

        def opened(session: Session) -> bytes:
            refused = CiphertextRefused()
            for key in self._keys(session, name):
                try:
                    return session.decrypt(key, nonce, context, rest)
                except CiphertextRefused as under_this:
                    refused = under_this
            raise refused

        return self._done(opened)

    def mac(self, name: str, data: bytes) -> bytes:
        return self._done(lambda session: session.mac(self._keys(session, name)[0], data))

    def random(self, size: int) -> bytes:
        return self._done(lambda session: session.random(size))

    def destroy(self, name: str) -> bool:
        """Every key of the name, for good; whether there was one."""

        def destroyed(session: Session) -> bool:
            keys = session.find(name)
            for key in keys:
                session.destroy(key)
            return bool(keys)

        return self._done(destroyed)

    def _keys(self, session: Session, name: str) -> list[c_ulong]:
        keys = session.find(name)
        if not keys:
            raise DeviceFailed(f"the token {self._label} holds no key named {name}")
        return keys

    def _done(self, deed: Callable[[Session], _T]) -> _T:
        """Once more over a new session where the first is lost. What is half done is found done, or done again."""
        with _ALONE:
            try:
                return deed(self._session or self._open())
            except SessionLost:
                self._close()
            try:
                return deed(self._open())
            except SessionLost:
                self._close()
                raise

    def _open(self) -> Session:
        """A token is given a PIN that it refused no second time: it would lock itself."""
        if self._refused is not None:
            raise self._refused
        try:
            session = Session(self._library, self._label, self._pin)
        except PinRefused as refused:
            self._refused = PinRefused(f"{refused}. It is not tried again: mend it, and restart")
            raise self._refused from refused
        if self._serial not in ("", session.serial):
            session.close()
            raise DeviceFailed(
                f"another token than before has the label {self._label} (number {session.serial}, "
                f"it was {self._serial}): put the first one back, or restart"
            )
        self._session, self._serial = session, session.serial
        return session

    def _close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
