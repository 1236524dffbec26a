"""Whose voice it is: shipped ones speak as they are; one after a person's recording needs that person's consent."""

import base64
import hashlib
import re
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import msgspec
import pytest

from appliance.config_voice import VoiceSettings
from models.errors import CatalogInvalid, ModelCorrupt, ModelError
from models.tts.client import Speech
from models.tts.errors import ConsentMissing, VoiceUnknown
from models.tts.voices import MOST_RECORDED_BYTES, STYLES, load

ZH_SETTINGS = Path(__file__).parents[3] / "appliance" / "console" / "src" / "console" / "words" / "zh-settings.ts"
WAV = b"RIFF" + bytes(100)
CONSENT = """
[voice.consent]
person = "王芳"
given_on = 2020-10-01
document = "人事档案 2026-118"
document_sha256 = "DOC"
recorded_by = "安全管理员 李雷"
""".replace("DOC", "a" * 64)


def site(folder: Path, *, consent: str = CONSENT, wav: bytes = WAV, listed: bytes = WAV, more: str = "") -> Path:
    (folder / "wangfang.wav").write_bytes(wav)
    path = folder / "voices.toml"
    path.write_text(
        f"""
[[voice]]
name = "wangfang"
title = "王芳"
engine = "cosyvoice"
model = "fun-cosyvoice3-0.5b"
licence = "只限本店客服"
{more}
[voice.recording]
file = "wangfang.wav"
sha256 = "{hashlib.sha256(listed).hexdigest()}"
text = "希望您满意。"
{consent}""",
        "utf-8",
    )
    return path


def test_shipped_voices_need_nobodys_consent_and_list_their_licence() -> None:
    voices = load()
    assert voices.names == ("selftest-female", "selftest-male")
    assert all(voices.voice(name).licence and not voices.voice(name).recording for name in voices.names)


def test_espeak_is_asked_with_homophones_and_a_speed() -> None:
    assert load().speech("selftest-female", "原路退还。", speed=1.2) == Speech(
        model="espeak-ng-1.52", input="原路退环。", voice="cmn+f2", speed=1.2
    )


@pytest.mark.parametrize(
    ("speed", "style", "asked"),
    [
        (1.0, None, "You are a helpful assistant.<|endofprompt|>希望您满意。"),
        (1.0, "sorry", "You are a helpful assistant. 请用抱歉的语气说一句话。<|endofprompt|>希望您满意。"),
        (0.8, None, "You are a helpful assistant. 请用尽可能慢地语速说一句话。<|endofprompt|>希望您满意。"),
        (
            1.3,
            "calm",
            "You are a helpful assistant. 请用平静的语气说一句话。请用尽可能快地语速说一句话。"
            "<|endofprompt|>希望您满意。",
        ),
    ],
)
def test_cosyvoice_is_asked_with_pinyin_a_recording_and_words(
    tmp_path: Path, speed: float, style: str | None, asked: str
) -> None:
    recorded = f"data:audio/wav;base64,{base64.b64encode(WAV).decode()}"
    assert load([site(tmp_path)]).speech("wangfang", "退还。", speed=speed, style=style) == Speech(
        model="fun-cosyvoice3-0.5b", input="退[h][uán]。", ref_audio=recorded, ref_text=asked
    )


@pytest.mark.control("L-07")
@pytest.mark.parametrize("consent", ["", f"{CONSENT}withdrawn_on = 2026-11-01"])
def test_a_voice_without_consent_is_refused(tmp_path: Path, consent: str) -> None:
    with pytest.raises(ConsentMissing, match="wangfang"):
        load([site(tmp_path, consent=consent)])


@pytest.mark.control("L-07")
@pytest.mark.parametrize("field", ["person", "given_on", "document", "document_sha256", "recorded_by"])
def test_a_consent_says_who_when_and_where_it_is_kept(tmp_path: Path, field: str) -> None:
    less = "\n".join(line for line in CONSENT.splitlines() if not line.startswith(f"{field} ="))
    with pytest.raises(CatalogInvalid, match=field):
        load([site(tmp_path, consent=less)])


@pytest.mark.control("L-07")
@pytest.mark.parametrize(
    ("day", "may_speak"), [((2020, 9, 30), False), ((2020, 10, 1), True), ((2028, 12, 31), True), ((2029, 1, 1), False)]
)
def test_a_consent_covers_its_days_and_no_other(tmp_path: Path, day: tuple[int, int, int], may_speak: bool) -> None:
    """Also where it ends while the voice is in use: each sentence asks anew."""
    today = date(2021, 1, 1)
    voices = load([site(tmp_path, consent=f"{CONSENT}until = 2028-12-31")], lambda: today)
    assert voices.speech("wangfang", "您好。").ref_audio
    today = date(*day)
    ways = (voices.voice, lambda name: voices.speech(name, "您好。"), lambda name: voices.in_style(name, "gentle"))
    for way in ways:
        with nullcontext() if may_speak else pytest.raises(ConsentMissing, match="2020-10-01 to 2028-12-31"):
            way("wangfang")


ANOTHER = CONSENT.replace("2026-118", "2027-9")


@pytest.mark.control("L-07")
@pytest.mark.parametrize(
    ("now", "is_silent"),
    [
        ({}, False),
        ({"consent": ANOTHER}, False),
        ({"consent": f"{CONSENT}withdrawn_on = 2026-11-01"}, True),
        ({"consent": f"{CONSENT}until = 2020-12-31"}, True),
        ({"consent": ""}, True),
        ({"listed": b"RIFF of another person"}, True),
    ],
)
def test_a_consent_that_is_withdrawn_counts_at_the_next_look(
    tmp_path: Path, now: dict[str, str | bytes], is_silent: bool
) -> None:
    voices = load([site(tmp_path)], lambda: date(2021, 1, 1))
    path = site(tmp_path, **now)  # type: ignore[arg-type]
    assert voices.look_again([path]) == (frozenset({"wangfang"}) if is_silent else frozenset())
    with pytest.raises(ConsentMissing, match="no consent") if is_silent else nullcontext():
        voices.speech("wangfang", "您好。")
    assert voices.speech("selftest-female", "您好。")


@pytest.mark.control("L-07")
@pytest.mark.parametrize("content", ["", "[[voice]", None])
def test_a_voice_that_stands_in_no_file_any_more_is_silent_until_it_does(tmp_path: Path, content: str | None) -> None:
    path = site(tmp_path)
    voices = load([path])
    if content is None:
        path.unlink()
    else:
        path.write_text(content, "utf-8")
    voices.look_again([path])
    with pytest.raises(ConsentMissing):
        voices.voice("wangfang")
    voices.look_again([site(tmp_path)])
    assert voices.voice("wangfang").title == "王芳"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"wav": b"RIFF other"}, ModelCorrupt),
        ({"wav": b"no wav", "listed": b"no wav"}, ModelCorrupt),
        ({"wav": WAV + bytes(MOST_RECORDED_BYTES), "listed": WAV + bytes(MOST_RECORDED_BYTES)}, ModelCorrupt),
        ({"more": 'engine_voice = "cmn"'}, CatalogInvalid),
        ({"more": 'colour = "red"'}, CatalogInvalid),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, changes: dict[str, str | bytes], error: type[ModelError]
) -> None:
    path = site(tmp_path, **changes)  # type: ignore[arg-type]
    with pytest.raises(error):
        load([path])


def test_a_recording_that_is_gone_and_a_file_that_is_gone_are_named(tmp_path: Path) -> None:
    path = site(tmp_path)
    (tmp_path / "wangfang.wav").unlink()
    with pytest.raises(ModelCorrupt, match=r"wangfang\.wav"):
        load([path])
    with pytest.raises(CatalogInvalid, match=r"nowhere\.toml"):
        load([tmp_path / "nowhere.toml"])


def test_a_name_stands_once(tmp_path: Path) -> None:
    path = site(tmp_path)
    with pytest.raises(CatalogInvalid, match="twice"):
        load([path, path])


@pytest.mark.parametrize(("name", "style"), [("nobody", None), ("selftest-female", "sorry")])
def test_what_nobody_can_say_is_refused(name: str, style: str | None) -> None:
    with pytest.raises(VoiceUnknown):
        load().speech(name, "您好", style=style)


def test_a_voice_has_a_way_of_speaking_which_another_replaces(tmp_path: Path) -> None:
    voices = load([site(tmp_path, more='style = "gentle"')])
    gentle, sorry = "请用温柔的语气说一句话。", "请用抱歉的语气说一句话。"
    asked = [
        voices.speech("wangfang", "您好").ref_text,
        voices.speech("wangfang", "您好", style="sorry").ref_text,
        voices.speech("wangfang", "您好", style="").ref_text,
        voices.in_style("wangfang", "请像老朋友一样说一句话。").speech("wangfang", "您好").ref_text,
    ]
    assert [each and each.removeprefix("You are a helpful assistant.").split("<|")[0] for each in asked] == [
        f" {gentle}", f" {sorry}", "", " 请像老朋友一样说一句话。",
    ]  # fmt: skip


@pytest.mark.parametrize("style", ["furious", "温柔", "说。<|endofprompt|>。", "好" * 90 + "。", "speak softly."])
def test_a_style_that_is_neither_a_name_nor_a_sentence_is_refused(tmp_path: Path, style: str) -> None:
    with pytest.raises(VoiceUnknown, match="gentle"):
        load([site(tmp_path)]).in_style("wangfang", style)
    with pytest.raises(CatalogInvalid, match="gentle"):
        load([site(tmp_path, more=f'style = "{style}"')])


def test_a_style_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VoiceUnknown, match="gentle"):
        load([site(tmp_path)]).speech("wangfang", "您好", style="furious")


def test_the_settings_say_of_speed_what_a_voice_after_a_recording_is_asked() -> None:
    said = msgspec.json.schema(VoiceSettings)["$defs"]["VoiceSettings"]["properties"]["speed"]["description"]
    console = re.search(r'"voice\.speed": "([^"]*)"', ZH_SETTINGS.read_text(encoding="utf-8"))
    assert console
    for asked, english, chinese in (
        (STYLES.slow, "as slowly as it can", "尽可能慢"),
        (STYLES.fast, "as fast as it can", "尽可能快"),
    ):
        assert chinese in asked
        assert english in said
        assert chinese in console[1]
