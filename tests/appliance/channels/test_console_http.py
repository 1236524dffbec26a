"""The console's pages: what is served at which address, how long it is kept, and to which networks."""

import gzip
import re
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

from appliance.channels.staff.console import BUILT, ConsolePages, console_router
from appliance.errors import ConfigurationError
from appliance.web.app import WebParts, create_web
from appliance.web.origin import Origins

MOST_KB = 600


def http_of(origins: Origins) -> httpx.AsyncClient:
    app: Any = create_web(WebParts(routers=[console_router(ConsolePages(origins))], origins=origins))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://console.example")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_of(Origins()) as http:
        yield http


@pytest.mark.parametrize("room", ["/console", "/console/", "/console/sign-in", "/console/no/such/room"])
async def test_every_room_is_the_page(http: httpx.AsyncClient, room: str) -> None:
    answer = await http.get(room)
    assert (answer.status_code, answer.content) == (200, (BUILT / "index.html").read_bytes())
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.control("M-16")
async def test_the_page_has_nothing_inline_and_may_have_nothing_of_others(http: httpx.AsyncClient) -> None:
    page = await http.get("/console")
    policy = page.headers["content-security-policy"]

    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert re.findall(r"<script(?![^>]*src=)|<style|style=|\son\w+=", page.text) == []
    assert all(found.startswith("/console/") for found in re.findall(r'(?:src|href)="([^"]+)"', page.text))


async def test_files_are_kept_for_good_and_the_page_is_asked_for_again(http: httpx.AsyncClient) -> None:
    page = await http.get("/console")
    script = await http.get(_script(page.text))
    again = await http.get("/console", headers={"If-None-Match": page.headers["etag"]})

    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert page.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


async def test_a_file_is_the_same_packed_and_plain(http: httpx.AsyncClient) -> None:
    path = _script((await http.get("/console")).text)
    plain = await http.get(path, headers={"Accept-Encoding": "identity"})
    packed = await http.get(path, headers={"Accept-Encoding": "gzip"})

    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content


async def test_a_file_of_another_version_is_not_there(http: httpx.AsyncClient) -> None:
    answer = await http.get("/console/assets/index-old.js")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.control("M-04")
async def test_from_elsewhere_than_the_networks_of_staff_there_is_no_console() -> None:
    async with http_of(Origins(staff_networks=[ip_network("10.0.0.0/8")])) as http:
        answer = await http.get("/console")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_all_of_it_stays_within_its_budget() -> None:
    """First load is less: rooms are fetched as they are entered. A browser test measures it."""
    packed = sum(len(gzip.compress(path.read_bytes(), 9)) for path in BUILT.rglob("*") if path.is_file())
    assert packed <= MOST_KB * 1024


def test_where_it_was_not_built_the_appliance_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"run \./install\.sh"):
        ConsolePages(Origins(), tmp_path)


def _script(page: str) -> str:
    found = re.search(r'<script[^>]*src="([^"]+)"', page)
    assert found is not None
    return found[1]
