"""The setting about the self-test of what may leave."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class EgressSettings(Section, frozen=True):
    """What may leave is what the other settings name; there is no list of its own to add to."""

    outside_test: Annotated[
        bool,
        Meta(
            description="Whether 'appliance egress test --outside' may send one packet each to addresses that "
            "documentation keeps free of hosts (RFC 5737, RFC 3849), and to 169.254.169.254, by the real way out"
        ),
    ] = False
