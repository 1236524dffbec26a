"""Files and sound cards of this machine."""

import wave
from pathlib import Path

import pytest

from appliance.errors import InvalidInput
from appliance.evaluation.calls import sound
from security import aigc
from tests.appliance.voice.engines import tone


@pytest.mark.control("L-03")
def test_what_was_heard_is_labelled_and_can_be_said_again(tmp_path: Path) -> None:
    label = aigc.Metadata(content_producer="shop-1", produce_id="7")
    sound.write_wav(tmp_path / "a.wav", tone(100), label)
    assert aigc.read_wav((tmp_path / "a.wav").read_bytes()) == label
    assert sound.read_wav(tmp_path / "a.wav") == tone(100)


def test_a_place_that_takes_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be written"):
        sound.write_wav(tmp_path / "absent" / "a.wav", b"", aigc.Metadata(content_producer="shop-1", produce_id="7"))


def test_two_channels_at_another_rate_become_a_telephones(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(16_000 * 4))
    assert len(sound.read_wav(tmp_path / "a.wav")) == pytest.approx(8_000 * 2, abs=100)


@pytest.mark.parametrize(("content", "why"), [(b"no sound", "cannot be read as a WAV file"), (None, "cannot be read")])
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes | None, why: str) -> None:
    if content is not None:
        (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(InvalidInput, match=why):
        sound.read_wav(tmp_path / "a.wav")


def test_a_file_of_eight_bits_is_refused_with_the_cure(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8_000)
        file.writeframes(bytes(100))
    with pytest.raises(InvalidInput, match="8 bits a sample; write it as 16-bit PCM"):
        sound.read_wav(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("script", "has"),
    [("echo 'card 0: PCH'", True), ("echo 'no soundcards found...'; exit 1", False), ("exit 0", False), (None, False)],
)
async def test_a_card_is_there_if_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, has: bool
) -> None:
    if script is not None:
        (tmp_path / "arecord").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "arecord").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await sound.has_device(sound.RECORD) is has
