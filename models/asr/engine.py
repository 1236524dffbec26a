"""FunASR's models in processes of their own, asked one thing at a time: its ``AutoModel`` bears nothing else.

One kind passes over what has ended, the other follows what is being said. Both run in the environment that
``compose/install/make-asr-venv.sh`` makes. Everything here is called by name in its process (``models.asr.pool``), so
what goes in and out is plain data.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from models.asr.environment import AIR_GAP
from models.asr.heard import Word
from models.asr.language import LanguageModel
from models.asr.protocol import RATE_HZ
from models.asr.speech import from_pcm
from models.asr.spoken import Pass, without_tags

_ALTERNATIVES = 3
_SHORTEST = RATE_HZ // 10
"""In samples: of less no features can be made."""
_CHUNK = [0, 10, 5]
"""600 ms, as the streaming Paraformer reads."""


class Folders(msgspec.Struct, frozen=True, kw_only=True):
    """``final`` hears what has ended, ``online`` what is being said; without the second, the first hears it anew."""

    final: Path
    online: Path | None = None
    pauses: Path | None = None
    """FSMN-VAD."""
    punctuation: Path | None = None

    @property
    def follow(self) -> bool:
        """Whether there are any that stream."""
        return self.online is not None or self.pauses is not None

    def all(self) -> list[Path]:
        return [f for f in (self.final, self.online, self.pauses, self.punctuation) if f is not None]


class Passing:
    """What has ended is heard whole: the second pass and its punctuation, in a process of their own."""

    def __init__(self, folders: Folders, device: str, threads: int) -> None:
        os.environ.update(AIR_GAP)
        self._final = _loaded(folders.final, device, threads)
        self._language = LanguageModel.opened(folders.final)
        self._punctuation = _loaded(folders.punctuation, device, threads) if folders.punctuation else None
        self.final(_noise(), (), True)

    def partial(self, pcm: bytes) -> str:
        """The whole of a piece that is still being said, where no other model follows it."""
        return self._heard(from_pcm(pcm), (), False, 0).text

    def final(self, pcm: bytes, hotwords: Sequence[str], wants_figures: bool) -> Pass:
        heard = self._heard(from_pcm(pcm), hotwords, wants_figures, _ALTERNATIVES)
        if self._punctuation is None or not heard.text:
            return heard
        punctuated = self._punctuation.generate(input=heard.text)
        return msgspec.structs.replace(heard, text=str(punctuated[0]["text"]).replace(" ", ""))

    def _heard(self, samples: Any, hotwords: Sequence[str], wants_figures: bool, alternatives: int) -> Pass:
        samples = _long_enough(samples)
        if type(self._final.model).__name__ == "SenseVoiceSmall":
            from models.asr.sense_voice import heard

            return heard(self._final, samples, wants_figures, alternatives, self._language)
        result = self._final.generate(input=samples, **({"hotword": " ".join(hotwords)} if hotwords else {}))
        return _of_generate(result[0])


class Following:
    """What is being said is followed chunk by chunk, by the models that stream; no second pass holds it up.

    State of a call is kept under its number until ``forget``.
    """

    def __init__(self, folders: Folders, device: str, threads: int) -> None:
        os.environ.update(AIR_GAP)
        self._online = _loaded(folders.online, device, threads) if folders.online else None
        self._pauses = _loaded(folders.pauses, device, threads) if folders.pauses else None
        self._streams: dict[int, dict[str, Any]] = {}
        self._pausing: dict[int, dict[str, Any]] = {}
        if self._online is not None:
            self.online(0, _noise(), True)
        if self._pauses is not None:
            self.pause(0, _noise())
        self.forget(0)

    def online(self, call: int, pcm: bytes, is_last: bool) -> str:
        """What is new in this chunk of a call, by the streaming model; in the last one also what it had held back."""
        if self._online is None:
            raise ValueError("there is no streaming model")
        cache = self._streams.setdefault(call, {})
        samples = _long_enough(from_pcm(pcm))
        result = self._online.generate(
            input=samples,
            cache=cache,
            is_final=is_last,
            chunk_size=_CHUNK,
            encoder_chunk_look_back=4,
            decoder_chunk_look_back=1,
        )
        if is_last:
            self._streams.pop(call, None)
        return str(result[0]["text"]).replace(" ", "") if result else ""

    def pause(self, call: int, pcm: bytes) -> bool:
        """Whether speech ended within this chunk."""
        if self._pauses is None:
            raise ValueError("there is no model for pauses")
        cache = self._pausing.setdefault(call, {})
        result = self._pauses.generate(input=from_pcm(pcm), cache=cache, is_final=False, chunk_size=200)
        return any(end != -1 for _, end in result[0]["value"])

    def forget(self, call: int) -> None:
        self._streams.pop(call, None)
        self._pausing.pop(call, None)


def _noise() -> bytes:
    """A second of it, to warm up with: the first pass is many times slower than any after it."""
    noise = np.random.default_rng(1).standard_normal(RATE_HZ).astype(np.float32) * 0.01
    return (noise * 32767).astype("<i2").tobytes()


def _of_generate(result: dict[str, Any]) -> Pass:
    """A Paraformer parts its characters by spaces, and gives as many times where it gives any."""
    text, emotion, event = without_tags(str(result["text"]))
    units, times = text.split(), result.get("timestamp") or []
    words = (
        tuple(Word(unit, int(start), int(end)) for unit, (start, end) in zip(units, times, strict=True))
        if len(units) == len(times)
        else ()
    )
    return Pass(text="".join(units), words=words, emotion=emotion, event=event)


def _long_enough(samples: Any) -> Any:
    return np.pad(samples, (0, max(0, _SHORTEST - len(samples))))


def _loaded(folder: Path, device: str, threads: int) -> Any:
    """By FunASR itself, which takes its threads from ``ncpu`` and would fetch what is no folder."""
    from funasr import AutoModel

    return AutoModel(
        model=str(folder),
        device=device,
        ncpu=threads,
        disable_update=True,
        disable_pbar=True,
        disable_log=True,
        trust_remote_code=False,
        check_latest=False,
    )
