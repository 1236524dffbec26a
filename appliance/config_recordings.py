"""The settings about recordings of calls."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class RecordingSettings(Section, frozen=True):
    """Recordings of calls. What is never kept goes out of them before they are written: that has no setting."""

    is_on: Annotated[bool, Meta(description="Whether calls are recorded, if the caller does not refuse")] = True
    keep_days: Annotated[int, Meta(ge=1, le=1095, description="Days after which a recording is deleted")] = 30
