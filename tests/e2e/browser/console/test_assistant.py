"""From the one-time token of the installation to the first answered conversation, by the set-up assistant alone."""

from base64 import b32decode
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pytest
from playwright.async_api import Locator, Page

from appliance.clock import SystemClock
from appliance.demo.shop.model import SHOP
from appliance.evaluation.picture import png
from appliance.evaluation.throwaway import Throwaway
from appliance.evaluation.venue import Site
from security.access import totp
from tests.e2e.browser.console.conftest import Desk
from tests.e2e.browser.test_accessible import serious
from tests.e2e.browser.test_demo_shop import open_demo
from tests.e2e.browser.test_screens import Camera
from tests.e2e.conftest import PHONE, SHIPPED, orders_of
from tests.e2e.people import password

pytestmark = pytest.mark.slow

LOOKS = [
    pytest.param({"width": 1280, "height": 800}, "light", id="1280-light"),
    pytest.param({"width": 1600, "height": 1000}, "dark", id="1600-dark"),
]
STEPS = ("客服人设", "订单系统", "人工服务时间", "坐席", "网页客服", "试聊")
REFUSED = "the server responded with a status of 4"


class Walk:
    """A system administrator before the assistant."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = page.get_by_role("complementary", name="步骤")

    async def enter(self, token: str) -> None:
        chosen, login = password(), f"sys.{uuid4().hex[:8]}"
        await self.page.get_by_label("一次性口令").fill(token)
        await self.press("开始")
        await self.page.get_by_role("img", name="身份验证器二维码").wait_for()
        seed = await self.page.locator("code").inner_text()
        await self.page.get_by_label("登录名").fill(login)
        await self.page.get_by_label("姓名").fill("周系统")
        await self.page.get_by_label("设置密码").fill(chosen)
        await self.page.get_by_label("再输一次密码").fill(chosen)
        await self.page.get_by_role("textbox", name="App里现在的").fill(code_of(seed, -1))
        await self.press("完成设置")
        await self.page.get_by_text("账号已设置好").wait_for()
        await self.page.get_by_label("用户名").fill(login)
        await self.page.get_by_label("密码").fill(chosen)
        await self.press("下一步")
        await self.page.get_by_role("textbox", name="验证码").fill(code_of(seed, 0))
        await self.press("登录")

    async def press(self, name: str) -> None:
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def fill(self, label: str, text: str) -> None:
        await self.page.get_by_role("textbox", name=label).fill(text)

    async def saved(self) -> None:
        await self.page.get_by_text("已保存").last.wait_for()

    async def at(self, step: str) -> None:
        await self.page.get_by_role("heading", name=step, exact=True).wait_for()

    async def next(self, step: str) -> None:
        await self.press("下一步")
        await self.at(step)

    def state(self, step: str) -> Locator:
        return self.steps.get_by_role("listitem").filter(has_text=step)


async def test_from_the_bootstrap_to_the_first_answer(desk: Desk, site: Site, place: Throwaway, folder: Path) -> None:
    name, key = f"walk-{uuid4().hex[:8]}", f"key-{uuid4().hex}"
    await site.orders.open_shop(name, key)
    await site.orders.load(name, orders_of("C-walk"))
    async with desk.opened("/setup", is_clean=False) as (page, watch):
        walk = Walk(page)
        await walk.enter(desk.office.unused.pop("sys_admin"))
        await page.get_by_role("heading", name="设置向导").wait_for()
        camera = Camera(page, folder, "assistant")

        await page.get_by_role("link", name="再设置一家店铺").or_(page.get_by_label("店铺编号")).first.wait_for()
        if await page.get_by_label("店铺编号").count() == 0:
            await page.get_by_role("link", name="再设置一家店铺").click()
        await walk.fill("店铺名称", "鹿角小铺")
        await walk.fill("店铺编号", name)
        await walk.press("新建店铺")

        await walk.at("客服人设")
        await walk.fill("机器人的名字", "小鹿")
        await walk.fill("欢迎语", "您好，{phone}")
        await walk.press("保存")
        await page.get_by_role("alert").get_by_text("{phone} 不能用").wait_for()
        await walk.fill("欢迎语", "您好，我是{bot_name}")
        await page.get_by_text("您好，我是小鹿").wait_for()
        await page.locator("input[type=file]").set_input_files(
            {"name": "bot.png", "mimeType": "image/png", "buffer": png(240)}
        )
        await page.get_by_role("button", name="不用头像").wait_for()
        await walk.steps.get_by_role("link", name="订单系统").click()
        await page.get_by_text("有改动还没有保存").wait_for()
        await walk.press("取消")
        await walk.at("客服人设")
        await walk.press("保存")
        await walk.saved()
        await camera.take("persona")

        await walk.next("订单系统")
        await page.get_by_label("对接方式").select_option(label="演示订单系统")
        await walk.fill("地址", place.order_system_url)
        await page.get_by_label("密钥 api_key").fill("wrong")
        await walk.press("检查连接")
        await page.get_by_text("对方不认这个密钥").wait_for()
        await camera.take("refused")
        await page.get_by_label("密钥 api_key").fill(key)
        await walk.fill("一位有订单的顾客编号", "C-walk")
        await walk.press("检查连接")
        await page.get_by_text("检查通过，可以保存").wait_for()
        await camera.take("checked")
        await walk.press("保存连接")
        await walk.saved()
        assert key not in await page.content()

        await walk.next("人工服务时间")
        general = page.get_by_role("form", name="综合")
        await general.get_by_text("本店自定").click()
        await general.get_by_role("textbox", name="每天的时段").fill("18:00-09:00")
        await general.get_by_role("button", name="保存").click()
        await page.get_by_role("alert").get_by_text("不能重叠").wait_for()
        await general.get_by_role("textbox", name="每天的时段").fill("00:00-24:00")
        await general.get_by_role("textbox", name="节假日休息").fill("2027-10-01")
        await general.get_by_role("button", name="保存").click()
        await walk.saved()
        await camera.take("hours")

        await walk.next("坐席")
        await walk.fill("登录名", f"agent.{uuid4().hex[:8]}")
        await walk.fill("姓名", "高远")
        await walk.press("申请账号")
        await page.get_by_text("安全管理员：在“变更审批”里处理 1 个申请").wait_for()
        await camera.take("agents")
        await page.get_by_text("顾客要人工会一直排队").wait_for()
        await walk.press("先跳过")

        await walk.at("网页客服")
        await walk.fill("允许嵌入的网页来源", "shop.example")
        await walk.press("保存")
        await page.get_by_role("alert").get_by_text("不是来源").wait_for()
        await walk.fill("允许嵌入的网页来源", "https://shop.example")
        await walk.press("保存")
        await walk.saved()
        await page.get_by_text(f'data-shop="{name}"').wait_for()
        await camera.take("widget")

        await walk.next("试聊")
        log = page.get_by_role("log")
        await log.get_by_text("您好，我是小鹿").wait_for()
        await page.get_by_role("button", name="我的快递到哪了").click()
        await page.get_by_text("机器人答上来了").wait_for()
        field = page.get_by_role("textbox", name="输入您的问题")
        await field.fill(f"订单号{SHIPPED}，手机后四位{PHONE[-4:]}")
        await field.press("Enter")
        await log.get_by_text("芜湖").first.wait_for()
        await camera.take("test")

        states = [await walk.state(step).locator(".el-tag").inner_text() for step in STEPS]
        await page.get_by_role("link", name="店铺", exact=True).click()
        await page.get_by_role("heading", name="店铺", exact=True).wait_for()  # the assistant has such a picker too
        await page.get_by_role("combobox", name="选择店铺").select_option(name)
        await page.get_by_text(f"店铺编号 {name}").wait_for()
        await page.get_by_role("button", name="不用头像").wait_for()
        bot = await page.get_by_role("textbox", name="机器人的名字").input_value()

    assert states == ["已完成", "已完成", "已完成", "已跳过", "已完成", "已完成"]
    assert bot == "小鹿"
    assert [error for error in watch.errors if REFUSED not in error] == []


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
async def test_every_part_is_fit_to_be_read(
    desk: Desk, site: Site, folder: Path, size: Any, scheme: Literal["light", "dark"]
) -> None:
    """The demo's shop, whose made-up customers may be tried."""
    await open_demo(site)
    look: Any = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    found: list[str] = []
    async with desk.opened(f"/assistant/{SHOP}/persona", by=await desk.session("sys_admin"), **look) as (page, _):
        camera = Camera(page, folder, f"console-{size['width']}-{scheme}")
        for part in STEPS:
            await page.get_by_role("complementary", name="步骤").get_by_role("link", name=part).click()
            await page.get_by_role("heading", name=part, exact=True).wait_for()
            if part == "试聊":
                await page.get_by_role("button", name="我要退货").click()
                await page.get_by_text("机器人答上来了").wait_for()
                await page.get_by_role("log").get_by_text("跑鞋").last.wait_for()
            await camera.take(f"设置向导-{part}")
            found += await serious(page)
        await page.get_by_role("link", name="店铺", exact=True).click()
        await page.get_by_role("textbox", name="机器人的名字").wait_for()
        await camera.take("店铺")
        found += await serious(page)
        await page.get_by_role("button", name="新建店铺").click()
        await page.get_by_role("dialog").get_by_label("店铺编号").wait_for()
        await camera.take("新建店铺")
        found += await serious(page)
    assert found == []


def code_of(seed: str, steps: int) -> str:
    return totp.code(b32decode(seed), totp.step_at(SystemClock().now()) + steps)
