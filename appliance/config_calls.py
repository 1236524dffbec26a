"""The settings about what belongs to calls beside the calls themselves: a caller's photos, and calls that we make."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section
from appliance.config_voice import DIALPLAN_PLACE

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"
_DAY = r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$(?!\n)"


class PhotoSettings(Section, frozen=True):
    """Photos that a caller sends from his phone's browser. Without an address a call that needs one goes to people."""

    address: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[A-Za-z0-9.:-]{1,120})?$(?!\n)",
            description="Address of the appliance as customers reach it, up to before /p; empty: no photos on calls",
        ),
    ] = ""
    said_as: Annotated[
        str, Meta(max_length=80, description="How that address is read out, /p included; empty: spelled by letters")
    ] = ""
    valid_min: Annotated[
        int, Meta(ge=5, le=1440, description="Minutes for which a link or a code that was read out can be used")
    ] = 60
    most: Annotated[int, Meta(ge=1, le=9, description="Pictures that one link takes")] = 3
    call_back: Annotated[
        bool,
        Meta(description="Whether a customer who has hung up before his photos came is called back, by a work order"),
    ] = True


class Way(StrEnum):
    CALL_FILE = "call_file"
    ARI = "ari"


class Purpose(StrEnum):
    """Why we call. Nothing else is ever a reason to call anybody."""

    CALL_BACK = "call_back"
    """He has asked to be called."""
    PARCEL_BACK = "parcel_back"
    """The goods that he sent back have come."""
    REFUNDED = "refunded"
    """His money is on its way back to him."""
    SEND_BACK = "send_back"
    """An approved return whose parcel is not sent yet."""


class OutboundSettings(Section, frozen=True):
    """Calls that the appliance makes (docs/phone.md). Off as shipped: call-backs stay with people."""

    enabled: Annotated[bool, Meta(description="Whether calls are made at all")] = False
    shops: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}$(?!\n)")], ...],
        Meta(description="Shops whose customers are called; every other shop's call-backs stay with its people"),
    ] = ()
    purposes: Annotated[
        tuple[Purpose, ...],
        Meta(description="What may be called for: call_back, parcel_back, refunded, send_back"),
    ] = (Purpose.CALL_BACK,)
    way: Annotated[Way, Meta(description="How the switchboard is asked: call_file or ari")] = Way.CALL_FILE
    spool: Annotated[str, Meta(description="Folder that the switchboard takes call files from (call_file)")] = (
        "/var/spool/asterisk/outgoing"
    )
    ari_url: Annotated[
        str, Meta(description="Address of the switchboard's REST interface, up to and with /ari (ari)")
    ] = ""
    ari_user: Annotated[str, Meta(description="Its user")] = ""
    ari_password_file: Annotated[str, Meta(description="File with that user's password")] = ""
    networks: Annotated[
        tuple[str, ...],
        Meta(description="Networks that the switchboard's REST interface may lie in, in CIDR notation"),
    ] = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    dial_context: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_-]{1,79}$(?!\n)", description="Context of the dialplan that dials a customer's number"
        ),
    ] = "appliance-dial"
    answered: Annotated[
        str,
        Meta(
            pattern=rf"^{DIALPLAN_PLACE}$(?!\n)",
            description="Place in the dialplan, as context,extension, once answered",
        ),
    ] = "appliance-answered,s"
    caller_number: Annotated[
        str, Meta(pattern=r"^[0-9+]{0,20}$(?!\n)", description="Number that customers see; empty: the trunk's own")
    ] = ""
    prefix: Annotated[str, Meta(pattern=r"^[0-9*#]{0,8}$(?!\n)", description="Digits dialled before every number")] = ""
    ring_s: Annotated[int, Meta(ge=10, le=120, description="How long it rings")] = 30
    quiet_from: Annotated[
        str, Meta(pattern=_CLOCK, description="From when on nobody is called, by the clock of Beijing")
    ] = "21:00"
    quiet_until: Annotated[str, Meta(pattern=_CLOCK, description="Until when")] = "09:00"
    quiet_days: Annotated[
        tuple[Annotated[str, Meta(pattern=_DAY)], ...],
        Meta(description="Days on which nobody is called, such as 2027-02-06; for holidays"),
    ] = ()
    on_weekends: Annotated[bool, Meta(description="Whether customers are called on Saturdays and Sundays")] = True
    tries: Annotated[
        int, Meta(ge=1, le=5, description="Calls to one customer for one purpose; then people have it")
    ] = 3
    between_min: Annotated[
        int, Meta(ge=15, le=2880, description="Minutes between two of them, counted from the end of the first")
    ] = 120
    at_once: Annotated[int, Meta(ge=1, le=100, description="Calls that are made at the same time, over all shops")] = 2
