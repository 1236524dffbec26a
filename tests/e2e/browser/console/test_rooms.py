"""Every room for every role: its picture at two widths, to be looked at, and nothing serious that axe finds.

TEST_SCREENS=var/screens TEST_CHROMIUM=/ pytest tests/e2e/browser/console/test_rooms.py
"""

from pathlib import Path
from typing import Any, Literal

import pytest

from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.console.test_special import beside, proposed
from tests.e2e.browser.console.test_workbench import CANNED, bench, seated
from tests.e2e.browser.test_accessible import serious
from tests.e2e.browser.test_screens import Camera
from tests.e2e.conftest import PHONE, Shop, Talk

pytestmark = pytest.mark.slow

SIZES = [
    pytest.param({"width": 1280, "height": 800}, "1280", id="1280"),
    pytest.param({"width": 1600, "height": 1000}, "1600", id="1600"),
]
ROOMS = {"账号": "登录名", "变更审批": "已处理", "上线状态": "初始化时间", "我的账号": "本机"}
"""Of the administrators, and words that stand in each once it has what it asked for."""
Scheme = Literal["light", "dark"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "name"), SIZES)
async def test_the_door(desk: Desk, folder: Path, size: Any, name: str, scheme: Scheme) -> None:
    token = await desk.office.invite(desk.http, "agent", shops=("nowhere",))
    look: Any = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    found: list[str] = []
    async with desk.opened("/sign-in", is_clean=False, **look) as (page, _):
        camera = Camera(page, folder, f"console-{name}-{scheme}")
        await page.get_by_label("用户名").wait_for()
        await camera.take("sign-in")
        found += await serious(page)
        await page.get_by_role("link", name="一次性口令").click()
        await page.get_by_label("一次性口令").fill(token)
        await page.get_by_role("button", name="开始").click()
        await page.get_by_role("img", name="二维码").wait_for()
        await camera.take("setup")
        found += await serious(page)
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "name"), SIZES)
async def test_the_administrators_rooms(desk: Desk, folder: Path, size: Any, name: str, scheme: Scheme) -> None:
    look: Any = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    found: list[str] = []
    async with desk.opened("/accounts", by=await desk.session("sec_admin"), **look) as (page, _):
        camera = Camera(page, folder, f"console-{name}-{scheme}")
        for room, words in (
            ("账号", "登录名"),
            ("变更审批", "已处理"),
            ("上线状态", "初始化时间"),
            ("我的账号", "本机"),
        ):
            await page.get_by_role("link", name=room, exact=True).click()
            await page.get_by_text(words).first.wait_for()
            await camera.take(room)
            found += await serious(page)
        await page.get_by_role("link", name="账号", exact=True).click()
        await page.get_by_role("button", name="新建账号").click()
        await page.get_by_role("dialog").wait_for()
        await camera.take("新建账号")
        found += await serious(page)
    assert found == []


def work_of(shop: Shop, talk: Talk) -> dict[str, str]:
    """A work order about the conversation."""
    about = {"conversation_id": str(talk.conversation.conversation_id), "order_id": "80000000000901"}
    return {"shop": shop.name, "kind": "urge_warehouse", "words": "请仓库核对库存，客户急用", **about}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "name"), SIZES)
async def test_the_rooms_of_the_desk(
    desk: Desk, shop: Shop, folder: Path, size: Any, name: str, scheme: Scheme
) -> None:
    supervisor = await seated(desk, shop, "supervisor")
    look: Any = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    found: list[str] = []
    async with bench(desk, supervisor, **look) as at, shop.talk(now=None) as talk, shop.talk(now=None) as other:
        camera = Camera(at.page, folder, f"console-{name}-{scheme}")
        await camera.take("empty-workbench")
        found += await serious(at.page)
        await at.come_online()
        await talk.return_the_lamp()
        await talk.show()
        await talk.say(f"我要转人工，电话{PHONE}")
        await at.choose("我的")
        await at.say("您好，我看到您想退台灯，稍等")
        await at.see("稍等")
        await at.press("查看脱敏值")
        await at.page.get_by_text(f"{PHONE[:3]}****").first.wait_for()
        await camera.take("workbench")
        found += await serious(at.page)
        orders = await beside(at, "订单")
        await orders.get_by_text("床头灯").first.wait_for()
        await camera.take("orders")
        found += await serious(at.page)
        await orders.get_by_role("button", name="申请特殊退款").first.click()
        await at.page.get_by_role("dialog").get_by_label("床头灯").fill("1")
        await at.page.get_by_text("规则编号").wait_for()
        await camera.take("propose")
        found += await serious(at.page)
        await at.page.keyboard.press("Escape")
        await supervisor.ask("POST", "/work-orders", work_of(shop, talk))
        await supervisor.ask("POST", "/work-orders", {"shop": shop.name, "kind": "legal", "words": "律师函"})
        proposal = await proposed(supervisor, talk.conversation.conversation_id)
        cases = await beside(at, "售后")
        await cases.get_by_role("link", name="催仓库").wait_for()
        await cases.get_by_text("还没有售后单").wait_for()
        await camera.take("cases")
        found += await serious(at.page)
        await cases.get_by_role("link", name="催仓库").click()
        await at.page.get_by_text("核对库存").wait_for()
        await camera.take("work")
        found += await serious(at.page)
        await at.page.goto(f"{desk.office.web_url}/console/special-refunds/{proposal}")
        await at.page.get_by_text("要由另一位同事审批").wait_for()
        await camera.take("special")
        found += await serious(at.page)
        await supervisor.ask("POST", "/desk/replies", {"shop": shop.name, **CANNED})
        await at.page.get_by_role("link", name="快捷回复").click()
        await at.page.get_by_role("cell", name=CANNED["title"], exact=True).wait_for()
        await camera.take("replies")
        found += await serious(at.page)
        await at.page.get_by_role("link", name="工作台").click()
        await at.come_online()
        await at.choose("我的")
        await at.press("转接")
        await at.page.get_by_role("dialog").wait_for()
        await camera.take("transfer")
        found += await serious(at.page)
        await at.page.keyboard.press("Escape")
        await at.page.get_by_label("在线状态").select_option("busy")
        await other.say("我要投诉，转人工")
        await at.page.get_by_role("link", name="监控墙").click()
        await at.page.get_by_role("link", name="查看").first.wait_for()
        await camera.take("wall")
        found += await serious(at.page)
        await at.page.get_by_role("link", name="数据看板").click()
        await at.page.get_by_role("img", name="转人工次数分项").locator("canvas").wait_for()
        await camera.take("dashboard")
        found += await serious(at.page)
    assert found == []
