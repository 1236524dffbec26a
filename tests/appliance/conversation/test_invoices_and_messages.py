"""What invoices and messages hold of a person: kept in the vault, known again by him, clear for who needs it."""

from appliance.aftersales.orders.model import CaseKind
from tests.appliance.conversation.stories import invoice_of_a_company, message_left
from tests.appliance.conversation.test_masking import everything, survivors
from tests.appliance.conversation.world import PHONE, Talk, World

TAX_ID, WRONG = "91330106MA27XK3N4F", "91330106MA27XK3N40"


async def shown(talk: Talk, key: str) -> list[str]:
    events = await talk.of("bot.said")
    return [event.words or "" for event in events if event.data["key"] == key]


async def test_a_tax_id_is_kept_nowhere_but_in_the_vault_and_reaches_the_order_system(world: World) -> None:
    talk = await invoice_of_a_company(world)

    assert survivors(await everything(talk), TAX_ID, WRONG) == []
    (write,) = world.orders.writes
    assert (write.kind, write.invoice_title, write.tax_id) == (CaseKind.INVOICE, "青禾科技有限公司", TAX_ID)


async def test_the_quote_shows_enough_of_a_tax_id_to_know_it_again(world: World) -> None:
    talk = await invoice_of_a_company(world)

    (quote,) = await shown(talk, "quote.invoice")
    assert "抬头：青禾科技有限公司，税号：913****3N4F" in quote
    assert "税号913****3N40没有通过校验" in (await shown(talk, "tax_id_wrong"))[0]


async def test_a_message_leaves_a_work_order_with_a_number_to_call_and_no_words(world: World) -> None:
    talk = await message_left(world)

    ((kind, summary),) = await world.rows("SELECT kind, summary FROM work_order")
    (left,) = await talk.of("message.left")
    assert (kind, summary["message"]) == ("call_back", left.data["number"])
    assert summary["phone"].startswith("⟨手机")
    assert summary["callback_time"] == "2026-11-22T15:00:00+08:00"
    assert survivors(await everything(talk), PHONE) == []


async def test_who_leaves_a_message_is_told_its_number_and_which_phone_is_called(world: World) -> None:
    talk = await message_left(world)

    (left,) = await talk.of("message.left")
    (receipt,) = await shown(talk, "receipt.leave_message")
    assert left.data["number"] in receipt
    assert f"{PHONE[:3]}****{PHONE[-4:]}" in receipt
    assert PHONE not in receipt
