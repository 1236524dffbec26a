"""Everything that code or flows can say has words, claims nothing that it may not, and fills its places from facts."""

import re
from collections.abc import Iterator
from datetime import timedelta
from string import Formatter
from typing import Any

import msgspec
import pytest

from appliance.aftersales.orders.model import (
    CaseKind,
    CaseLine,
    CaseReceipt,
    CaseStatus,
    Coupon,
    FreightPayer,
    Level,
    OrderCase,
    OrderStatus,
    Spec,
)
from appliance.aftersales.policy.model import Decision, LineDecision, Offer, Quote, QuoteLine, Refusal, Verdict
from appliance.aftersales.policy.pack import default_pack
from appliance.dialogue import account, facts
from appliance.dialogue import effects as fx
from appliance.dialogue.claims import claim_in
from appliance.dialogue.engine import SPOKEN_STAGES
from appliance.dialogue.flow_replies import CUSTOMERS_OWN
from appliance.dialogue.handoff_words import mood_facts, summary_facts
from appliance.dialogue.options import choose_line, choose_order, choose_spec
from appliance.dialogue.questions import QUOTED_TOPICS
from appliance.dialogue.render import Manner, Persona, Renderer, UnfoundedClaim
from appliance.dialogue.reply import Reply
from appliance.dialogue.state import Said
from appliance.errors import ConfigurationError
from appliance.ids import LineId, OperationId, OrderId, uuid7
from appliance.understanding import mood
from models.commands import Flow, HandoffReason, Reason
from models.llm.rephraser import TONES
from tests.appliance.dialogue.world import DELIVERED, DIALOGUE, FLOWS, NOW, PERSONA, RENDERER, SHIPPED, Shop

COLLECTED = {step.collect for flow in FLOWS for step in flow.steps if step.collect} - {"identity"}
OFFERED = {
    offer.flow
    for table in default_pack().tables.values()
    for row in table.rows.values()
    for offer in row.offers
    if offer.flow in FLOWS and not offer.after_receipt
}
REFUNDS = ("pending", "awaiting_parcel", "inspecting", "refunding", "open", "finished", "rejected")
SERVICES = (*REFUNDS, *(f"goods_{stage}" for stage in (*REFUNDS, "reshipped") if stage != "refunding"))
TOLD = {
    "order": [status.value for status in OrderStatus],
    "trace": ["moving", "no_trace", "delivered", "paid", "unpaid", "cancelled"],
    "refunds": ["none", "several", *SERVICES],
    "withdrawal": ["none", "sent", "received", "refunded", "reshipped", "order_cancelled", "withdrawn", "ended"],
    "coupons": ["none", "some", "ending", "many"],
    "balance": ["some", "empty"],
    "benefits": ["ended", "none", "until", "lasting"],
}


def written_in_code() -> set[str]:
    found: set[str] = set()
    for path in DIALOGUE.glob("*.py"):
        found |= set(re.findall(r"\.say\(\s*\"([a-z_.]+)\"", path.read_text(encoding="utf-8")))
    return found


def said_by_flows() -> Iterator[str]:
    for flow in FLOWS:
        for step in flow.steps:
            if step.say and step.tell:
                yield from (f"{step.say}.{key}" for key in TOLD[step.tell])
            elif step.say and step.say != "refusal":
                yield step.say
            if step.ask_knowledge:
                yield f"knowledge.{step.ask_knowledge}"


KEYS = sorted(
    {
        *written_in_code(),
        *said_by_flows(),
        *(f"{prefix}.{slot}" for prefix in ("ask", "ask_again") for slot in COLLECTED),
        *(f"{prefix}.{kind.value}" for prefix in ("quote", "receipt") for kind in CUSTOMERS_OWN),
        *(f"refused.{refusal.value}" for refusal in Refusal),
        *(f"handoff.{reason.value}" for reason in HandoffReason),
        *(f"offer.{flow.value}" for flow in OFFERED if flow),
        *("offer.several", "offer.quantity"),
        *(f"progress.{stage}" for stage in SPOKEN_STAGES),
        *(f"quote_answer.{topic}" for topic in QUOTED_TOPICS),
        *("notice", "welcome", "welcome_back", "order_not_found", "verify.failed"),
        *(f"soften.{level.value}" for level in mood.Level),
        *(
            "handoff_summary",
            "handoff_summary_none",
            "handoff_summary_mood",
            "handoff_summary_sounds",
            "handoff_summary_unheard",
        ),
        *("part.quote_line", "part.refused_line"),
        *(f"part.{name}" for name in ("goods", "coupon", "protected", "freight", "no_freight")),
        *(
            "operation_refused",
            "operation_handed_over",
            "operation_by_hand",
            "silence_first",
            "silence_last",
            "confirm",
            "confirm_again",
        ),
        *(f"option.{name}" for name in ("confirm", "decline", "yes", "no", "leave_it", "quantity", "reason", "flow")),
        *("card.order", "card.line"),
    }
)


@pytest.mark.parametrize("key", KEYS)
def test_everything_that_can_be_said_has_words(key: str) -> None:
    assert key in RENDERER


def test_the_scan_of_the_code_finds_what_is_said_there() -> None:
    assert {"quote_expired", "nothing_pending", "verify.tail", "unsupported"} <= written_in_code()


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("freight_payer", FreightPayer),
        ("freight_answer", FreightPayer),
        ("status", OrderStatus),
        ("reason", Reason),
        ("refusal", Refusal),
        ("flow", Flow),
        ("level", Level),
        ("mood", mood.Level),
        ("risk", mood.Risk),
        ("arrival", ("after_inspection", "within_days", "none")),
    ],
)
def test_every_member_of_a_closed_set_has_a_word(kind: str, members: Any) -> None:
    assert [member for member in members if RENDERER.word(kind, str(member)) == str(member)] == []


# Facts: what each reply may put into its places.


def sample_quote() -> dict[str, Any]:
    part = QuoteLine(line_id=LineId("L1"), title="跑鞋", quantity=1, gross_fen=39900, coupon_fen=100, refund_fen=39800)
    details = {"address": "⟨地址1⟩", "spec": "43码", "phone": "⟨手机1⟩", "invoice_title": "个人", "tax_id": "⟨税号1⟩"}
    details |= {"carrier": "顺丰", "return_tracking_no": "⟨单号1⟩", "withdrawn_kind": "exchange"}
    return facts.quote(
        Quote(
            flow=Flow.RETURN_REFUND,
            kind=CaseKind.RETURN_REFUND,
            order_id=DELIVERED,
            lines=(part,),
            goods_fen=39800,
            freight_fen=0,
            total_fen=39800,
            freight_payer=FreightPayer.MERCHANT,
            arrival="after_inspection",
            paid_by="支付宝",
            details=details,
        ),
        {"address": "浙江省杭州市余杭区****", "phone": "138****5678"},
    )


def sample_receipt() -> dict[str, Any]:
    receipt = CaseReceipt(
        case_id="F1",
        operation_id=OperationId(uuid7()),
        kind=CaseKind.RETURN_REFUND,
        status=CaseStatus.OPEN,
        refund_fen=39800,
        created_at=NOW,
        return_address="杭州",
    )
    return {**facts.receipt(receipt), "freight_payer": "merchant", "details": sample_quote()["details"]}


def sample_order(order_id: OrderId = SHIPPED) -> fx.OrderFacts:
    shop = Shop()
    case = OrderCase(
        case_id="F1",
        kind=CaseKind.REFUND_ONLY,
        status=CaseStatus.OPEN,
        lines=(CaseLine(line_id=LineId("L1"), quantity=1),),
        stage="refunding",
        refund_fen=100,
        expected_at=NOW,
        finished_at=NOW,
    )
    shop.change(order_id, cases=(case,), paid_by="支付宝", delivered_at=NOW)
    return fx.OrderFacts(order=shop.orders[order_id], free={}, now=NOW)


def sample_refusal() -> dict[str, Any]:
    offers = (Offer(quantity=1),)
    decision = Decision(
        flow=Flow.RETURN_REFUND,
        order_id=SHIPPED,
        verdict=Verdict.REFUSE,
        rule="R11",
        refusal=Refusal.RETURN_WINDOW,
        lines=(LineDecision(line_id=LineId("L1"), quantity=1, verdict=Verdict.REFUSE, rule="R11"),),
        facts={"days": 9, "window_days": 7, "lines": {"L1": {"cases": ["F1"]}}},
        offers=offers,
    )
    return facts.refusal(decision, sample_order(), NOW)


def sample(key: str) -> dict[str, Any]:
    head = "confirm_again" if key.startswith("confirm_again") else key.split(".")[0]
    order = sample_order()
    own = Shop().own_orders()[0]
    line = order.order.lines[0]
    if key in EXPLICIT:
        return EXPLICIT[key]
    match head:
        case "quote" | "confirm_again" | "quote_answer":
            return sample_quote()
        case "receipt" | "special":
            return sample_receipt()
        case "refused":
            return sample_refusal()
        case "status" | "trace" | "refunds":
            return {**facts.TELL["order" if head == "status" else head](order, NOW)[1]}
        case "progress":
            return {"refund_fen": 100, "case_kind": "repair"}
        case "handoff_summary":
            slots = {"order": DELIVERED, "reason": "quality"}
            return summary_facts({"flow": "return_refund", "slots": slots, "pictures": 1})
        case "handoff_summary_mood":
            return mood_facts({"mood": "angry", "risks": ["legal"]}, RENDERER.word) or {}
        case "handoff_summary_sounds":
            return {"sounds": "angry"}
        case "card":
            cards = {"card.order": choose_order(own), "card.line": choose_line(line), "card.spec": choose_spec(SPEC)}
            return cards[key].facts
    return EXPLICIT.get(key, EXPLICIT.get(head, {}))


TITLE = {"title": "退货退款"}
HOURS = {"hours": "9:00-21:00"}
COUPON = Coupon(coupon_id="C1", title="满减券", amount_fen=500, min_spend_fen=9900, expires_at=NOW, status="usable")
ACCOUNT = fx.Account(
    balance_fen=100,
    points=5,
    level_expires_at=NOW + timedelta(days=9),
    benefits=("生日礼券",),
    coupons=tuple(msgspec.structs.replace(COUPON, expires_at=NOW + timedelta(days=1)) for _ in range(6)),
)
SPEC = Spec(sku="S43", product="P", spec="43码", price_fen=39900, stock=0)
SPECS = {"title": "跑鞋", "spec": "43码", "specs": [{"part": "spec_gone", "spec": "43码"}], "for": "换货"}
REFUND = {"titles": ["跑鞋"], "refund_fen": 100, "case_kind": "repair"}
EXPLICIT: dict[str, dict[str, Any]] = {
    "ask": {"for": "退货退款", "title": "跑鞋", "free": 2, "phone": "⟨手机1⟩", "carriers": ["顺丰"], **HOURS},
    **{
        f"{asked}.evidence_by_{way}": {
            "for": "退货退款",
            "title": "跑鞋",
            "address": "a.example/p",
            "code": "12 34",
            "valid_min": 30,
        }
        for asked in ("ask", "ask_again")
        for way in ("code", "text")
    },
    "ask_again": {"for": "退货退款", "title": "跑鞋", "free": 2, "carriers": ["顺丰"]},
    "parcel_wrong_for": {"carrier": "顺丰"},
    "tax_id_wrong": {"tax_id": "⟨税号1⟩"},
    "callback_time_past": HOURS,
    "callback_time_closed": HOURS,
    "coupons": account.coupons(ACCOUNT, NOW)[1],
    "balance": account.balance(ACCOUNT, NOW)[1],
    "benefits": account.benefits(ACCOUNT, NOW)[1],
    "part.coupon_from": {"title": "满减券", "amount_fen": 500, "min_spend_fen": 9900, "expires_on": "11月22日"},
    "part.coupon_of": {"title": "满减券", "amount_fen": 500, "expires_on": "11月22日"},
    "receipt.leave_message": {"number": "A1B2C3D4", "phone": "⟨手机1⟩", "callback_at": "11月22日9:00"},
    **dict.fromkeys(("ask.spec", "ask_again.spec", "ask_same_spec"), SPECS),
    **dict.fromkeys(("spec_unknown", "spec_unclear", "spec_as_now", "part.spec", "part.spec_gone"), SPECS),
    "withdrawal_late": {"titles": ["跑鞋"], "case_kind": "exchange", "order_id": "O1"},
    "one_by_one": {"titles": ["跑鞋"]},
    "address_incomplete": {"missing": [{"part": "address_city"}, {"part": "address_detail"}]},
    "offer": {"titles": ["保修维修"], "left": 1},
    "clarify": {"titles": ["退货退款"]},
    "verify": {"for": "退货退款", "left": 2},
    "partly_refused": {"lines": [{"part": "refused_line", "title": "跑鞋", "refusal": "quantity"}]},
    "part.protected_line": {"title": "跑鞋", "quantity": 1, "difference_fen": 100},
    "choices": {"items": "“确认”或按1", "more": 0},
    "choices_more": {"items": "“确认”或按1", "more": 2},
    **{key: {"order_id": DELIVERED, "titles": ["跑鞋"]} for key in ("order_heard", "order_taken")},
    "part.choice": {"label": "确认", "key": 1},
    "part.rest": {"named": "跑鞋", "more": 2},
    "return_address": {"titles": ["跑鞋"], "case_kind": "repair", "case_id": "S1", "return_address": "杭州市"},
    "part.case_stage": {"stage": "refunding"},
    "part.case_stage_until": {"stage": "refunding", "expected_on": "11月22日"},
    **{f"part.refunds_{stage}": REFUND for stage in SERVICES},
    "refunds.several": {"order_id": "O1", "services": [{"part": "refunds_open", **REFUND}]},
    "part.quote_line": {"title": "跑鞋", "quantity": 1},
    "part.refused_line": {"title": "跑鞋", "refusal": "quantity"},
    "part.goods": {"goods_fen": 100},
    "part.coupon": {"coupon_fen": 100},
    "part.protected": {"protected_fen": 100},
    "part.freight": {"freight_fen": 100},
    "option.quantity": {"quantity": 1},
    "option.reason": {"reason": "quality"},
    "option.flow": {"flow": "repair"},
    "verify.tail_of_caller": {"order_id": "20261110123456"},
    "welcome_queues": {"minutes": "3"},
    "desk.assigned": {"badge": "1024"},
    "desk.taken_over": {"badge": "1024"},
    "desk.closed": {"hours": "09:00-18:00"},
    **dict.fromkeys(("cancelled", "noted", "next_request", "back_to", "resume"), TITLE),
    **dict.fromkeys(("operation_refused", "operation_handed_over", "operation_by_hand"), TITLE),
}


def places(reply: Reply) -> set[str]:
    wordings = (*reply.say, *reply.without, *reply.aloud, *reply.aloud_without)
    return {name for wording in wordings for _, name, _, _ in Formatter().parse(wording) if name}


@pytest.mark.parametrize("key", sorted(RENDERER.replies))
def test_no_reply_has_a_place_that_no_fact_fills(key: str) -> None:
    filled = set(RENDERER._values(sample(key), PERSONA))
    assert places(RENDERER.replies[key]) - filled == set()


@pytest.mark.parametrize("key", sorted(RENDERER.replies))
def test_every_reply_is_rendered_whole(key: str) -> None:
    said = Said(key=key, facts=sample(key), receipt="F1")
    text = RENDERER.render(said, PERSONA, "seed").text
    assert text
    assert re.search(r"[{}]|None|[a-z]+_[a-z]+", text) is None


@pytest.mark.control("K11")
@pytest.mark.parametrize("key", sorted(RENDERER.replies))
def test_a_claim_needs_a_receipt(key: str) -> None:
    reply = RENDERER.replies[key]
    wordings = (*reply.say, *reply.without, *reply.aloud, *reply.aloud_without)
    claims = [claim for wording in wordings if (claim := claim_in(wording))]
    assert reply.claims != "none" or claims == []
    if key.startswith(("receipt.", "progress.")):
        assert reply.claims == "receipt"
        with pytest.raises(UnfoundedClaim):
            RENDERER.render(Said(key=key, facts=sample(key)), PERSONA, "seed")


# Rendering.


def renderer(say: str, **more: Any) -> Renderer:
    return Renderer({"it": Reply(say=(say,), **more)}, {"stage": {"inspecting": "验收中"}})


def test_somebodys_words_are_cleaned_and_bounded() -> None:
    title = "<script>alert(1)</script>\u202e跑\u0000鞋\n" + "长" * 500
    text = renderer("「{title}」").render(Said(key="it", facts={"title": title}), PERSONA, "").text
    assert not set(text) & {"<", ">", "\u202e", "\u0000", "\n"}
    assert text.startswith("「＜script＞")
    assert len(text) <= 122


def test_a_place_in_somebodys_words_stays_words() -> None:
    text = renderer("「{title}」").render(Said(key="it", facts={"title": "{total}{0}{bot_name}"}), PERSONA, "").text
    assert text == "「{total}{0}{bot_name}」"


def test_a_word_outside_its_closed_set_is_cleaned_too() -> None:
    text = renderer("{stage}").render(Said(key="it", facts={"stage": "<b>移动中</b>"}), PERSONA, "").text
    assert text == "＜b＞移动中＜/b＞"


@pytest.mark.control("K11")
def test_what_somebodys_words_claim_is_blotted_out() -> None:
    said = Said(key="it", facts={"title": "已全额退款测试鞋", "titles": ["已为您取消"]})
    assert renderer("{title}和{titles}").render(said, PERSONA, "").text == "…测试鞋和「…」"


def test_money_is_said_in_yuan() -> None:
    assert renderer("{total}").render(Said(key="it", facts={"total_fen": 12345}), PERSONA, "").text == "123.45元"


def test_where_a_fact_is_missing_the_other_wording_is_used() -> None:
    short = renderer("到{place}了", without=("在路上",))
    assert short.render(Said(key="it", facts={"place": ""}), PERSONA, "").text == "在路上"
    assert short.render(Said(key="it", facts={"place": "杭州"}), PERSONA, "").text == "到杭州了"


def test_the_same_seed_gives_the_same_words() -> None:
    several = Renderer({"it": Reply(say=tuple("甲乙丙丁"))}, {})
    texts = {seed: several.render(Said(key="it"), PERSONA, seed).text for seed in "abcdefghij"}
    assert len(set(texts.values())) > 1
    assert all(several.render(Said(key="it"), PERSONA, seed).text == text for seed, text in texts.items())


def test_a_shop_may_speak_in_its_own_way() -> None:
    persona = Persona(shop_name="山野户外", bot_name="小野", call="您好，", oh="")
    text = RENDERER.text("notice", {}, persona)
    assert "山野户外" in text
    assert "小野" in text
    assert not RENDERER.text("welcome_back", {}, persona).startswith("亲")


@pytest.mark.parametrize(
    ("tone", "text"),
    [
        (Manner.WARM, "亲，我在，您好哦"),
        (Manner.PROFESSIONAL, "我在，您好"),
        (Manner.CONCISE, "我在，您好"),
    ],
)
def test_a_tone_has_its_own_way_of_calling_and_ending(tone: Manner, text: str) -> None:
    spoken = Renderer({"it": Reply(say=("{call}我在，您好{oh}",))}, RENDERER._words)
    assert spoken.text("it", {}, Persona(tone=tone)) == text
    assert spoken.text("it", {}, Persona(tone=tone, call="", oh="呢")) == "我在，您好呢"


def test_a_shop_may_welcome_in_its_own_words() -> None:
    persona = Persona(shop_name="山野户外", bot_name="小野", welcome="{shop_name}的{bot_name}来了，您请讲。")
    assert RENDERER.render(Said(key="welcome"), persona, "").text == "山野户外的小野来了，您请讲。"
    assert RENDERER.render(Said(key="welcome"), PERSONA, "").text == RENDERER.text("welcome", {}, PERSONA)


@pytest.mark.parametrize("welcome", ["已为您退款", "{order_id}您好", "{}", "好" * 201])
def test_a_welcome_claims_nothing_and_names_nothing_else(welcome: str) -> None:
    with pytest.raises(ValueError, match="welcome"):
        Persona(welcome=welcome)


@pytest.mark.parametrize("tone", Manner)
def test_every_reply_can_be_said_in_every_tone(tone: Manner) -> None:
    for key in RENDERER.replies:
        assert RENDERER.text(key, sample(key), Persona(tone=tone))


def test_the_language_model_knows_every_tone() -> None:
    assert set(Manner) == TONES


def test_a_reply_without_words_is_a_mistake_of_configuration() -> None:
    with pytest.raises(ConfigurationError, match="no reply has the key 'hello'"):
        RENDERER.render(Said(key="hello"), PERSONA, "")


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('[a]\nsay = ["已经为您退款"]\n', "reply 'a': claims '已经为您退款'"),
        ('[a]\nsay = ["好"]\nwithout = ["退款成功"]\n', "reply 'a': claims '退款成功'"),
        ('[a]\nsay = ["好"]\nclaims = "maybe"\n', "claims is none, facts or receipt, not 'maybe'"),
        ('[a]\nsay = ["好"]\ncolour = "red"\n', "unknown field `colour`"),
        ('[a]\nsay = "好\n', "words.of.mine.toml"),
    ],
)
def test_a_mistake_in_a_file_of_replies_is_refused(tmp_path: Any, toml: str, complaint: str) -> None:
    (tmp_path / "words.of.mine.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(ConfigurationError) as wrong:
        Renderer.load(tmp_path)
    assert complaint in wrong.value.detail
