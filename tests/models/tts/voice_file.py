"""A site's file of voices: one after a recording, with the consent of whoever speaks."""

import hashlib
from pathlib import Path

from tests.models.tts.test_cosyvoice import WAV


def voice_file(folder: Path, until: str = "") -> Path:
    """Voice ``lin``, beside its recording. ``until``: the last day of the consent."""
    (folder / "lin.wav").write_bytes(WAV)
    file = folder / "voices.toml"
    file.write_text(
        f"""
[[voice]]
name = "lin"
title = "小林"
engine = "cosyvoice"
model = "fun-cosyvoice3-0.5b"
licence = "own"
[voice.recording]
file = "lin.wav"
sha256 = "{hashlib.sha256(WAV).hexdigest()}"
text = "您好，很高兴为您服务。"
[voice.consent]
person = "林月"
given_on = 2020-10-01
document = "2026-118"
document_sha256 = "{"0" * 64}"
recorded_by = "李雷"
{f"until = {until}" if until else ""}
""",
        encoding="utf-8",
    )
    return file
