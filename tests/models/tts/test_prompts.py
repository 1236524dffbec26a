"""What is made ahead is found again as it was, or not at all, and never takes more room than it was given."""

import os
from pathlib import Path

import msgspec
import pytest

from models.tts.client import Speech
from models.tts.prompts import Prompts

HELLO = Speech(model="m", input="您好。", voice="v")
DIGEST = 32


def test_what_was_put_is_found_by_another_process_too(tmp_path: Path) -> None:
    Prompts(tmp_path, identity="1").put(HELLO, b"audio")
    assert Prompts(tmp_path, identity="1").get(HELLO) == b"audio"


@pytest.mark.parametrize(
    "changes",
    [{"input": "您好！"}, {"voice": "w"}, {"speed": 1.1}, {"model": "n"}, {"ref_audio": "data:x"}, {"ref_text": "x"}],
)
def test_everything_that_is_heard_belongs_to_the_key(tmp_path: Path, changes: dict[str, object]) -> None:
    prompts = Prompts(tmp_path, identity="1")
    prompts.put(HELLO, b"audio")
    assert prompts.get(msgspec.structs.replace(HELLO, **changes)) is None
    assert Prompts(tmp_path, identity="2").get(HELLO) is None


@pytest.mark.parametrize("damage", [b"", b"short", bytes(DIGEST) + b"audio"])
def test_what_is_damaged_is_not_heard_and_goes(tmp_path: Path, damage: bytes) -> None:
    prompts = Prompts(tmp_path, identity="1")
    prompts.put(HELLO, b"audio")
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert prompts.get(HELLO) is None
    assert (prompts.damaged, list(tmp_path.iterdir())) == (1, [])


def test_what_was_unheard_for_longest_makes_room(tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, identity="1", most_bytes=2 * (DIGEST + 10))
    speeches = [msgspec.structs.replace(HELLO, input=text) for text in ("一", "二", "三")]
    for moment, speech in enumerate(speeches[:2]):
        prompts.put(speech, bytes(10))
        (newest,) = (file for file in tmp_path.iterdir() if file.stat().st_mtime_ns > 10**12)
        os.utime(newest, ns=(moment, moment))
    assert prompts.get(speeches[0]) == bytes(10)
    prompts.put(speeches[2], bytes(10))
    assert [prompts.get(speech) is not None for speech in speeches] == [True, False, True]


def test_what_is_larger_than_all_the_room_is_not_kept(tmp_path: Path) -> None:
    prompts = Prompts(tmp_path, identity="1", most_bytes=100)
    prompts.put(HELLO, bytes(200))
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prompts = Prompts(tmp_path, identity="1")

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        prompts.put(HELLO, b"audio")
    assert list(tmp_path.iterdir()) == []
