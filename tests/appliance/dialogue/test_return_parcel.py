"""The number of a parcel that was sent back: heard at any time, laid to a case, checked, read back, noted once."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from appliance.aftersales.orders.model import CaseKind, CaseLine, CaseReceipt, CaseStatus, OrderCase
from appliance.aftersales.parcels import rules
from appliance.dialogue import effects as fx
from appliance.dialogue import incoming
from appliance.ids import LineId, OperationId
from models.commands import Command
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, NOW, SHIPPED, Shop, Talk

NUMBER = "SF1234567890999"


def waiting(case_id: str = "SV1", line: str = "L1", kind: CaseKind = CaseKind.RETURN_REFUND) -> OrderCase:
    return OrderCase(
        case_id=case_id,
        kind=kind,
        status=CaseStatus.OPEN,
        stage="awaiting_parcel",
        lines=(CaseLine(line_id=LineId(line), quantity=1),),
        refund_fen=100,
    )


def told(number: str | None = NUMBER, carrier: str | None = "顺丰") -> tuple[Command, ...]:
    slots = {"return_tracking_no": number, "carrier": carrier}
    return (say.start("return_refund"), *(say.put(name, value) for name, value in slots.items() if value))


@pytest.fixture
def sent(shop: Shop) -> Shop:
    shop.change(DELIVERED, cases=(waiting(),))
    return shop


def test_a_number_is_read_back_and_a_plain_yes_notes_it_on_the_case(sent: Shop, talk: Talk) -> None:
    assert talk.hear(*told()).said == ["quote.return_parcel", "confirm"]
    talk.hear(say.YES)
    quote = sent.accepted[0].quote
    assert (quote.kind, quote.total_fen, quote.order_id) == (CaseKind.RETURN_PARCEL, 0, DELIVERED)
    assert quote.details == {"return_case": "SV1", "carrier": "顺丰", "return_tracking_no": NUMBER}


def test_where_to_send_it_is_told_of_each_case_that_waits(shop: Shop, talk: Talk) -> None:
    """In whatever conversation: the general answer, that it will be told, has come true."""
    repaired = replace(waiting("SV3", "L2", CaseKind.REPAIR), stage="inspecting")
    shop.change(DELIVERED, cases=(waiting(), waiting("SV2", "L2", CaseKind.EXCHANGE), repaired))
    shop.return_addresses = {"SV1": "杭州市余杭区仓前街道1号仓"}
    turn = talk.hear(say.ask("退货地址是哪里"))
    assert turn.said == ["return_address", "return_address"]
    assert "「轻跑运动鞋」的退货退款请寄到：杭州市余杭区仓前街道1号仓。售后单号SV1" in turn.text
    assert "「运动短袖」的换货，寄回地址请看订单页的售后详情。售后单号SV2" in turn.text
    assert turn.outcomes == [("answered", None)]


def test_where_to_send_it_is_told_once_a_case_is_there(talk: Talk) -> None:
    assert talk.hear(say.ask("退货地址是哪里")).said == ["knowledge.return_address"]


def test_the_receipt_tells_number_and_carrier(sent: Shop, talk: Talk) -> None:
    talk.hear(*told())
    talk.hear(say.YES)
    receipt = CaseReceipt(
        case_id="OP1",
        operation_id=OperationId(UUID(sent.own_cases[DELIVERED][0].operation_id)),
        kind=CaseKind.RETURN_PARCEL,
        status=CaseStatus.FINISHED,
        refund_fen=0,
        created_at=NOW,
    )
    done = talk.happen(incoming.Done(operation_id=str(receipt.operation_id), receipt=receipt))
    assert done.said == ["receipt.return_parcel"]
    assert "顺丰" in done.text
    assert NUMBER in done.text


@pytest.mark.parametrize("kind", [CaseKind.RETURN_REFUND, CaseKind.EXCHANGE, CaseKind.REPAIR])
def test_every_kind_that_sends_goods_back_takes_a_number(shop: Shop, talk: Talk, kind: CaseKind) -> None:
    shop.change(DELIVERED, cases=(waiting(kind=kind),))
    assert talk.hear(*told()).said == ["quote.return_parcel", "confirm"]


def test_the_carrier_is_inferred_where_one_alone_has_such_numbers(sent: Shop, talk: Talk) -> None:
    talk.hear(*told("YT1234567890123", None))
    talk.hear(say.YES)
    assert sent.accepted[0].quote.details["carrier"] == "圆通"


def test_the_carrier_is_asked_where_two_have_such_numbers(sent: Shop, talk: Talk) -> None:
    assert talk.hear(*told("123456789012", None)).said == ["ask.carrier"]
    assert talk.hear(say.put("carrier", "中通")).said == ["quote.return_parcel", "confirm"]


def test_the_letters_that_are_left_out_when_a_number_is_read_aloud_are_put_before_it(sent: Shop, talk: Talk) -> None:
    talk.hear(*told("1234567890123", "顺丰"))
    talk.hear(say.YES)
    assert sent.accepted[0].quote.details["return_tracking_no"] == "SF1234567890123"


def test_a_wrong_number_is_asked_again_and_the_third_time_a_person_takes_over(sent: Shop, talk: Talk) -> None:
    assert talk.hear(*told("SF12345678", "顺丰")).said == ["parcel_wrong_for"]
    assert talk.hear(say.put("return_tracking_no", "SF123456789")).said == ["parcel_wrong_for"]
    assert talk.hear(say.put("return_tracking_no", "SF1234567890")).handed_off == "three_misses"
    assert sent.accepted == []


def test_a_carrier_alone_is_asked_for_the_number(sent: Shop, talk: Talk) -> None:
    assert talk.hear(*told(None)).said == ["ask.return_tracking_no"]
    assert talk.hear(say.put("return_tracking_no", NUMBER)).said == ["quote.return_parcel", "confirm"]


def test_between_two_orders_the_customer_chooses_by_a_card(sent: Shop, talk: Talk) -> None:
    sent.change(SHIPPED, cases=(waiting("SV2"),))
    turn = talk.hear(*told())
    assert turn.said == ["ask.return_case"]
    assert f"slot:order={SHIPPED}" in turn.payloads
    talk.hear(say.order(SHIPPED))
    talk.hear(say.YES)
    assert sent.accepted[0].quote.details["return_case"] == "SV2"


def test_between_two_cases_of_one_order_he_chooses_the_goods(sent: Shop, talk: Talk) -> None:
    sent.change(DELIVERED, cases=(waiting(), waiting("SV2", "L2", CaseKind.EXCHANGE)))
    turn = talk.hear(*told())
    assert (turn.said, turn.payloads) == (["ask.return_case"], ["slot:line=L1", "slot:line=L2"])
    talk.hear(say.line("L2"))
    talk.hear(say.YES)
    assert sent.accepted[0].quote.details["return_case"] == "SV2"


def test_without_a_case_that_waits_nothing_is_noted(shop: Shop, talk: Talk) -> None:
    turn = talk.hear(*told())
    assert (turn.said, turn.outcomes) == (["parcel_none"], [("answered", None)])
    assert shop.accepted == []


def test_the_same_number_is_not_noted_twice_and_another_corrects_it(sent: Shop, talk: Talk) -> None:
    sent.change(DELIVERED, cases=(replace(waiting(), carrier="顺丰", tracking_no=NUMBER),))
    assert talk.hear(*told()).said == ["parcel_noted"]
    assert talk.hear(*told("SF1234567890777")).said == ["quote.return_parcel", "confirm"]


def test_a_number_that_is_put_right_before_the_yes_is_read_back_anew(sent: Shop, talk: Talk) -> None:
    talk.hear(*told())
    turn = talk.hear(say.correct("return_tracking_no", "SF1234567890777"))
    assert turn.said == ["quote.return_parcel", "confirm"]
    talk.hear(say.YES)
    assert sent.accepted[0].quote.details["return_tracking_no"] == "SF1234567890777"


def test_a_no_leaves_it_unwritten(sent: Shop, talk: Talk) -> None:
    talk.hear(*told())
    turn = talk.hear(say.NO)
    assert (turn.said, turn.outcomes, sent.accepted) == (["parcel_declined"], [("cancelled", "RP1")], [])


def test_the_parcel_that_an_order_came_with_is_looked_up_and_not_noted(sent: Shop, talk: Talk) -> None:
    turn = talk.hear(*told("YT9876543210", "圆通"))
    assert turn.said == ["trace.moving"]


def test_in_the_middle_of_another_request_it_waits_its_turn(sent: Shop, talk: Talk) -> None:
    talk.hear(say.start("cancel_order"))
    turn = talk.hear(*told())
    assert turn.said[0] == "noted"
    assert [(each.flow, dict(each.slots)) for each in talk.state.queue] == [
        ("return_refund", {"return_tracking_no": NUMBER, "carrier": "顺丰"})
    ]


def test_its_digits_are_no_proof_of_who_he_is(sent: Shop, stranger: Talk) -> None:
    turn = stranger.hear(*told(), numbers=("1234567890999",))
    assert turn.of(fx.VerifyProof) == []
    assert stranger.state.identity.failures == 0


@pytest.mark.parametrize(
    ("number", "carriers"),
    [
        ("SF1234567890123", ("顺丰",)),
        ("sf 1234-5678 90123", ("顺丰",)),
        ("75312345678901", ("中通",)),
        ("YT1234567890123", ("圆通",)),
        ("773123456789012", ("申通",)),
        ("4312345678901", ("韵达",)),
        ("431234567890123", ("韵达",)),
        ("888123456789", ("顺丰", "中通", "申通")),
        ("JT1234567890123", ("极兔",)),
        ("JDVA12345678901", ("京东",)),
        ("1112345678901", ("EMS",)),
        ("9812345678901", ("邮政",)),
        ("EA123456789CN", ("EMS",)),
        ("DPK300012345678", ("德邦",)),
        ("123456789012", ("顺丰", "中通")),
        ("12345678", ()),
    ],
)
def test_whose_number_it_can_be(number: str, carriers: tuple[str, ...]) -> None:
    assert rules.carriers_of(number) == carriers
