"""The settings about traces, which go to a collector of the intranet."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class TelemetrySettings(Section, frozen=True):
    """Spans of turns and of what follows them: stages, how long they took, how they ended; nothing of anybody."""

    traces_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$(?!\n)",
            description="OTLP/HTTP address of the collector's traces, such as "
            "https://otel.example.internal:4318/v1/traces; empty: none are made",
        ),
    ] = ""
    traces_authority: Annotated[
        str, Meta(description="PEM file of the authority that its certificate is checked against; empty: the system's")
    ] = ""
    share: Annotated[
        float, Meta(ge=0.0, le=1.0, description="Share of turns, operations and sealed batches that are traced")
    ] = 1.0
