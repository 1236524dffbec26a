"""A thousand personal values, sent through every channel of the registry, stand in clear nowhere that is kept."""

import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute, WebSocketRoute

from appliance.app.core import Core
from appliance.app.web import web_parts
from appliance.config import DatabaseSettings, Profile, Settings
from appliance.db import Database
from appliance.dialogue.schema import FLOWS
from appliance.evaluation.throwaway import Throwaway
from appliance.setup import claim
from appliance.web.app import create_web
from tests.e2e.canaries.channels import CHANNELS, commands
from tests.e2e.canaries.search import Kept
from tests.e2e.canaries.stage import Stage
from tests.e2e.canaries.values import PER_LINE, Canaries
from tests.e2e.people import Office

pytestmark = pytest.mark.control("A9")

Fixture = Any
REGISTRY: dict[str, Any] = tomllib.loads(Path(__file__).with_name("registry.toml").read_text(encoding="utf-8"))
LINES = 12
"""For each channel."""


async def test_a_thousand_canaries_stand_in_clear_nowhere(
    place: Throwaway, office: Office, shop: Fixture, tmp_path: Path
) -> None:
    canaries = Canaries()
    async with httpx.AsyncClient(base_url=place.web_url, trust_env=False, timeout=60) as http:
        for send in CHANNELS.values():
            await send(Stage(place, office, shop, http, REGISTRY), canaries.lines(LINES))
    assert len(set(canaries.dealt)) == len(CHANNELS) * LINES * PER_LINE > 1000
    assert Kept.of(place.settings).places_with(canaries.dealt, tmp_path) == []


def test_an_installer_knows_whatever_lies_in_the_state_directory_then(place: Throwaway) -> None:
    """It destroys what it knows, and refuses to destroy anything beside what it does not."""
    assert claim.strangers(place.state_dir) == []


def test_the_search_finds_what_stands_in_a_log_a_table_or_the_write_ahead_log(place: Throwaway, tmp_path: Path) -> None:
    """It can fail: in words, as JSON and as bytes."""
    canaries = Canaries()
    canaries.line()
    name, phone, *_ = canaries.dealt
    kept = Kept.of(place.settings)
    planted = kept.state / "log" / "planted.log"
    with kept.connect() as conn:
        conn.execute("CREATE TABLE planted (words text, bytes bytea)")
        conn.execute("INSERT INTO planted VALUES (%s, %s)", (phone, name.encode()))
        planted.write_text(name.encode("ascii", "backslashreplace").decode())
        found = "\n".join(kept.places_with([name, phone], tmp_path))
        conn.execute("DROP TABLE planted")
        planted.unlink()
    assert "planted.log" in found
    assert f"public.planted:{phone}" in found
    assert f"public.planted:{name}" in found
    assert "/pg_wal/" in found
    assert "/base/" in found


def routes(app: Litestar) -> set[str]:
    found = set()
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found |= {f"{method} {route.path}" for method in route.methods if method not in ("OPTIONS", "HEAD")}
        else:
            assert isinstance(route, WebSocketRoute)
            found.add(f"WEBSOCKET {route.path}")
    return found


async def test_every_route_is_in_the_registry(db: Database, database_url: str, tmp_path: Path) -> None:
    there: set[str] = set()
    for profile in (Profile.PRODUCTION, Profile.EVALUATION):
        settings = Settings(profile=profile, state_dir=str(tmp_path), database=DatabaseSettings(url=database_url))
        there |= routes(create_web(web_parts(Core(settings, db))))
    listed = {route for named in REGISTRY["channels"].values() for route in named}
    left_out = [route for named in REGISTRY["routes_left_out"].values() for route in named]
    assert there - listed - set(left_out) == set(), "new routes: send canaries through them, or say why none are sent"
    assert (listed | set(left_out)) - there == set(), "routes that are there no more"
    assert len(left_out) == len(set(left_out) - listed), "routes named twice"


def test_every_channel_of_the_registry_is_sent_through() -> None:
    assert list(REGISTRY["channels"]) == list(CHANNELS)


def test_every_command_is_tried_or_left_out_for_a_reason() -> None:
    there = {name for name, _ in commands()}
    assert set(REGISTRY["commands_left_out"]) - there == set()
    for name in there - set(REGISTRY["commands_left_out"]):
        [command] = [each for named, each in commands() if named == name]
        assert any(str(parameter.type) == "STRING" for parameter in command.params), name


def test_every_flow_is_opened() -> None:
    there = {path.stem for path in FLOWS.glob("*.yaml")}
    assert set(REGISTRY["flows"]) | set(REGISTRY["flows_within_others"]) == there
