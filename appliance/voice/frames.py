"""Cuts audio that comes in any lengths into frames of 20 milliseconds."""

from appliance.voice.model import frame_bytes


class Framer:
    def __init__(self, rate_hz: int) -> None:
        self._size = frame_bytes(rate_hz)
        self._rest = b""

    def feed(self, pcm: bytes) -> list[bytes]:
        self._rest += pcm
        whole = len(self._rest) // self._size * self._size
        frames = [self._rest[at : at + self._size] for at in range(0, whole, self._size)]
        self._rest = self._rest[whole:]
        return frames

    def finish(self) -> list[bytes]:
        """The last one, filled up with silence, if anything is left."""
        rest, self._rest = self._rest, b""
        return [rest.ljust(self._size, b"\0")] if rest else []
