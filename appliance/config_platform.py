"""The settings about where the processes live: under our own supervisor, or in containers that a platform keeps."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class Keeper(StrEnum):
    SUPERVISOR = "supervisor"
    PLATFORM = "platform"


class PlatformSettings(Section, frozen=True):
    """Who starts and restarts the processes, and where they may go (docs/deployment.md)."""

    kept_by: Annotated[
        Keeper,
        Meta(description="supervisor ('appliance up' starts all), or platform (containers, each an 'appliance run')"),
    ] = Keeper.SUPERVISOR
    probe_host: Annotated[
        str, Meta(description="Address where worker and phone tell a platform how they are, and their metrics")
    ] = "127.0.0.1"
    probe_port: Annotated[int, Meta(ge=0, le=65535, description="TCP port of that; 0: any free one")] = 9464
    metrics_token_file: Annotated[
        str,
        Meta(description="File with the token for /metrics; empty: secrets/metrics.token in the state directory, made"),
    ] = ""
    reach: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}$(?!\n)")], ...],
        Meta(description="host:port of each order system, gateway and webhook, for guards and the kernel's rules"),
    ] = ()
