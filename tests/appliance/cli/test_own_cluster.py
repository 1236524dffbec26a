"""A database of our own that does not start is said at once, with the place to look, and nothing else goes wrong."""

import pytest

from appliance.cli.own_cluster import alone
from appliance.config import Settings
from appliance.db.embedded import Cluster
from appliance.errors import Unavailable
from tests.passable import passable_folder


async def test_a_server_that_ends_instead_of_starting_is_said_with_its_log() -> None:
    with passable_folder() as state_dir:
        cluster = Cluster(state_dir)
        cluster.prepare()
        (cluster.data / "global" / "pg_control").unlink()
        with pytest.raises(Unavailable, match=f"PostgreSQL ended with [1-9].*{state_dir}/log/postgres.log"):
            async with alone(Settings(state_dir=str(state_dir))):
                pytest.fail("it came up without its control file")
        assert "pg_control" in (state_dir / "log" / "postgres.log").read_text()
