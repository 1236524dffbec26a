"""The settings about calls."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section

_PORT = {"ge": 0, "le": 65535}


class AfterSilence(StrEnum):
    HANG_UP = "hang_up"
    TRANSFER = "transfer"


class VoiceSettings(Section, frozen=True):
    """Calls that an Asterisk hands over (docs/phone.md). They need ./install.sh voice, a recogniser and a speaker."""

    enabled: Annotated[bool, Meta(description="Whether the process that takes calls is started")] = False
    host: Annotated[str, Meta(description="Address that the switchboard reaches this machine by")] = "127.0.0.1"
    agi_port: Annotated[int, Meta(description="TCP port of FastAGI; 0: any free one", **_PORT)] = 4573
    audiosocket_port: Annotated[int, Meta(description="TCP port of AudioSocket; 0: any free one", **_PORT)] = 9092
    media_port: Annotated[int, Meta(description="TCP port for chan_websocket; 0: any free one", **_PORT)] = 9093
    networks: Annotated[
        tuple[str, ...], Meta(description="Networks that switchboards may connect from, in CIDR notation")
    ] = ("127.0.0.0/8", "::1/128")
    numbers: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[0-9A-Za-z+*#]{1,32}=[a-z0-9-]{1,40}$")], ...],
        Meta(description="Numbers that callers dial, each with its shop, such as 4008001234=shop-1"),
    ] = ()
    shop: Annotated[str, Meta(description="Shop of all other numbers; empty: they go to people at once")] = ""
    sip_headers: Annotated[
        tuple[str, ...], Meta(max_length=20, description="SIP headers that are asked of the switchboard for each call")
    ] = ()
    recogniser_url: Annotated[
        str, Meta(description="WebSocket address of the recogniser, in the protocol of the FunASR runtime")
    ] = ""
    speaker_url: Annotated[str, Meta(description="Address of the speaker, up to before /audio/speech")] = ""
    speaker_key_file: Annotated[str, Meta(description="File with the speaker's API key; empty: it asks for none")] = ""
    at_once: Annotated[
        int,
        Meta(ge=1, le=1000, description="Sentences that are spoken at once over all calls; one more is refused"),
    ] = 32
    voice: Annotated[str, Meta(description="Name of the voice that speaks (docs/speech-out.md)")] = ""
    voices_file: Annotated[
        str, Meta(description="File with voices of your own, each with its licence and consent; empty: those that ship")
    ] = ""
    speed: Annotated[float, Meta(ge=0.5, le=2.0, description="How fast it speaks")] = 1.0
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
            pattern=r"^[A-Za-z0-9_-]{1,79},[A-Za-z0-9_*#+]{1,79}$",
            description="Place in the dialplan, as context,extension, where people take calls",
        ),
    ] = "people,s"
