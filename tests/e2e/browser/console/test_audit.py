"""The rooms of auditors: a record is found and proven in the browser, the whole log is verified, and one that somebody
who owns the database has tampered with is shown as what it is."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from playwright.async_api import Page

from appliance.db.location import owner_url
from appliance.evaluation.throwaway import Throwaway
from security.audit import witness
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.looking import Look

pytestmark = [pytest.mark.slow, pytest.mark.control("M-20", "P-29")]

TAKEN = "SELECT raw FROM audit_record WHERE seq = %s"
PUT = "UPDATE audit_record SET raw = %s WHERE seq = %s"
OPENED = ("ALTER TABLE audit_record DISABLE TRIGGER ALL", "ALTER TABLE audit_record NO FORCE ROW LEVEL SECURITY")
CLOSED = ("ALTER TABLE audit_record ENABLE TRIGGER ALL", "ALTER TABLE audit_record FORCE ROW LEVEL SECURITY")
SOMEBODY_ELSE = (b'"type":"staff"', b'"type":"stuff"')
STRANGE_KEY = "a-stranger+00000000+AAAA"


async def test_a_record_is_found_and_proven_without_asking_the_appliance(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    async with desk.opened("/audit", by=await desk.session("audit_admin")) as (page, _):
        look = Look(page, folder)
        await page.get_by_role("cell", name="登录：第二因素").first.wait_for()
        await look.at("审计日志")
        await page.get_by_label("对象编号").fill("of-nothing")
        await page.get_by_role("button", name="查询").click()
        await page.get_by_text("没有符合条件的记录").wait_for()
        await page.get_by_role("button", name="清除条件").click()
        await page.get_by_label("动作").fill("audit.started")
        await page.get_by_role("button", name="查询").click()
        await page.get_by_role("link", name="打开第0条记录").click()
        await page.get_by_text("已在签名检查点之内").wait_for()
        await page.get_by_label("我自己保存的公钥").fill(STRANGE_KEY)
        await page.get_by_role("button", name="在浏览器里核对").click()
        await page.get_by_role("alert").get_by_text("这不是一把日志公钥").wait_for()
        await page.get_by_label("我自己保存的公钥").fill("")
        await page.get_by_role("button", name="在浏览器里核对").click()
        await page.get_by_text("这条记录确实在已签名的日志里").wait_for()
        await look.at("记录与证明")
        taken = [await saved(page, button, tmp_path) for button in ("下载证明", "下载公钥")]
        await page.get_by_role("link", name="返回记录列表").click()
        await page.get_by_role("link", name="打开第0条记录").wait_for()
        assert "action=audit.started" in page.url
    assert look.found == []
    assert await by_the_witness(*taken)


async def test_the_whole_log_is_verified_and_one_that_was_tampered_with_is_shown_so(
    desk: Desk, place: Throwaway, folder: Path
) -> None:
    async with desk.opened("/integrity", by=await desk.session("audit_admin")) as (page, _):
        look = Look(page, folder)
        await page.get_by_role("button", name="开始全量核验").click()
        await page.get_by_role("heading", name="日志完整，没有被改动").wait_for()
        await look.at("日志核验")
        seq = await newest_by_staff(place)
        async with tampered(place, seq):
            await page.get_by_role("button", name="开始全量核验").click()
            await page.get_by_role("heading", name="审计日志已被改动").wait_for()
            await page.get_by_text(f"第一条有问题的记录：第{seq}条").wait_for()
            await page.get_by_text("保留现场").wait_for()
            await look.at("日志被改动")
            await page.get_by_role("link", name="查看这条记录").click()
            await page.get_by_role("alert").get_by_text("内容与它自己的哈希对不上").wait_for()
            await page.get_by_role("button", name="在浏览器里核对").click()
            await page.get_by_text("这条记录没有通过核对").wait_for()
            await look.at("记录被改动")
            await page.goto(f"{desk.office.web_url}/console/audit?category=account")
            await page.get_by_role("alert").get_by_role("link", name=f"第{seq}条记录").wait_for()
            await page.goto(f"{desk.office.web_url}/console/integrity")
            await page.get_by_role("alert").get_by_text("上一次核验的结论是：日志已被改动").wait_for()
        await page.get_by_role("button", name="开始全量核验").click()
        await page.get_by_role("heading", name="日志完整，没有被改动").wait_for()
    assert look.found == []


async def saved(page: Page, button: str, folder: Path) -> Path:
    async with page.expect_download() as started:
        await page.get_by_role("button", name=button).click()
    download = await started.value
    path = folder / download.suggested_filename
    await download.save_as(path)
    return path


async def by_the_witness(proof: Path, key: Path) -> bool:
    """On a machine of the auditor's own, with what the browser gave away."""
    for words in (["init", "--name", "me", "--log-key", str(key)], ["check", str(proof)]):
        done = await asyncio.create_subprocess_exec(sys.executable, witness.__file__, *words, cwd=proof.parent)
        if await done.wait() != 0:
            return False
    return True


async def newest_by_staff(place: Throwaway) -> int:
    """Of those that a checkpoint covers: then one of them can be asked to be proven."""
    asked = """SELECT max(seq) FROM audit_record
        WHERE cat = 'account' AND seq < (SELECT max(size) FROM audit_checkpoint)"""
    async with await psycopg.AsyncConnection.connect(owner_url(place.settings)) as conn:
        await conn.execute("SET ROLE appliance_system")
        row = await (await conn.execute(asked)).fetchone()
    assert row is not None
    return int(row[0])


@asynccontextmanager
async def tampered(place: Throwaway, seq: int) -> AsyncIterator[None]:
    """What the owner of the database can do with the triggers off; put right again afterwards."""
    async with await psycopg.AsyncConnection.connect(owner_url(place.settings), autocommit=True) as conn:
        for statement in OPENED:
            await conn.execute(statement.encode())
        row = await (await conn.execute(TAKEN, [seq])).fetchone()
        assert row is not None
        await conn.execute(PUT, [row[0].replace(*SOMEBODY_ELSE), seq])
        try:
            yield
        finally:
            await conn.execute(PUT, [row[0], seq])
            for statement in CLOSED:
                await conn.execute(statement.encode())
