"""What a worker reads of a client, in the protocol's own form."""

import pytest

from models.asr import protocol
from models.asr.errors import ProtocolBroken


def test_a_start_of_a_foreign_client_is_read() -> None:
    signal = protocol.read_signal(
        '{"mode": "2pass", "wav_name": "microphone", "is_speaking": true, "wav_format": "pcm",'
        ' "chunk_size": [5, 10, 5], "hotwords": "{\\"阿里巴巴\\": 20}", "itn": true, "chunk_interval": 10}'
    )
    assert signal.is_speaking
    assert protocol.read_hotwords(signal.hotwords or "") == ("阿里巴巴",)


def test_our_own_start_and_end_are_read() -> None:
    signal = protocol.read_signal(protocol.start(("跑鞋",)))
    assert protocol.read_hotwords(signal.hotwords or "") == ("跑鞋",)
    assert protocol.read_signal(protocol.END_OF_TURN).is_speaking is False


def test_what_a_worker_writes_leaves_out_what_it_does_not_know() -> None:
    written = protocol.write(protocol.Result(text="好", mode=protocol.OFFLINE, is_final=True))
    assert protocol.read_result(written) == protocol.Result(text="好", mode=protocol.OFFLINE, is_final=True)
    assert "emotion" not in written


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("speak up", "no message"),
        ('{"is_speaking": "yes"}', "no message"),
        ('{"mode": "offline"}', "only '2pass'"),
        ('{"wav_format": "mp3"}', "only 'pcm'"),
        ('{"audio_fs": 44100}', "only 16000"),
    ],
)
def test_what_is_not_served_is_refused_by_name(message: str, says: str) -> None:
    with pytest.raises(ProtocolBroken, match=says):
        protocol.read_signal(message)


@pytest.mark.parametrize("packed", ["跑鞋 炒锅", '{"跑鞋": "much"}', '{"": 1}', '["跑鞋"]'])
def test_hotwords_of_another_form_are_refused(packed: str) -> None:
    with pytest.raises(ProtocolBroken):
        protocol.read_hotwords(packed)
