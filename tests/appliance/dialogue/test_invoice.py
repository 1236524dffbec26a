"""Invoices: for a person or a company, a tax id that is right, and nothing personal in clear (I1, I2)."""

import pytest

from appliance.aftersales.orders.model import Invoice, OrderStatus
from appliance.aftersales.policy.invoice_title import is_company
from appliance.dialogue import effects as fx
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import DELIVERED, PAID, SHIPPED, Shop, Talk, at

START = (say.start("invoice"), say.order(DELIVERED))
COMPANY = "成都青禾科技有限公司"
RIGHT, WRONG = "91330106MA27XK3N4F", "91330106MA27XK3N40"


@pytest.fixture
def asked(talk: Talk) -> Talk:
    """An invoice for a company is asked for, and its tax id awaited."""
    talk.hear(*START, say.put("invoice_title", COMPANY))
    assert talk.awaiting == "tax_id"
    return talk


def test_a_person_says_so_and_gets_one(talk: Talk) -> None:
    assert talk.hear(*START).said == ["ask.invoice_title"]
    turn = talk.hear(say.put("invoice_title", "个人"))
    assert turn.said == ["quote.invoice", "confirm"]
    assert "抬头：个人" in turn.text
    talk.hear(say.YES)
    assert talk.receipt().outcomes == [("case_created", "I1")]


def test_a_company_says_its_tax_id(asked: Talk, shop: Shop) -> None:
    turn = asked.hear(say.put("tax_id", RIGHT))
    assert turn.said == ["quote.invoice", "confirm"]
    accepted = asked.hear(say.YES).of(fx.Accept)[0]
    assert accepted.quote.details == {"invoice_title": COMPANY, "tax_id": shop.kept[RIGHT]}


def test_all_said_at_once_is_quoted_at_once(talk: Talk) -> None:
    turn = talk.hear(*START, say.put("invoice_title", COMPANY), say.put("tax_id", RIGHT))
    assert turn.said == ["quote.invoice", "confirm"]


def test_a_wrong_tax_id_is_asked_for_again(asked: Talk) -> None:
    turn = asked.hear(say.put("tax_id", WRONG))
    assert (turn.said, asked.awaiting) == (["tax_id_wrong"], "tax_id")
    assert asked.hear(say.put("tax_id", RIGHT)).said == ["quote.invoice", "confirm"]


def test_the_third_wrong_tax_id_hands_over(asked: Talk) -> None:
    asked.hear(say.put("tax_id", WRONG))
    asked.hear(say.put("tax_id", WRONG))
    turn = asked.hear(say.put("tax_id", "91330106MA27XK3N41"))
    assert (turn.handed_off, turn.outcomes) == ("three_misses", [("handed_off", "I2")])


def test_one_given_at_the_start_counts_as_one(talk: Talk) -> None:
    talk.hear(*START, say.put("invoice_title", COMPANY), say.put("tax_id", WRONG))
    assert talk.turns[-1].said == ["tax_id_wrong"]
    talk.hear(say.put("tax_id", WRONG))
    assert talk.hear(say.put("tax_id", WRONG)).handed_off == "three_misses"


def test_who_has_none_may_take_a_personal_one(asked: Talk) -> None:
    assert asked.hear(say.NO).said == ["tax_id_needed", "ask_again.tax_id"]
    turn = asked.hear(say.correct("invoice_title", "个人"))
    assert turn.said == ["quote.invoice", "confirm"]
    assert asked.hear(say.YES).of(fx.Accept)[0].quote.details == {"invoice_title": "个人"}


def test_who_never_says_one_is_handed_over(asked: Talk) -> None:
    for _ in range(4):
        assert asked.hear(say.NO).handed_off is None
    assert asked.hear(say.NO).handed_off == "three_misses"


def test_a_changed_title_is_quoted_anew(asked: Talk) -> None:
    asked.hear(say.put("tax_id", RIGHT))
    turn = asked.hear(say.correct("invoice_title", "杭州云杉信息技术有限公司"))
    assert turn.said == ["quote.invoice", "confirm"]
    assert "杭州云杉信息技术有限公司" in turn.text


def test_a_persons_name_is_kept_in_the_vault(talk: Talk, shop: Shop) -> None:
    talk.hear(*START, say.put("invoice_title", "张伟"))
    assert talk.awaiting == "confirm"
    assert talk.hear(say.YES).of(fx.Accept)[0].quote.details == {"invoice_title": shop.kept["张伟"]}


def test_a_question_in_between_shows_the_invoice_again(asked: Talk) -> None:
    asked.hear(say.put("tax_id", RIGHT))
    assert asked.hear(say.ask("运费谁出")).said[-1] == "confirm_again_invoice"


@pytest.mark.parametrize("order", [PAID, SHIPPED])
def test_before_receipt_there_is_none(talk: Talk, order: str) -> None:
    turn = talk.hear(say.start("invoice"), say.order(order))
    assert (turn.said, turn.outcomes) == (["refused.not_delivered"], [("refused", "I2")])


def test_a_second_one_is_refused_without_asking_for_whom(talk: Talk, shop: Shop) -> None:
    shop.change(DELIVERED, invoice=Invoice(title="个人", number="P1", issued_at=at(19)))
    turn = talk.hear(*START)
    assert (turn.said, turn.outcomes) == (["refused.already_invoiced"], [("refused", "I2")])


def test_orders_that_came_are_offered_first(talk: Talk, shop: Shop) -> None:
    shop.change(SHIPPED, status=OrderStatus.COMPLETED, delivered_at=at(19))
    turn = talk.hear(say.start("invoice"))
    assert turn.said == ["ask.order"]
    assert f"slot:order={PAID}" not in turn.payloads


@pytest.mark.parametrize(
    ("title", "has_tax_id", "expected"),
    [
        ("个人", True, False),
        ("⟨姓名1⟩", True, False),
        ("张伟", False, False),
        ("欧阳小明", False, False),
        ("张伟", True, True),
        ("合源商行", False, True),
        ("李记面店", False, True),
        ("⟨姓名1⟩餐饮店", False, True),
        (COMPANY, False, True),
        ("青禾乡村振兴办", False, True),
    ],
)
def test_companies_are_told_from_people(title: str, has_tax_id: bool, expected: bool) -> None:
    assert is_company(title, has_tax_id=has_tax_id) is expected
