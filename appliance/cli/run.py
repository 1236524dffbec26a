"""``appliance run NAME``: one process of the tree, as the supervisor starts it, or a container that is one."""

import asyncio
import importlib
from collections.abc import Callable, Coroutine
from typing import Any

import click
import uvloop

from appliance import config
from appliance.supervisor.child import Child

PROCESSES = {
    "web": "appliance.app.web:web",
    "worker": "appliance.app.worker:worker",
    "phone": "appliance.app.phone:phone",
    "recogniser": "appliance.app.engines:recogniser",
    "speaker": "appliance.app.engines:speaker",
    "order-system": "appliance.app.order_system:order_system",
    "migrations": "appliance.app.migrations:migrations",
}
"""Name to ``module:function``: ``async def function(child: Child) -> None``, which returns when it is told to stop, or
is done (``migrations``)."""


@click.command()
@click.argument("name", type=click.Choice(list(PROCESSES)))
def run(*, name: str) -> None:
    """Run one process of the tree; the supervisor calls this, or a container does."""
    module, _, attribute = PROCESSES[name].partition(":")
    function: Callable[[Child], Coroutine[Any, Any, None]] = getattr(importlib.import_module(module), attribute)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(function(Child.of(config.load())))
