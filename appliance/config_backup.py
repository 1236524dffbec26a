"""The settings about what a restore to a chosen second needs."""

from typing import Annotated

from msgspec import Meta

from appliance.config_section import Section


class BackupSettings(Section, frozen=True):
    """Base backups and the log of every change since, of the appliance's own PostgreSQL, encrypted."""

    wal_dir: Annotated[
        str,
        Meta(description="Folder for them, on another disk or a share; empty: nothing can be restored to a second"),
    ] = ""
    wal_timeout_s: Annotated[
        int, Meta(ge=10, le=3600, description="A change lies there at the latest after so many seconds")
    ] = 60
    keep_days: Annotated[int, Meta(ge=1, le=30, description="Days that can be gone back")] = 14
