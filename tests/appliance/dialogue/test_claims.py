"""The claim checker: words that say something was done are found, words that say what may be done are not."""

import pytest

from appliance.dialogue.claims import claim_in, without_claims

CLAIMS = [
    "已退款",
    "已经为您退款了",
    "已帮您取消订单",
    "已为您成功登记",
    "您的订单已取消",
    "已全额退款",
    "已原路退款",
    "刚刚帮您提交了",
    "都退货了",
    "退款成功",
    "取消完成",
    "登记好了",
    "受理完毕",
    "退款已到账",
    "退款到位",
    "您的申请已受理",
    "工单已提交",
    "换货已办理",
    "已批准您的申请",
    "保证退给您",
    "一定会退款",
    "肯定能给您赔",
    "发票已开票",
    "已给您补发",
    "登记好啦",
    "退款好喽",
    "换货好咯",
    "取消好嘞",
]
PLAIN = [
    "可以申请退款",
    "退款一般1到3个工作日到",
    "要取消订单吗",
    "确认提交吗",
    "没有提交任何申请",
    "您可以申请换货",
    "需要退货的话告诉我",
    "订单已发货",
    "包裹已签收",
    "退款需要您先寄回商品",
    "质量问题由我们承担运费",
    "请问是哪一笔订单要退货",
    "什么都没有提交",
    "",
]


@pytest.mark.parametrize("text", CLAIMS)
def test_a_claim_is_found(text: str) -> None:
    assert claim_in(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_claims_nothing_passes(text: str) -> None:
    assert claim_in(text) is None


@pytest.mark.parametrize("text", CLAIMS)
def test_blotted_out_nothing_is_claimed(text: str) -> None:
    assert claim_in(without_claims(f"「{text}」")) is None


@pytest.mark.parametrize("text", PLAIN)
def test_what_claims_nothing_is_left_as_it_is(text: str) -> None:
    assert without_claims(text) == text
