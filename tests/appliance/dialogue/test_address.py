"""A new address: whole or asked for again, corrected, refused before it is asked for; never in clear here."""

import pytest

from appliance.aftersales.orders.model import CaseKind, Change, OrderStatus
from appliance.dialogue import effects as fx
from models.commands import Command
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, PHONE_TAIL, Shop, Talk, at

WHOLE, REGION, HOUSE, OTHER = "⟨地址1⟩", "⟨地址2⟩", "⟨地址3⟩", "⟨地址4⟩"


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.addresses = {
        WHOLE: (),
        OTHER: (),
        REGION: ("detail",),
        HOUSE: ("city", "district"),
        f"{REGION}{HOUSE}": (),
    }
    return shop


def change(talk: Talk, *commands: Command) -> None:
    talk.hear(say.start("change_address"), *commands)


def test_the_only_order_that_waits_is_meant_and_the_address_asked_for(talk: Talk) -> None:
    change(talk)
    assert (talk.turns[-1].said, talk.awaiting) == (["ask.address"], "address")
    assert talk.state.top is not None
    assert talk.state.top.slots["order"] == PAID


def test_a_whole_address_is_quoted_as_far_as_it_may_be_shown(talk: Talk, shop: Shop) -> None:
    change(talk, say.put("address", WHOLE))
    turn = talk.turns[-1]
    assert turn.said == ["quote.change_address", "confirm"]
    assert "浙江省杭州市余杭区****" in turn.text
    assert "电话不变" in turn.text
    talk.hear(say.YES)
    assert [accept.quote.details for accept in shop.accepted] == [{"address": WHOLE}]
    done = talk.receipt()
    assert done.said == ["receipt.change_address"]
    assert done.outcomes == [("case_created", "A1")]


def test_a_phone_that_goes_with_it_is_agreed_to_as_well(talk: Talk, shop: Shop) -> None:
    change(talk, say.put("address", WHOLE), say.put("phone", "⟨手机1⟩"))
    assert "139****0000" in talk.turns[-1].text
    talk.hear(say.YES)
    assert shop.accepted[0].quote.details == {"address": WHOLE, "phone": "⟨手机1⟩"}


def test_four_digits_are_no_phone_of_an_address(talk: Talk, shop: Shop) -> None:
    change(talk, say.put("address", WHOLE), say.put("phone", "8000"))
    talk.hear(say.YES)
    assert shop.accepted[0].quote.details == {"address": WHOLE}


def test_proof_of_identity_is_no_phone_of_an_address(stranger: Talk, shop: Shop) -> None:
    change(stranger, say.put("address", WHOLE))
    assert stranger.awaiting == "verify"
    stranger.hear(say.order(PAID), say.put("phone", PHONE_TAIL))
    assert stranger.awaiting == "confirm"
    stranger.hear(say.YES)
    assert shop.accepted[0].quote.details == {"address": WHOLE}


def test_what_is_missing_is_asked_for_and_put_together(talk: Talk, shop: Shop) -> None:
    change(talk, say.put("address", REGION))
    assert (talk.turns[-1].said, talk.awaiting) == (["address_incomplete"], "address")
    assert "门牌号" in talk.turns[-1].text
    turn = talk.hear(say.put("address", HOUSE))
    assert turn.of(fx.ReadAddress)[0].before == REGION
    assert turn.said == ["quote.change_address", "confirm"]
    talk.hear(say.YES)
    assert shop.accepted[0].quote.details == {"address": f"{REGION}{HOUSE}"}


def test_the_third_incomplete_one_hands_over(talk: Talk) -> None:
    change(talk, say.put("address", REGION))
    talk.hear(say.put("address", "⟨地址8⟩"))
    assert talk.hear(say.put("address", "⟨地址9⟩")).handed_off == "three_misses"


def test_a_correction_at_the_confirmation_makes_a_new_quote(talk: Talk, shop: Shop) -> None:
    change(talk, say.put("address", WHOLE))
    turn = talk.hear(say.correct("address", OTHER))
    assert turn.said == ["quote.change_address", "confirm"]
    talk.hear(say.YES)
    assert [accept.quote.details["address"] for accept in shop.accepted] == [OTHER]


def test_a_part_said_at_the_confirmation_is_not_mixed_with_the_whole_before(talk: Talk, shop: Shop) -> None:
    change(talk, say.put("address", WHOLE))
    turn = talk.hear(say.correct("address", HOUSE))
    assert turn.of(fx.ReadAddress)[0].before is None
    assert turn.said == ["address_incomplete"]
    assert shop.accepted == []


def test_a_digression_asks_again_with_the_address(talk: Talk) -> None:
    change(talk, say.put("address", WHOLE))
    turn = talk.hear(say.ask("运费谁出"))
    assert turn.said[-1] == "confirm_again_change_address"
    assert "余杭区****" in turn.text


@pytest.mark.parametrize("status", [OrderStatus.SHIPPED, OrderStatus.DELIVERED])
def test_what_was_sent_is_refused_before_an_address_is_asked_for(talk: Talk, shop: Shop, status: OrderStatus) -> None:
    shop.change(PAID, status=status, shipped_at=at(20), delivered_at=at(21))
    change(talk, say.order(PAID))
    assert talk.turns[-1].said == ["refused.already_shipped"]
    assert talk.turns[-1].outcomes == [("refused", "A2")]


def test_a_second_change_is_refused_before_an_address_is_asked_for(talk: Talk, shop: Shop) -> None:
    shop.change(PAID, changes=(Change(kind=CaseKind.CHANGE_ADDRESS, at=at(20)),))
    change(talk)
    assert talk.turns[-1].said == ["refused.changed_once"]


def test_a_change_of_spec_before_does_not_stand_in_the_way(talk: Talk, shop: Shop) -> None:
    shop.change(PAID, changes=(Change(kind=CaseKind.CHANGE_SPEC, at=at(20)),))
    change(talk, say.put("address", WHOLE))
    assert talk.awaiting == "confirm"


def test_an_unpaid_order_may_be_changed(talk: Talk, shop: Shop) -> None:
    shop.keep_only(PAID, DELIVERED)
    shop.change(PAID, status=OrderStatus.UNPAID, paid_at=None)
    change(talk, say.put("address", WHOLE))
    assert talk.turns[-1].said == ["quote.change_address", "confirm"]
