"""The conversations that are recorded as golden files, and how one is played.

``GOLDEN_WRITE=1 pytest tests/appliance/conversation/test_golden.py`` plays them anew and writes the files: after a
change that is meant to change what is said. A file of an older version of the log stays, so that it can always be read.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from appliance.aftersales.orders.model import Spec
from appliance.conversation import recording
from appliance.conversation.model import Channel, HeardOf
from appliance.conversation.recording import Recorded
from tests.appliance.conversation.world import HOUSE, PHONE, REGION, SHOP, Talk, World, later
from tests.appliance.dialogue.world import DELIVERED, FOREIGN

FOLDER = Path(__file__).parent / "golden"

Story = Callable[[World], Awaitable[Talk]]


async def _say(talk: Talk, *words: str) -> Talk:
    for each in words:
        await talk.say(each)
    return talk


async def return_with_receipt(world: World) -> Talk:
    talk = await _say(await world.talk(), "你好", "我要退鞋子，尺码不合适", "好的，不过运费谁出？", "确认")
    await talk.settle()
    return talk


async def return_of_a_stranger(world: World) -> Talk:
    talk = await _say(await world.talk(customer=None), "我要退货", f"order {DELIVERED}", f"电话{PHONE}", "8000")
    return await _say(talk, "再说一遍", "算了")


async def identity_failed(world: World) -> Talk:
    talk = await _say(await world.talk(customer=None), "我要退货")
    return await _say(talk, f"order {FOREIGN}", "1111", "2222", "8000", "有人吗")


async def evidence_and_correction(world: World) -> Talk:
    talk = await _say(await world.talk(), "鞋子开胶了我要退")
    await talk.show(UUID(int=3))
    return await _say(talk, "换成短袖", "没有照片")


async def digression_and_receipt_between(world: World) -> Talk:
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适", "查一下保温杯那单", "确认", "我的订单到哪了")
    await talk.settle()
    return await _say(talk, "再说一遍", "算了")


async def two_requests(world: World) -> Talk:
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适", "顺便把保温杯那单取消", "确认")
    await talk.settle()
    await talk.say("确认")
    await talk.settle()
    return talk


async def expired_quote_and_silence(world: World) -> Talk:
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适")
    await world.process.conversations.move_clock(SHOP, talk.conversation_id, timedelta(minutes=11))
    return await _say(talk, "确认", "不用了", "说清楚点", "随便", "随便", "随便")


async def fallen_quote(world: World) -> Talk:
    """Another conversation has returned the shoes meanwhile."""
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适")
    await _say(await world.talk(), "我要退鞋子，尺码不合适", "确认")
    return await _say(talk, "确认")


async def late_receipt(world: World) -> Talk:
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适", "确认")
    world.fixed.move(later(9))
    await world.sweep()
    await talk.settle()
    return talk


async def order_system_away(world: World) -> Talk:
    talk = await _say(await world.talk(), "你好")
    world.orders.is_down = True
    world.fixed.move(later(31))
    return await _say(talk, "我要退鞋子，尺码不合适", "有人吗")


async def given_up(world: World) -> Talk:
    talk = await _say(await world.talk(), "你好")
    world.fixed.move(later(31))
    world.orders.failures = [ValueError("a bug in an adapter")] * 9
    await _say(talk, "我要退鞋子，尺码不合适")
    world.fixed.move(later(21))
    await world.sweep()
    return talk


async def refused_by_the_order_system(world: World) -> Talk:
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适", "确认")
    world.orders._orders.clear()
    await talk.settle()
    return talk


async def number_in_parts(world: World) -> Talk:
    """What the last message completes is masked in the log that is recorded."""
    return await _say(await world.talk(customer=None), "我要退货", "手机138", "0013", "8000", f"order {DELIVERED}")


async def message_left(world: World) -> Talk:
    talk = await _say(await world.talk(), "我的券", "我想留言", "赠品没有收到，请店长回电话", "确认")
    return await _say(talk, "明天下午三点")


async def invoice_of_a_company(world: World) -> Talk:
    talk = await _say(await world.talk(), "鞋子那单开发票", "抬头青禾科技有限公司")
    await _say(talk, "税号91330106MA27XK3N40", "抄错了，91330106MA27XK3N4F", "确认")
    await talk.settle()
    return talk


async def spec_before_it_is_sent(world: World) -> Talk:
    """What is not on sale, then what is; and an urge, which after two days is the warehouse's work too."""
    cup = Spec(sku="SKU-保温杯", product="cup", spec="米白", price_fen=8900)
    world.orders.load(specs=[cup, Spec(sku="CB", product="cup", spec="墨黑", price_fen=8900, stock=3)])
    world.fixed.move(timedelta(days=2))
    talk = await _say(await world.talk(), "保温杯改成紫色", "改成墨黑", "确认")
    await talk.settle()
    await _say(talk, "催一下保温杯", "确认")
    await talk.settle()
    return talk


async def address_in_parts(world: World) -> Talk:
    talk = await _say(await world.talk(), "改一下保温杯的地址", REGION, HOUSE, "运费谁出", "确认")
    await talk.settle()
    return talk


async def threat_of_a_child(world: World) -> Talk:
    """What is annoyed is only noted, a child is told to bring in a parent, a threat is taken over."""
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适", "烦死了，我才12岁", "运费谁出")
    return await _say(talk, "我要打12315，找律师告你们")


async def child_and_mother(world: World) -> Talk:
    """A child's yes does not count; his mother is asked anew, and hers does."""
    talk = await _say(await world.talk(), "我要退鞋子，尺码不合适", "我才12岁", "确认", "我是他妈妈", "确认")
    await talk.settle()
    return talk


async def call_with_a_misheard_number(world: World) -> Talk:
    """The caller wants no recording; the number is none of his, then near, then confirmed; keys choose at the end."""
    call = await world.talk(channel=Channel.VOICE)
    await call.key("0")
    await _say(call, "我要退货", "尾号九九九九", "尾号三十五六", "确认")
    await call.key("1")
    return call


async def call_from_the_accounts_number(world: World) -> Talk:
    call = await world.talk(customer=None, channel=Channel.VOICE, caller=PHONE)
    return await _say(call, "我的订单到哪了", f"order {DELIVERED}", "算了")


async def call_left_in_a_receipt(world: World) -> Talk:
    """The quote is cut short and asked for again; the caller hangs up before he has heard what was done."""
    call = await world.talk(channel=Channel.VOICE, caller=PHONE)
    await call.say("我要退鞋子，尺码不合适")
    await _heard(call, 1)
    await _say(call, "再说一遍", "确认")
    await call.settle()
    await _heard(call, 1, ended="hang_up")
    await call.settle()
    return call


async def call_given_to_people(world: World) -> Talk:
    """An engine fails in the middle of a question: people have the line, and get the conversation."""
    call = await world.talk(channel=Channel.VOICE, caller=PHONE)
    await call.say("我要退鞋子，尺码不合适")
    await _heard(call, 1, ended="transfer")
    await world.process.conversations.finish()
    return call


async def _heard(call: Talk, sentences: int, ended: str | None = None) -> None:
    said = HeardOf(said_seq=(await call.of("bot.said"))[-1].seq, sentences=sentences, of=4)
    await call.world.process.conversations.heard(SHOP, call.conversation_id, [said], ended=ended)


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        return_with_receipt,
        return_of_a_stranger,
        identity_failed,
        evidence_and_correction,
        digression_and_receipt_between,
        two_requests,
        expired_quote_and_silence,
        fallen_quote,
        late_receipt,
        order_system_away,
        given_up,
        refused_by_the_order_system,
        number_in_parts,
        message_left,
        invoice_of_a_company,
        spec_before_it_is_sent,
        address_in_parts,
        threat_of_a_child,
        child_and_mother,
        call_with_a_misheard_number,
        call_from_the_accounts_number,
        call_left_in_a_receipt,
        call_given_to_people,
    )
}


async def record(talk: Talk) -> list[Recorded]:
    """The conversation's log with its bodies open."""
    process = talk.world.process
    async with talk.world.db.transaction(SHOP) as conn:
        subject_id = await process.conversations.subject_of(conn, SHOP, talk.conversation_id)
        keys = await process.ring.keys(conn, SHOP, subject_id)
        return await recording.read(conn, SHOP, talk.conversation_id, keys)
