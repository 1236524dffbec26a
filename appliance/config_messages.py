"""The settings about what is told outside: messages by SMS, webhooks."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section

_CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)"


class MessageSettings(Section, frozen=True):
    """Guides by SMS after an approved return. Without a gateway none is queued: the conversation says all of it."""

    gateway_file: Annotated[
        str,
        Meta(description="YAML file that describes the SMS gateway (docs/sms.md); empty: none, but the demo's own"),
    ] = ""
    secret_file: Annotated[
        str, Meta(description="File with the secret that the gateway's file names as {secret}; empty: it names none")
    ] = ""
    networks: Annotated[
        tuple[str, ...],
        Meta(description="Networks that the gateway may lie in, in CIDR notation; a name must have no other address"),
    ] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    timeout_s: Annotated[int, Meta(ge=1, le=60, description="Seconds for one attempt, name and answer included")] = 10
    quiet_from: Annotated[
        str, Meta(pattern=_CLOCK, description="From when on nobody is written to, by the clock of Shanghai")
    ] = "21:00"
    quiet_until: Annotated[
        str, Meta(pattern=_CLOCK, description="Until when; the same as quiet_from: no quiet hours")
    ] = "08:00"
    opt_out_file: Annotated[
        str,
        Meta(description="File with who wants no messages, one shop/customer a line, read for each; empty: nobody"),
    ] = ""


class WebhookSettings(Section, frozen=True):
    """Webhooks out: what the shop's own systems are told."""

    networks: Annotated[
        tuple[str, ...],
        Meta(description="Networks that they may go to, in CIDR notation; a name must have addresses in them only"),
    ] = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
    timeout_s: Annotated[int, Meta(ge=1, le=60, description="Seconds for one attempt, name and answer included")] = 10
