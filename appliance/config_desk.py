"""The settings about the people at the desk, and about what brings a customer to them."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class DeskSettings(Section, frozen=True):
    """The people who take over conversations."""

    terms_file: Annotated[
        str,
        Meta(
            description="Hours, skill groups, routes, priorities: a changed copy of the desk's terms.toml; empty: that"
        ),
    ] = ""
    silence_s: Annotated[
        int,
        Meta(ge=15, le=600, description="Silence of an agent's console after which what he has goes back to the queue"),
    ] = 30
