"""Fixed sentences spoken ahead: greetings, notices, fillers. They are heard at once, whatever the engine is doing.

Only what is made ahead is kept here, never what was said to one customer. The folder is bounded; what is damaged goes.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

import msgspec

from models.tts.client import Speech

MOST_BYTES: Final = 256 * 1024 * 1024
"""About an hour and a half of audio."""
_DIGEST_BYTES: Final = hashlib.sha256().digest_size
_ENDING: Final = ".pcm"
_encoder: Final = msgspec.json.Encoder(order="deterministic")


class Prompts:
    """Used by many processes at once: a file is there whole or not at all."""

    def __init__(self, folder: Path, *, identity: str, most_bytes: int = MOST_BYTES) -> None:
        """``identity`` of what speaks, such as the digest of its weights: another one speaks anew."""
        self._folder = folder
        self._identity = identity
        self._most_bytes = most_bytes
        self.damaged = 0
        """Files that were not what had been written, and are gone."""

    def get(self, speech: Speech) -> bytes | None:
        """Its audio, if it was made ahead and is whole."""
        path = self._path(speech)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        digest, audio = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if hashlib.sha256(audio).digest() != digest:
            self.damaged += 1
            path.unlink(missing_ok=True)
            return None
        # For the order in which they go: the one unheard for longest first.
        with contextlib.suppress(FileNotFoundError):
            os.utime(path)
        return audio

    def put(self, speech: Speech, audio: bytes) -> None:
        """Older ones go where room is needed. What is larger than all the room is not kept."""
        content = hashlib.sha256(audio).digest() + audio
        if len(content) > self._most_bytes:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._make_room(len(content))
        handle, name = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).replace(self._path(speech))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _path(self, speech: Speech) -> Path:
        key = hashlib.sha256(self._identity.encode() + b"\0" + _encoder.encode(speech))
        return self._folder / f"{key.hexdigest()}{_ENDING}"

    def _make_room(self, needed: int) -> None:
        kept = sorted((stat.st_mtime_ns, stat.st_size, path) for path, stat in _files(self._folder))
        taken = sum(size for _, size, _ in kept)
        for _, size, path in kept:
            if taken + needed <= self._most_bytes:
                return
            path.unlink(missing_ok=True)
            taken -= size


def kept_of_others(folder: Path, voices: Collection[str]) -> dict[str, list[Path]]:
    """What lies below ``folder``, which has a folder for each voice, of none of ``voices``; by voice.

    What lies in ``folder`` itself was kept before that was so, and is of nobody whom one could name: ``-``.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob(f"*{_ENDING}")):
        voice = "-" if path.parent == folder else path.parent.name
        if voice not in voices:
            found.setdefault(voice, []).append(path)
    return found


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    found = []
    for path in folder.glob(f"*{_ENDING}"):
        with contextlib.suppress(FileNotFoundError):
            found.append((path, path.stat()))
    return found
