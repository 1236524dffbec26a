"""The settings about reports."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class ReportSettings(Section, frozen=True):
    """How the dashboard counts."""

    zone: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$(?!\n)",
            description="Time zone in which a day begins and ends",
        ),
    ] = "Asia/Shanghai"
    timeout_s: Annotated[
        int, Meta(ge=1, le=300, description="Seconds after which counting is given up, with a wish for a shorter time")
    ] = 30
