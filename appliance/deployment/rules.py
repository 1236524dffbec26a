"""nftables: what the appliance's users and containers may reach. Default is refusal, counted and written down."""

from collections.abc import Sequence
from typing import Final

import msgspec

from appliance.config import Settings
from appliance.deployment.reach import Reached
from appliance.deployment.text import filled

INSIDE: Final = ("as-front", "as-data", "as-models", "as-out", "as-watch", "as-pbx")
"""Bridges of the Compose networks that lead nowhere."""
GATE: Final = "as-gate"
EDGE: Final = "as-edge"
WIRE: Final = "as-wire"
"""The telephone system's: calls come and go over it, to the trunk alone."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings cannot know of the machine that the rules are for."""

    product_uids: tuple[int, ...] = ()
    engine_uids: tuple[int, ...] = ()
    """They reach nothing but this machine."""
    is_whole: bool = False
    """Rules for everybody on the machine: what is not named is dropped, in both directions."""
    has_containers: bool = False
    administered_from: tuple[str, ...] = ()
    """Networks that may log in by SSH, where the rules are for the whole machine."""
    trunks: tuple[str, ...] = ()
    """Networks of the telephone network's side, which the containers' telephone system may speak to."""
    name_servers: tuple[str, ...] = ()
    time_servers: tuple[str, ...] = ()


def ruleset(settings: Settings, reached: Sequence[Reached], machine: Machine) -> str:
    voice = settings.voice
    return filled(
        "rules.nft.j2",
        reached=reached,
        reach4=_elements(reached, 4),
        reach6=_elements(reached, 6),
        machine=machine,
        users=_set(sorted({*machine.product_uids, *machine.engine_uids})),
        product=_set(machine.product_uids),
        engines=_set(machine.engine_uids),
        administered4=_set(_of_version(machine.administered_from, 4)),
        administered6=_set(_of_version(machine.administered_from, 6)),
        names4=_set(_of_version(machine.name_servers, 4)),
        names6=_set(_of_version(machine.name_servers, 6)),
        times4=_set(_of_version(machine.time_servers, 4)),
        times6=_set(_of_version(machine.time_servers, 6)),
        calls4=_set(_of_version(voice.networks, 4)) if voice.enabled else "",
        calls6=_set(_of_version(voice.networks, 6)) if voice.enabled else "",
        call_ports=_set(sorted(port for port in (voice.agi_port, voice.audiosocket_port, voice.media_port) if port)),
        trunks4=_set(_of_version(machine.trunks, 4)),
        trunks6=_set(_of_version(machine.trunks, 6)),
        bridges=(*INSIDE, GATE, EDGE, WIRE),
        inside=INSIDE,
        gate=GATE,
        edge=EDGE,
        wire=WIRE,
    )


def _elements(reached: Sequence[Reached], version: int) -> str:
    found = {
        f"{address} . {each.destination.port}"
        for each in reached
        for address in each.addresses
        if address.version == version
    }
    return ", ".join(sorted(found))


def _set(values: Sequence[object]) -> str:
    """Empty where there are none: nft knows no empty set in a rule."""
    return f"{{ {', '.join(map(str, values))} }}" if values else ""


def _of_version(networks: Sequence[str], version: int) -> list[str]:
    return [each for each in networks if (6 if ":" in each else 4) == version]
