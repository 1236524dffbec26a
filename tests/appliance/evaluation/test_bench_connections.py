"""The load of ``bench connections``: sockets that are open, answered and counted; too many are refused before any."""

from pathlib import Path

import pytest

from appliance.errors import Unavailable
from appliance.evaluation.bench import connections, idle_echo
from appliance.evaluation.bench.idle import IdleSocket, hold
from appliance.evaluation.bench.model import NotMeasured
from appliance.supervisor import open_files


async def test_idle_sockets_are_held_and_one_among_them_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "QUIET_S", 0.1)
    async with connections._echo() as (port, pid):

        async def open_one() -> IdleSocket:
            return await hold("127.0.0.1", port, idle_echo.PATH)

        held = await connections._hold(12, pid, open_one, connections._echoed, lambda _: None)
    assert held.count == len(held.sockets) == 12
    assert len(held.among_ms) == len(held.alone_ms) == connections.MESSAGES
    assert held.before_kb > 0


async def test_the_echo_speaks_tls_as_an_installation_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "QUIET_S", 0.1)
    held = await connections._on_an_echo(10, lambda _: None, connections._pair(tmp_path))
    assert held.count == 10


async def test_what_is_no_websocket_is_said() -> None:
    async with connections._echo() as (port, _):
        with pytest.raises(Unavailable, match=r"a socket|WebSocket"):
            await hold("127.0.0.1", port, "/nothing")


def test_more_than_a_process_may_open_is_refused_with_the_figure_that_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_files, "raise_to_most", lambda: 4096)
    connections._refuse_too_many(3096)
    with pytest.raises(NotMeasured, match="--customers 3096"):
        connections._refuse_too_many(5000)
