"""The rooms of the installation over HTTP: for the system administrator, from real parts."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.demo.order_system.server import running
from appliance.identity.links import Links, OrderSystemLink
from appliance.identity.shops import Shops
from appliance.ids import ShopId
from appliance.installation import rungs
from appliance.installation.model import RungView
from appliance.installation.rungs import Rung
from security.access.permissions import Role
from tests.appliance.aftersales.orders.conftest import ADMIN_KEY
from tests.appliance.channels.busy_shop import stocked
from tests.appliance.channels.staff.world import Browser, StaffWorld

SHOP = ShopId("demo")
HUSH = "hush-hush-hush-hush-hush"
PHONE = "13812345678"


@pytest.fixture
async def operator(staff: StaffWorld) -> Browser:
    return await staff.as_role(Role.SYS_ADMIN)


async def connect(staff: StaffWorld, base_url: str, mapping: str = "demo", api_key: str = HUSH) -> None:
    shops = Shops(staff.db, staff.world.ring, staff.world.clock)
    if not await shops.list():
        await shops.create(SHOP, "示范店")
    link = OrderSystemLink(mapping=mapping, base_url=base_url, credentials={"api_key": api_key})
    await Links(staff.db, staff.world.ring).connect(SHOP, link)


async def got(operator: Browser, path: str) -> Any:
    answer = await operator.get(f"/installation{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_health_is_told_part_by_part_and_a_failing_order_system_is_named(
    staff: StaffWorld, operator: Browser
) -> None:
    await connect(staff, "http://127.0.0.1:9")
    before = await got(operator, "/health")
    staff.contacts.failed(SHOP, "order_system_unavailable")
    after = await got(operator, "/health")
    states = [{part["part"]: part["state"] for part in found["parts"]} for found in (before, after)]
    assert [each["order_systems"] for each in states] == ["unknown", "failing"]
    assert after["order_systems"][0]["contact"]["failure"] == "order_system_unavailable"
    assert after["grade"] == "wrong"
    assert (states[0]["database"], states[0]["audit"], states[0]["jobs"]) == ("well", "well", "well")
    assert (states[0]["processes"], states[0]["workers"]) == ("absent", "none")


async def test_what_is_done_without_is_told_to_everybody_and_asking_keeps_nobody_in(staff: StaffWorld) -> None:
    standing = (RungView(rung=Rung.COMPACT_MODEL.value, since=staff.world.clock.now()),)
    state_dir = staff.log.directory
    state_dir.mkdir(parents=True, exist_ok=True)
    rungs.file_of(state_dir).write_bytes(msgspec.json.encode(standing))
    agent = await staff.as_role(Role.AGENT)
    for _ in range(2):
        staff.world.clock.move(seconds=60 * 6)
        answer = await agent.get("/installation/rungs")
        assert [each["rung"] for each in answer.json()] == ["compact_model"]
    staff.world.clock.move(seconds=60 * 4)
    refused = await agent.get("/installation/rungs")
    assert (refused.status_code, refused.json()["code"]) == (401, "session_refused")


async def test_a_job_that_failed_for_good_is_named(staff: StaffWorld, operator: Browser) -> None:
    async with staff.db.system() as conn:
        await conn.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts) "
            "VALUES ('default', 'cases.reconcile', 'failed', 5)"
        )
    found = await got(operator, "/health")
    assert [(job["task"], job["attempts"]) for job in found["failed_jobs"]] == [("cases.reconcile", 5)]
    [part] = [part for part in found["parts"] if part["part"] == "jobs"]
    assert (part["state"], part["figures"]["failed"]) == ("given_up", 1)


async def test_the_doctor_is_asked_and_what_he_finds_is_shown(staff: StaffWorld) -> None:
    finding = {
        "check": "disk",
        "grade": "warning",
        "found": "3 GB free",
        "cure": "make room",
        "needed": "",
        "may_pass": False,
    }
    staff.doctor = (sys.executable, "-c", f"print({json.dumps(json.dumps([finding]))})")
    staff.__post_init__()
    operator = await staff.as_role(Role.SYS_ADMIN)
    answer = await operator.post("/installation/examinations")
    assert answer.json() == [finding]


@pytest.mark.control("M-18")
async def test_an_order_system_is_checked_as_the_command_does_and_each_check_is_recorded(
    staff: StaffWorld, operator: Browser, tmp_path: Path
) -> None:
    with running(tmp_path / "orders.sqlite", ADMIN_KEY) as url:
        await connect(staff, url, api_key=await stocked(url))
        good = (await operator.post("/installation/connectors/demo/check")).json()
    assert {each["operation"] for each in good["tried"]} == {"customer", "order", "find_operation"}
    assert [each["state"] for each in await got(operator, "/connectors")] == ["well"]
    bad = (await operator.post("/installation/connectors/demo/check")).json()
    assert not any(each["is_good"] for each in bad["tried"])
    assert [each["state"] for each in await got(operator, "/connectors")] == ["failing"]
    made = [record for record in await staff.world.records() if record["action"] == "order_system.check"]
    assert [(each["outcome"], each["object"]["id"], each["tenant"]) for each in made] == [
        ("success", "demo", "demo"),
        ("failure", "demo", "demo"),
    ]
    assert all(each["is_good"] for each in good["tried"])


async def test_a_mapping_that_is_wrong_is_told_with_its_cure(
    staff: StaffWorld, operator: Browser, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("version: 1\nname: x\n")
    await connect(staff, "http://127.0.0.1:9", mapping=str(wrong))
    [listed] = await got(operator, "/connectors")
    assert str(wrong) in listed["trouble"]
    answer = await operator.post("/installation/connectors/demo/check")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert str(wrong) in answer.json()["detail"]


@pytest.mark.control("M-16")
async def test_nothing_that_is_shown_holds_a_credential(staff: StaffWorld, operator: Browser) -> None:
    await connect(staff, f"http://erp:{HUSH}@127.0.0.1:9")
    [listed] = await got(operator, "/connectors")
    assert listed["base_url"] == "http://erp:•••@127.0.0.1:9"
    shown = [
        (await operator.get(f"/installation{path}")).text
        for path in ("/health", "/models", "/connectors", "/channels", "/settings", "/logs", "/about")
    ]
    assert not any(HUSH in text for text in shown)


async def test_what_an_order_system_can_is_listed_by_its_mapping(staff: StaffWorld, operator: Browser) -> None:
    await connect(staff, "http://127.0.0.1:9")
    [listed] = await got(operator, "/connectors")
    assert (listed["mapping"], listed["state"], listed["takes_events"]) == ("demo", "unknown", True)
    assert set(listed["writes"].values()) <= {"itself", "by_hand"}
    assert "orders_of" in listed["reads"]


async def test_the_language_model_is_asked_only_where_one_is_set(operator: Browser) -> None:
    models = await got(operator, "/models")
    assert (models["language"]["is_set"], models["language"]["url"]) == (False, "")
    assert {task["name"] for task in models["compact"]["tasks"]} == {"intent", "reason"}
    assert all(0.5 < task["accuracy"] <= 1 for task in models["compact"]["tasks"])
    assert {each["digest"] for each in models["catalogue"]} == {""}
    assert (await operator.post("/installation/models/language/check")).status_code == 409


@pytest.mark.control("P-15")
async def test_a_phone_number_in_a_log_is_not_shown_over_the_api(staff: StaffWorld, operator: Browser) -> None:
    folder = staff.log.directory / "log"
    folder.mkdir()
    (folder / "web-1.log").write_text(f"ValueError: {PHONE}\n")
    page = await got(operator, f"/logs/web-1/lines?search={PHONE}")
    assert page == {"lines": [], "cursor": None}
    [line] = (await got(operator, "/logs/web-1/lines"))["lines"]
    assert (line["text"], line["level"]) == ("ValueError: ⟨手机⟩", "info")
    new = await got(operator, "/logs/web-1/new?after=0")
    assert new["lines"] == [line]


@pytest.mark.control("M-22", "M-25")
async def test_the_bill_of_materials_names_every_package_that_is_installed(operator: Browser) -> None:
    about = await got(operator, "/about")
    answer = await operator.get("/installation/about/bill-of-materials")
    bill = answer.json()
    assert answer.headers["content-type"] == "application/vnd.cyclonedx+json"
    assert "attachment" in answer.headers["content-disposition"]
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    libraries = {each["name"]: each for each in bill["components"] if each["type"] == "library"}
    assert libraries.keys() == {each["name"] for each in about["packages"]} - {"aftersales-appliance"}
    assert libraries["msgspec"]["purl"].startswith("pkg:pypi/msgspec@")
    assert {each["name"] for each in bill["components"] if each["type"] == "platform"} == {"Python", "PostgreSQL"}
    assert libraries["msgspec"]["licenses"] == [{"license": {"name": "BSD-3-Clause"}}]
