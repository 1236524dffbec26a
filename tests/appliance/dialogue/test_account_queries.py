"""Coupons, balance and membership: what the order system keeps is told, empty or not; what was being done goes on."""

from datetime import timedelta

import msgspec
import pytest

from appliance.aftersales.orders.model import Coupon, Level
from appliance.dialogue import account
from appliance.dialogue import effects as fx
from tests.appliance.dialogue import say
from tests.appliance.dialogue.world import NOW, Shop, Talk


def coupon(title: str, days: int, *, least_fen: int = 0, status: str = "usable") -> Coupon:
    return Coupon(
        coupon_id=title,
        title=title,
        amount_fen=1000,
        min_spend_fen=least_fen,
        expires_at=NOW + timedelta(days=days),
        status=status,
    )


@pytest.mark.parametrize(
    ("coupons", "variant", "said", "unsaid"),
    [
        ((), "none", "没有可以用的优惠券", "张"),
        ((coupon("旧券", 30, status="used"), coupon("过期券", -1)), "none", "没有可以用的优惠券", "旧券"),
        ((coupon("满减券", 30, least_fen=9900),), "some", "满减券（满99元减10元，12月21日到期）", "一周内"),
        ((coupon("无门槛", 30), coupon("快到期", 3)), "ending", "1张一周内到期，最早的11月24日", "无门槛，满"),
        (tuple(coupon(f"券{n}", 20 + n) for n in range(7)), "many", "您有7张", "券6"),
    ],
)
def test_coupons_are_told(
    talk: Talk, shop: Shop, coupons: tuple[Coupon, ...], variant: str, said: str, unsaid: str
) -> None:
    shop.customer = msgspec.structs.replace(shop.customer, coupons=coupons)
    turn = talk.hear(say.start("coupon_query"))
    assert (turn.said, turn.outcomes) == ([f"coupons.{variant}"], [("answered", None)])
    assert said in turn.text
    assert unsaid not in turn.text


def test_the_coupon_that_ends_first_stands_first() -> None:
    of = fx.Account(coupons=(coupon("后", 9), coupon("先", 2)))
    told = account.coupons(of, NOW)[1]
    assert [each["title"] for each in told["coupons"]] == ["先", "后"]


@pytest.mark.parametrize(("balance_fen", "points", "variant"), [(0, 0, "empty"), (8850, 0, "some"), (0, 120, "some")])
def test_balance_and_points_are_told(talk: Talk, shop: Shop, balance_fen: int, points: int, variant: str) -> None:
    shop.customer = msgspec.structs.replace(shop.customer, balance_fen=balance_fen, points=points)
    turn = talk.hear(say.start("balance_query"))
    assert turn.said == [f"balance.{variant}"]
    assert f"余额是{balance_fen / 100:g}" in turn.text


@pytest.mark.parametrize(
    ("benefits", "days", "variant", "said"),
    [
        (("生日礼券", "专属客服"), 40, "until", "有效期到2026年12月31日，积分0分。会员权益有：生日礼券、专属客服"),
        (("免邮",), None, "lasting", "您是金卡会员，积分0分。会员权益有：免邮"),
        ((), None, "none", "目前没有专属权益"),
        (("免邮",), -1, "ended", "11月20日到期了"),
    ],
)
def test_the_level_is_told_with_its_end(
    talk: Talk, shop: Shop, benefits: tuple[str, ...], days: int | None, variant: str, said: str
) -> None:
    until = None if days is None else NOW + timedelta(days=days)
    shop.customer = msgspec.structs.replace(shop.customer, level=Level.GOLD, benefits=benefits, level_expires_at=until)
    turn = talk.hear(say.start("member_benefits"))
    assert turn.said == [f"benefits.{variant}"]
    assert said in turn.text


@pytest.mark.parametrize("flow", ["coupon_query", "balance_query", "member_benefits"])
def test_nobody_is_told_before_he_is_known(stranger: Talk, flow: str) -> None:
    turn = stranger.hear(say.start(flow))
    assert (turn.said, turn.of(fx.ReadAccount)) == (["verify.ask"], [])


@pytest.mark.parametrize("flow", ["coupon_query", "balance_query", "member_benefits"])
def test_asked_in_between_the_quote_stands(quoted: Talk, flow: str) -> None:
    turn = quoted.hear(say.start(flow))
    assert turn.said[1:] == ["back_to", "confirm_again"]
    assert quoted.hear(say.YES).of(fx.Accept) != []
