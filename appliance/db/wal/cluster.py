"""The cluster of an installation, set up as its settings say: whether it hands out its log."""

from pathlib import Path

from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.db.location import is_embedded
from appliance.db.wal.spool import server_settings
from appliance.errors import ConfigurationError


def own_cluster(settings: Settings) -> Cluster:
    """To start it."""
    spool = Cluster(settings.state_path).spool
    return Cluster(settings.state_path, settings=server_settings(settings.backup, spool))


def wal_dir(settings: Settings) -> Path:
    """ConfigurationError where nothing is kept that could be restored to a second."""
    if not is_embedded(settings):
        raise ConfigurationError(
            "the database is an outside server: keep its log and restore it to a second by that server's own means "
            "(pg_basebackup and archive_command with recovery_target_time; with CloudNativePG a Cluster whose "
            "bootstrap names recoveryTarget.targetTime), then say so with 'appliance recovery declare'"
        )
    if not settings.backup.wal_dir:
        raise ConfigurationError("backup.wal_dir names no folder: so nothing is kept to go back to a chosen second")
    return settings.state_path / settings.backup.wal_dir
