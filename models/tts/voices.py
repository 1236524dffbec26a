"""Who speaks: voices that ship, and such as a site adds after a person's recording, never without his consent.

Speed and emotion are asked of CosyVoice in words (``styles.toml``), of eSpeak NG by a number; what an engine cannot do
is refused, not left out.
"""

import base64
import contextlib
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from models.errors import CatalogInvalid, ModelCorrupt
from models.tts.client import Speech
from models.tts.errors import ConsentMissing, VoiceUnknown
from models.tts.polyphones import Notation, mark

SHIPPED: Final = Path(__file__).with_name("voices.toml")
MOST_RECORDED_BYTES: Final = 4 * 1024 * 1024
"""vLLM-Omni takes 30 seconds at most; ten are enough."""

Name = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$(?!\n)")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Text = Annotated[str, Meta(min_length=2)]


class Engine(StrEnum):
    ESPEAK = "espeak"
    COSYVOICE = "cosyvoice"


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Recording(_Entry, frozen=True, kw_only=True):
    file: str
    """A wav file, beside the file that names it."""
    sha256: Sha256
    text: Text
    """What is said in it, word for word."""


class Consent(_Entry, frozen=True, kw_only=True):
    """That the person whose voice it is agreed to this use, on a paper that somebody keeps."""

    person: Text
    given_on: date
    document: Text
    """Where the signed paper is: a number of the archive, never the paper itself."""
    document_sha256: Sha256
    recorded_by: Text
    until: date | None = None
    """The last day that it covers; None: until it is withdrawn."""
    withdrawn_on: date | None = None

    def covers(self, day: date) -> bool:
        return self.given_on <= day and (self.until is None or day <= self.until)


class Voice(_Entry, frozen=True, kw_only=True):
    name: Name
    title: Text
    engine: Engine
    model: Text
    """As the server names it."""
    licence: Text
    engine_voice: str = ""
    style: str = ""
    """How it speaks where nobody asks for another way: a name of ``styles.toml``, or a request of one's own words."""
    recording: Recording | None = None
    consent: Consent | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    voice: tuple[Voice, ...]


class _Styles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    preamble: str
    slow: str
    fast: str
    style: dict[str, str]


STYLES: Final = msgspec.toml.decode(Path(__file__).with_name("styles.toml").read_bytes(), type=_Styles)
_END_OF_PROMPT: Final = "<|endofprompt|>"
_OWN_WORDS: Final = re.compile(r"(?=.*[\u4e00-\u9fff])[^<>|\n]{2,79}[。！]")
"""To the model it is one text with the recording's: what is no plain sentence could end the request before its time."""
_SLOWER_THAN, _FASTER_THAN = 0.9, 1.1


class Voices:
    """Checked: whoever speaks here may, and on the day that he does."""

    def __init__(self, voices: Mapping[str, tuple[Voice, str | None]], today: Callable[[], date] = date.today) -> None:
        """Each with its recording as a ``data:`` address, if it has one. ``today``: where the calls are."""
        self._voices = dict(voices)
        self._today = today
        self._unproven: frozenset[str] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._voices)

    @property
    def may_speak(self) -> tuple[str, ...]:
        """Today."""
        return tuple(name for name, (voice, _) in self._voices.items() if self._is_covered(voice))

    def look_again(self, more: Sequence[Path]) -> frozenset[str]:
        """Holds what was loaded against what the files say now: whose recording stands there no more with a consent for
        today is silent, until another look finds it again. They are returned.

        A file that cannot be read proves no consent.
        """
        there: dict[str, Voice] = {}
        for path in (SHIPPED, *more):
            with contextlib.suppress(CatalogInvalid):
                there |= {voice.name: voice for voice in _read(path).voice}
        loaded = [voice for voice, _ in self._voices.values()]
        self._unproven = frozenset(voice.name for voice in loaded if not self._is_proven(voice, there.get(voice.name)))
        return self._unproven

    def voice(self, name: str) -> Voice:
        """Raises VoiceUnknown, or ConsentMissing on a day that no consent covers, and once it was withdrawn."""
        return self._of(name)[0]

    def in_style(self, name: str, style: str) -> "Voices":
        """The same, but that this voice speaks so. Raises as ``speech``."""
        voice, recorded = self._of(name)
        voices = Voices({**self._voices, name: (msgspec.structs.replace(voice, style=style), recorded)}, self._today)
        voices.speech(name, "")
        return voices

    def speech(self, name: str, reading: str, *, speed: float = 1.0, style: str | None = None) -> Speech:
        """What the engine of that voice is asked, so that it says ``reading``. Raises as ``voice``, and VoiceUnknown
        for a style that it has not.

        ``style``: None is the voice's own, an empty one none.
        """
        voice, recorded = self._of(name)
        style = voice.style if style is None else style
        if voice.recording is None:
            if style:
                raise VoiceUnknown(f"voice {name} has one way of speaking; {style} needs a voice after a recording")
            said = mark(reading, Notation.HOMOPHONES)
            return Speech(model=voice.model, input=said, voice=voice.engine_voice, speed=speed)
        asked = f"{STYLES.preamble}{_manner(speed, style)}{_END_OF_PROMPT}{voice.recording.text}"
        return Speech(model=voice.model, input=mark(reading, Notation.PINYIN), ref_audio=recorded, ref_text=asked)

    def _of(self, name: str) -> tuple[Voice, str | None]:
        if name not in self._voices:
            raise VoiceUnknown(f"there is no voice {name}; there are {', '.join(self._voices)}")
        voice, recorded = self._voices[name]
        if voice.consent is not None and not self._is_covered(voice):
            raise ConsentMissing(
                f"voice {name}: consent covers {voice.consent.given_on} to {voice.consent.until or 'its withdrawal'} "
                "and not today; put a new one on record, or name another voice"
            )
        if name in self._unproven:
            raise ConsentMissing(
                f"voice {name}: its file names no consent for this recording any more; put it on record, or name "
                "another voice"
            )
        return voice, recorded

    def _is_covered(self, voice: Voice) -> bool:
        return voice.consent is None or voice.consent.covers(self._today())

    def _is_proven(self, voice: Voice, now: Voice | None) -> bool:
        if voice.recording is None:
            return True
        if now is None or now.recording is None or now.recording.sha256 != voice.recording.sha256:
            return False
        return now.consent is not None and now.consent.withdrawn_on is None and now.consent.covers(self._today())


def _manner(speed: float, style: str) -> str:
    pace = STYLES.slow if speed < _SLOWER_THAN else STYLES.fast if speed > _FASTER_THAN else ""
    words = _words_of(style) + pace
    return f" {words}" if words else ""


def _words_of(style: str) -> str:
    """A name of ours, or a request as it is: a sentence, which no name is."""
    if not style or style in STYLES.style:
        return STYLES.style.get(style, "")
    if not _OWN_WORDS.fullmatch(style):
        raise VoiceUnknown(
            f"there is no style {style}; there are {', '.join(STYLES.style)}, or a sentence of your own such as "
            f"{STYLES.style['gentle']}"
        )
    return style


def load(more: Sequence[Path] = (), today: Callable[[], date] = date.today) -> Voices:
    """The voices that ship, and those of ``more``. Raises CatalogInvalid, ConsentMissing or ModelCorrupt."""
    voices: dict[str, tuple[Voice, str | None]] = {}
    for path in (SHIPPED, *more):
        for voice in _read(path).voice:
            if voice.name in voices:
                raise CatalogInvalid(f"{path}: voice {voice.name} stands twice; names are unique over all files")
            _refuse_contradictions(path, voice)
            voices[voice.name] = (voice, _recorded(path, voice))
    return Voices(voices, today)


def _read(path: Path) -> _File:
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_File)
    except OSError as unreadable:
        raise CatalogInvalid(f"{path}: cannot be read ({type(unreadable).__name__})") from unreadable
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise CatalogInvalid(f"{path}: {wrong}") from wrong


def _refuse_contradictions(path: Path, voice: Voice) -> None:
    where = f"{path}: voice {voice.name}"
    is_after_a_person = voice.recording is not None
    if is_after_a_person != (voice.engine is Engine.COSYVOICE) or is_after_a_person == bool(voice.engine_voice):
        raise CatalogInvalid(f"{where}: a voice of espeak has an engine_voice, one of cosyvoice a recording")
    try:
        _words_of(voice.style)
    except VoiceUnknown as unknown:
        raise CatalogInvalid(f"{where}: {unknown}") from unknown
    if not is_after_a_person:
        if voice.style:
            raise CatalogInvalid(f"{where}: a voice of espeak has one way of speaking; leave its style out")
        return
    if voice.consent is None:
        raise ConsentMissing(
            f"{where} is made after a recording and names no consent; put the person's signed consent on record "
            "([voice.consent]: person, given_on, document, document_sha256, recorded_by, until), or take the voice out"
        )
    if voice.consent.withdrawn_on is not None:
        raise ConsentMissing(f"{where}: consent was withdrawn on {voice.consent.withdrawn_on}; take the voice out")


def _recorded(path: Path, voice: Voice) -> str | None:
    """The recording itself, for the server may be on another machine."""
    if voice.recording is None:
        return None
    file = path.parent / voice.recording.file
    try:
        content = file.read_bytes()
    except OSError as unreadable:
        raise ModelCorrupt(
            f"{file}: cannot be read ({unreadable.strerror}); voice {voice.name} needs it"
        ) from unreadable
    if hashlib.sha256(content).hexdigest() != voice.recording.sha256:
        raise ModelCorrupt(f"{file}: is not the recording that voice {voice.name} names by its hash")
    if not content.startswith(b"RIFF") or len(content) > MOST_RECORDED_BYTES:
        raise ModelCorrupt(f"{file}: is no wav file of at most {MOST_RECORDED_BYTES // 1024} KB")
    return f"data:audio/wav;base64,{base64.b64encode(content).decode('ascii')}"
