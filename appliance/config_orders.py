"""The settings about order systems that keep everybody waiting."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class OrderSettings(Section, frozen=True):
    """When an order system that gives no answer in time is left alone, and for how long."""

    silences: Annotated[
        int, Meta(ge=1, le=20, description="Unanswered requests in a row after which an order system is left alone")
    ] = 3
    silence_s: Annotated[
        float, Meta(ge=0, le=30, description="How long a failed request must have taken to count among them")
    ] = 1.0
    rest_s: Annotated[
        float, Meta(ge=1, le=300, description="How long it is left alone; then one request tries it for the others")
    ] = 10.0
