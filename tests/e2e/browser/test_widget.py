"""The chat widget in a real browser: what a customer does with it, from the first word to the receipt."""

from typing import Any

import pytest
from playwright.async_api import FilePayload, WebSocketRoute

from tests.e2e.browser.conftest import PHONE, Storefront
from tests.e2e.conftest import Shop

pytestmark = pytest.mark.slow

ON_A_PHONE: dict[str, Any] = {"viewport": PHONE, "is_mobile": True, "has_touch": True}


@pytest.mark.control("L-01")
async def test_a_return_with_a_photo_from_the_first_word_to_the_receipt(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop) as visit:
        await visit.open()
        await visit.to_the_quote()
        assert await shop.writes() == 0
        await visit.press("确认提交")
        await visit.see("办好了")
        head = await visit.log.locator(".receipt .head").inner_text()
        label = await visit.panel.locator(".label").inner_text()
        shown = await visit.log.get_by_role("img", name="您发送的图片").count()

    (case,) = await shop.received()
    assert (case.kind, case.reason, case.refund_fen) == ("return_refund", "damaged", 15620)
    assert (head.endswith("已受理"), label, shown) == (True, "本服务由人工智能提供", 1)


async def test_a_quote_is_confirmed_by_its_own_button_once(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop, **ON_A_PHONE) as visit:
        await visit.open()
        await visit.to_the_quote()
        await visit.say("好的，不过运费谁出？")
        await visit.see("好的，不过运费谁出？")
        await visit.log.get_by_role("button", name="确认提交").wait_for()
        buttons = await visit.log.get_by_role("button", name="确认提交").count()
        await visit.press("确认提交")
        await visit.see("办好了")
        left = await visit.log.get_by_role("button", name="确认提交").count()

    assert (buttons, left, await shop.writes()) == (1, 0, 1)


async def test_a_line_that_breaks_in_the_middle_of_an_answer_loses_and_doubles_nothing(
    storefront: Storefront, shop: Shop
) -> None:
    lines: list[WebSocketRoute] = []

    def through(line: WebSocketRoute) -> None:
        lines.append(line)
        server = line.connect_to_server()

        async def back(frame: str | bytes) -> None:
            line.send(frame)
            if '"ack"' in str(frame) and len(lines) < 4:
                await line.close(code=1012)

        server.on_message(back)

    async with storefront.opened(shop, sockets=through) as visit:
        await visit.open()
        await visit.say("我要退货")
        await visit.see("原因")
        await visit.press("收到时破损")
        await visit.see("哪一件")
        await visit.press("床头灯")
        await visit.see("照片")
        texts = await visit.texts()
        logged = await visit.logged()

    assert len(lines) >= 4
    assert [text.removeprefix("AI").strip() for text in texts] == logged


async def test_the_next_page_goes_on_where_the_last_one_was(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop) as visit:
        await visit.open()
        await visit.to_the_quote()
        before = await visit.texts()
        await visit.page.reload()
        await visit.open()
        await visit.log.get_by_role("button", name="确认提交").wait_for()
        after = await visit.texts()
        picture = visit.log.get_by_role("img", name="您发送的图片")
        await picture.wait_for()
        width = await picture.evaluate("canvas => canvas.width")

    assert after == before
    assert width == 220


async def test_what_comes_while_nobody_looks_is_counted(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop) as visit:
        await visit.open()
        await visit.say("我的快递到哪里了")
        await visit.page.keyboard.press("Escape")
        button = visit.page.get_by_role("button", name="条未读消息")
        await button.wait_for()
        badge = await visit.page.locator(".badge").inner_text()
        await button.click()
        await visit.log.wait_for()
        left = await visit.page.locator(".badge").count()

    assert (int(badge) >= 1, left) == (True, 0)


async def test_everything_can_be_done_by_keyboard(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop) as visit:
        keyboard = visit.page.keyboard
        await keyboard.press("Tab")
        await keyboard.press("Enter")
        await visit.see("人工智能")
        await keyboard.type("我要退货")
        await keyboard.press("Enter")
        await visit.see("原因")
        await visit.tab_to("收到时破损", backwards=True)
        await keyboard.press("Space")
        await visit.see("哪一件")
        await visit.tab_to("奶油风床头灯 暖光款", backwards=True)
        await keyboard.press("Enter")
        await visit.see("照片")
        await visit.tab_to("发送图片", backwards=True)
        async with visit.page.expect_file_chooser() as choosing:
            await keyboard.press("Enter")
        await (await choosing.value).set_files(visit.picture)
        await visit.panel.get_by_role("img", name="准备发送的图片").wait_for()
        await keyboard.press("Enter")
        await visit.see("合计退")
        await visit.log.get_by_role("button", name="确认提交").wait_for()
        await visit.tab_to("确认提交", backwards=True)
        await keyboard.press("Enter")
        await visit.see("办好了")
        await keyboard.press("Escape")
        focused = await visit.focused()

    assert focused == "打开在线客服"
    assert await shop.writes() == 1


async def test_on_a_phone_it_is_all_there_is(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop, **ON_A_PHONE) as visit:
        await visit.open()
        await visit.rests()
        box = await visit.panel.bounding_box()
        modal = await visit.panel.get_attribute("aria-modal")
        seen = set()
        for _ in range(8):
            await visit.page.keyboard.press("Tab")
            seen.add(await visit.focused())
        wider = await visit.page.evaluate("document.documentElement.scrollWidth > innerWidth")

    assert box == {"x": 0, "y": 0, **PHONE}
    assert modal == "true"
    assert "" not in seen
    assert "关闭对话" in seen
    assert not wider


async def test_each_shop_has_a_bot_of_its_own(storefront: Storefront, shop: Shop, another: Shop) -> None:
    await storefront.command("shop", "speak-as", shop.name, "--bot-name", "小鹿", "--welcome", "鹿角小铺的{bot_name}在")
    await storefront.command("shop", "speak-as", another.name, "--bot-name", "Robin", "--tone", "professional")
    await storefront.dress(shop, "--origin", storefront.origin, "--accent", "#8a2b52")
    await storefront.dress(another, "--origin", storefront.origin, "--avatar", str(storefront.picture))

    looks = []
    for each in (shop, another):
        async with storefront.opened(each, is_named=False) as visit:
            colour = await visit.page.locator(".launcher").evaluate(
                "button => getComputedStyle(button).backgroundColor"
            )
            await visit.open()
            await visit.log.locator(".bubble").first.wait_for()
            name = await visit.panel.get_by_role("heading").inner_text()
            looks.append((name, colour, await visit.panel.locator(".avatar canvas").count(), await visit.texts()))

    assert [look[:3] for look in looks] == [("小鹿", "rgb(138, 43, 82)", 0), ("Robin", "rgb(31, 95, 191)", 1)]
    assert "鹿角小铺的小鹿在" in looks[0][3][0]
    assert looks[0][3] != looks[1][3]


async def test_whoever_logs_in_next_does_not_see_what_was_said(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop) as visit:
        await visit.open()
        await visit.say("我要退货")
        await visit.see("原因")
        await visit.page.evaluate("AftersalesChat.identify(null)")
        await visit.log.get_by_text("我要退货").wait_for(state="detached")
        await visit.page.keyboard.press("Escape")
        await visit.open()
        texts = await visit.texts()

    assert not any("退货" in text for text in texts)


async def test_it_speaks_english_to_a_page_in_english(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop, attributes='data-lang="en"') as visit:
        await visit.page.get_by_role("button", name="Open chat").click()
        await visit.page.get_by_role("textbox", name="Type your question").wait_for()
        language = await visit.page.locator("aftersales-chat").get_attribute("lang")
    assert language == "en"


@pytest.mark.control("M-16")
async def test_a_page_that_was_not_named_is_refused_and_its_developer_told(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop, is_named=False, is_clean=False) as visit:
        await visit.page.get_by_role("button", name="打开在线客服").click()
        await visit.page.get_by_role("alert").get_by_text("这个页面还不能使用在线客服").wait_for()
        told = "\n".join(visit.watch.errors)
    assert f"appliance shop widget {shop.name} --origin {storefront.origin}" in told


CANARIES = (
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    '"><svg onload=window.hacked=1>',
    "javascript:window.hacked=1",
    "{{constructor.constructor('window.hacked=1')()}}",
)


NAMED = "<svg onload=x()>"
"""As long as a bot's name may be."""


@pytest.mark.control("M-16")
async def test_strangers_words_are_words(storefront: Storefront, shop: Shop) -> None:
    await storefront.command("shop", "speak-as", shop.name, "--bot-name", NAMED)
    async with storefront.opened(shop) as visit:
        await visit.open()
        for canary in CANARIES:
            await visit.say(canary)
        await visit.see(CANARIES[-1])
        name = await visit.panel.get_by_role("heading").inner_text()
        said = [text for text in await visit.texts() if text in CANARIES]
        is_hacked = await visit.page.evaluate("'hacked' in window")
        made = await visit.log.locator("img, script, a, iframe").count()

    assert (name, sorted(said), is_hacked, made) == (NAMED, sorted(CANARIES), False, 0)


async def test_a_picture_that_cannot_be_sent_is_refused_before_it_is_sent(storefront: Storefront, shop: Shop) -> None:
    async with storefront.opened(shop) as visit:
        await visit.open()
        chosen = FilePayload(name="note.txt", mimeType="text/plain", buffer=b"no picture")
        await visit.panel.locator("input[type=file]").set_input_files(chosen)
        await visit.page.get_by_role("alert").get_by_text("请选择JPEG").wait_for()
        is_off = await visit.panel.get_by_role("button", name="发送", exact=True).is_disabled()
    assert is_off
