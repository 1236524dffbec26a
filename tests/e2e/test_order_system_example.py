"""The example for engineers of order systems runs as its README says, on the running appliance."""

import asyncio
import os
import re
import shlex
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Fixture = Any

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def run(name: str, *words: str, env: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, EXAMPLES / name, *words, env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complained = await process.communicate()
    assert process.returncode == 0, (said.decode(), complained.decode())
    return said.decode()


def exported(lines: str) -> dict[str, str]:
    """As ``eval`` takes them."""
    words = [shlex.split(line)[1] for line in lines.splitlines()]
    return {name: value for name, _, value in (word.partition("=") for word in words)}


async def test_an_order_system_goes_through_the_example_twice(shop: Fixture, place: Fixture) -> None:
    async with shop.talk() as talk:
        await talk.return_the_lamp()
        await talk.say("确认")
        await talk.until_logged("receipt.received")
    hooks = {"APPLIANCE_HOOKS": f"http://127.0.0.1:{free_port()}/hooks"}
    for _ in range(2):
        prepared = exported(await run("prepare.py", shop.name, env=place.environment | hooks))
    for _ in range(2):
        said = await run("order_system.py", env={"PATH": os.environ["PATH"], **prepared})
        assert re.search(r"^case +\d+ +return_refund +200\.00 yuan", said, re.MULTILINE), said
        assert re.search(r"^decision +approve by R", said, re.MULTILINE), said
        assert said.count("taken, sent again: nothing is done") == 2
        assert "of this order there are 1," in said
        assert re.search(r"^webhook +conversation\.opened, verified", said, re.MULTILINE), said


async def test_without_what_was_prepared_it_says_what_to_do() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, EXAMPLES / "order_system.py", env={}, stderr=asyncio.subprocess.PIPE
    )
    _, complained = await process.communicate()
    assert (process.returncode, "prepare.py" in complained.decode()) == (1, True)
