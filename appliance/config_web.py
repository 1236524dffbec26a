"""``[web]`` and ``[limits]``: where customers, staff and systems come in, and how often."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class WebSettings(Section, frozen=True):
    """Console, chat and API."""

    host: Annotated[str, Meta(min_length=1, description="Address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="TCP port; 0: any free one")] = 8080
    workers: Annotated[int, Meta(ge=1, le=64, description="Processes that share the port")] = 2
    certificate_file: Annotated[
        str,
        Meta(description="PEM file of the certificate and its chain, to speak TLS without a proxy; empty: plain HTTP"),
    ] = ""
    key_file: Annotated[str, Meta(description="PEM file of its key, for the appliance to read only")] = ""

    @property
    def scheme(self) -> str:
        """Of its addresses."""
        return "https" if self.certificate_file else "http"


class LimitSettings(Section, frozen=True):
    """How often the same one may ask; strangers count per web process, systems over all. Beyond it 429, Retry-After."""

    starts_per_min: Annotated[
        int, Meta(ge=1, le=100_000, description="Conversations started from one address; a proxy's own is not counted")
    ] = 120
    messages_per_min: Annotated[
        int, Meta(ge=10, le=100_000, description="Messages and pictures of one conversation")
    ] = 60
    client_calls_per_min: Annotated[
        int, Meta(ge=10, le=1_000_000, description="Requests of one of a shop's systems")
    ] = 3000
