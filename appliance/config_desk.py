"""The settings about the people at the desk, and about what brings a customer to them."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class HandoffSettings(Section, frozen=True):
    """What brings a customer to a person by itself, beside moods ([mood]), policy and a customer's own wish."""

    misses: Annotated[int, Meta(ge=1, le=10, description="Messages in a row that the bot did not understand")] = 3
    waiting_s: Annotated[
        int, Meta(ge=0, le=3600, description="Seconds for which a message waited for the bot's answer; 0: never")
    ] = 120
    low_confidence: Annotated[
        float,
        Meta(ge=0, le=1, description="Confidence of understanding below which a person answers instead; 0: never"),
    ] = 0.0


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
