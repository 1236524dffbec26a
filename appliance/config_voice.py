"""The settings about calls."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section

_PORT = {"ge": 0, "le": 65535}
DIALPLAN_PLACE = "[A-Za-z0-9_-]{1,79},[A-Za-z0-9_*#+]{1,79}"
"""``context,extension`` of a telephone system."""


class AfterSilence(StrEnum):
    HANG_UP = "hang_up"
    TRANSFER = "transfer"


class SpeakerProtocol(StrEnum):
    OPENAI = "openai"
    COSYVOICE = "cosyvoice"


class VoiceSettings(Section, frozen=True):
    """Calls that an Asterisk hands over (docs/phone.md). They need ./install.sh voice."""

    enabled: Annotated[bool, Meta(description="Whether the process that takes calls is started")] = False
    host: Annotated[str, Meta(description="Address of this machine to take calls at; 0.0.0.0: all")] = "127.0.0.1"
    agi_port: Annotated[int, Meta(description="TCP port of FastAGI; 0: any free one", **_PORT)] = 4573
    audiosocket_port: Annotated[int, Meta(description="TCP port of AudioSocket; 0: any free one", **_PORT)] = 9092
    media_port: Annotated[int, Meta(description="TCP port for chan_websocket; 0: any free one", **_PORT)] = 9093
    networks: Annotated[
        tuple[str, ...], Meta(description="Networks that switchboards may connect from, in CIDR notation")
    ] = ("127.0.0.0/8", "::1/128")
    numbers: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[0-9A-Za-z+*#]{1,32}=[a-z0-9-]{1,40}$(?!\n)")], ...],
        Meta(description="Numbers that callers dial, each with its shop, such as 4008001234=shop-1"),
    ] = ()
    shop: Annotated[str, Meta(description="Shop of all other numbers; empty: they go to people at once")] = ""
    sip_headers: Annotated[
        tuple[str, ...], Meta(max_length=20, description="SIP headers of a call that whoever takes it over is shown")
    ] = ()
    page_lines: Annotated[
        int,
        Meta(ge=0, le=1000, description="Calls at once from pages of shops that have them switched on; 0: none at all"),
    ] = 0
    page_port: Annotated[
        int, Meta(description="TCP port of 127.0.0.1 for calls from pages; 0: any free one", **_PORT)
    ] = 0
    recogniser_url: Annotated[
        str,
        Meta(
            description="WebSocket address of a recogniser, in the protocol of the FunASR runtime; empty: the "
            "appliance runs its own"
        ),
    ] = ""
    hotwords: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^\S{1,32}$(?!\n)")], ...],
        Meta(
            max_length=100,
            description="Names of goods and other words to listen for, beside those of the caller's own orders",
        ),
    ] = ()
    recogniser_models: Annotated[
        str,
        Meta(
            description="Folder with the models of its own recogniser, each in a folder named like in the catalogue; "
            "empty: weights in the state directory, and where none is there the self-test model, which understands "
            "no human caller"
        ),
    ] = ""
    recogniser_python: Annotated[
        str, Meta(description="Python of the environment with FunASR; empty: that of .venv-asr beside .venv")
    ] = ""
    recogniser_device: Annotated[
        str,
        Meta(pattern=r"^(cpu|cuda:\d{1,2})$(?!\n)", description="What its own recogniser computes on: cpu, or cuda:0"),
    ] = "cpu"
    recogniser_engines: Annotated[
        int,
        Meta(
            ge=1,
            le=64,
            description="Engines of its own recogniser, each with all models in one process or two",
        ),
    ] = 1
    recogniser_calls: Annotated[
        int, Meta(ge=1, le=1000, description="Calls that its own recogniser hears at once; further ones go to people")
    ] = 8
    recogniser_port: Annotated[
        int, Meta(description="TCP port of its own recogniser, on 127.0.0.1; 0: any free one", **_PORT)
    ] = 10095
    speaker_url: Annotated[
        str,
        Meta(
            description="Address of a speaker, up to before /audio/speech; empty: the appliance runs its own, eSpeak NG"
        ),
    ] = ""
    speaker_protocol: Annotated[
        SpeakerProtocol,
        Meta(
            description="What the speaker at speaker_url speaks: openai (vLLM-Omni and others), or cosyvoice, the "
            "protocol of CosyVoice's own runtime, whose address has nothing behind the port"
        ),
    ] = SpeakerProtocol.OPENAI
    speaker_library: Annotated[
        str, Meta(description="Folder with eSpeak NG 1.52; empty: that of .espeak-ng beside .venv")
    ] = ""
    speaker_port: Annotated[
        int, Meta(description="TCP port of its own speaker, on 127.0.0.1; 0: any free one", **_PORT)
    ] = 8020
    speaker_key_file: Annotated[str, Meta(description="File with the speaker's API key; empty: it asks for none")] = ""
    at_once: Annotated[
        int,
        Meta(ge=1, le=1000, description="Sentences that are spoken at once over all calls; one more is refused"),
    ] = 32
    voice: Annotated[
        str, Meta(description="Name of the voice that speaks (docs/speech-out.md); empty: selftest-female of eSpeak NG")
    ] = ""
    voices_file: Annotated[
        str, Meta(description="File with voices of your own, each with its licence and consent; empty: those that ship")
    ] = ""
    speed: Annotated[
        float,
        Meta(
            ge=0.5,
            le=2.0,
            description="How fast it speaks; after a recording as slowly as it can (below 0.9), as it is, or as fast "
            "as it can (above 1.1)",
        ),
    ] = 1.0
    style: Annotated[
        str,
        Meta(
            max_length=80,
            description="How a voice after a recording speaks: gentle, cheerful, sorry, calm, or a sentence of your "
            "own that asks for it; empty: as its file says. eSpeak NG takes none",
        ),
    ] = ""
    end_of_turn_model: Annotated[
        bool, Meta(description="Whether a model judges by the sound if a caller has finished, beside words and silence")
    ] = True
    silence_s: Annotated[
        int, Meta(ge=3, le=60, description="Silence after which a caller is asked whether he is still there, twice")
    ] = 7
    after_silence: Annotated[AfterSilence, Meta(description="What follows then: hang_up or transfer")] = (
        AfterSilence.HANG_UP
    )
    people: Annotated[
        str,
        Meta(
            pattern=rf"^{DIALPLAN_PLACE}$(?!\n)",
            description="Place in the dialplan, as context,extension, where people take calls",
        ),
    ] = "people,s"
