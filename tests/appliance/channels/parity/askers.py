"""Who asks policy: a customer in writing or on the phone, the shop's people at their desk, the shop's own systems."""

import re
from typing import Any

import httpx
import msgspec

from aftersales_client import ApiKey, AsyncClient
from aftersales_client.model import TraceEvent
from appliance.client import ChatClient, Conversation
from appliance.clock import SystemClock
from appliance.conversation.model import Channel
from appliance.evaluation.picture import png
from appliance.evaluation.registrar import ShopKeys
from models.commands import Flow, Reason
from tests.appliance.channels.parity.situations import NOW, OTHER_SPEC, Situation

OPENINGS = {
    Flow.RETURN_REFUND: "你好，我要退货。",
    Flow.REFUND_ONLY: "你好，我要申请仅退款。",
    Flow.CANCEL_ORDER: "你好，帮我取消订单。",
    Flow.EXCHANGE: "你好，我要换货。",
    Flow.RESEND: "你好，帮我补寄。",
    Flow.REPAIR: "你好，帮我申请保修维修。",
    Flow.PRICE_PROTECTION: "你好，降价了，帮我退差价。",
    Flow.CHANGE_SPEC: "你好，帮我改一下规格。",
    Flow.CHANGE_ADDRESS: "你好，帮我改一下收货地址。",
    Flow.URGE_SHIPMENT: "你好，怎么还不发货，催一下。",
    Flow.INVOICE: "你好，帮我开发票。",
}
BECAUSE = {
    Reason.SEVEN_DAY: "七天无理由。",
    Reason.QUALITY: "质量有问题。",
    Reason.DAMAGED: "收到就碎了。",
    Reason.WRONG_ITEM: "发错货了。",
    Reason.MISSING_ITEM: "少发了。",
    Reason.NOT_RECEIVED: "一直没收到货。",
    Reason.SIZE: "尺寸不合适。",
    Reason.NOT_AS_DESCRIBED: "和描述不符。",
    Reason.COUNTERFEIT: "是假货。",
    Reason.LATE_DELIVERY: "发货太慢了。",
    Reason.DUPLICATE_ORDER: "拍重了。",
    Reason.CHANGED_MIND: "不想要了。",
    Reason.PRICE_DROP: "降价了。",
    Reason.OTHER: "其他原因。",
}
MOST_QUESTIONS = 10
_MARKS = re.compile(r"[，。？！、\s]")
_NUMERALS = {"1件": "一件", "2件": "两件", "3件": "三件"}


def heard(words: str) -> str:
    """As a recogniser writes down what was said: no marks, numbers as they are spoken."""
    for written, spoken in _NUMERALS.items():
        words = words.replace(written, spoken)
    return _MARKS.sub("", words)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation, and what its customer was asked for before he was told."""

    conversation_id: str
    slots: frozenset[str]


class Customers:
    """Of one shop, each with a browser or a phone of his own."""

    def __init__(self, url: str, http: httpx.AsyncClient, keys: ShopKeys) -> None:
        self._chat = ChatClient(url, http)
        self._keys = keys

    async def ask(self, situation: Situation, channel: Channel, *, is_agreed: bool = False) -> Asked:
        """Up to where the bot waits for nothing more that a customer of this situation has; agreed: for the receipt."""
        token = self._keys.token(situation.customer.customer_id, SystemClock())
        opened = await self._chat.start(self._keys.shop, channel=channel, token=token, business_now=NOW)
        async with opened as conversation:
            slots = await self._ask(conversation, situation, channel)
            if is_agreed:
                await conversation.say(heard("确认。") if channel is Channel.VOICE else "确认。")
                await conversation.until(lambda: conversation.awaiting == "receipt")
        return Asked(conversation_id=conversation.conversation_id, slots=frozenset(slots))

    async def _ask(self, conversation: Conversation, situation: Situation, channel: Channel) -> list[str]:
        slots: list[str] = []
        words: str | None = OPENINGS[situation.flow]
        while words is not None:
            assert len(slots) < MOST_QUESTIONS, f"asked for {slots}: {situation}"
            if slots[-1:] == ["evidence"] and situation.has_photo:
                sent = await conversation.show(await conversation.upload(png()))
            else:
                sent = await conversation.say(heard(words) if channel is Channel.VOICE else words)
            await conversation.flush()
            slots.append(await conversation.turn_end(sent) or "")
            words = _answers(situation).get(slots[-1])
        return slots


def _answers(situation: Situation) -> dict[str, str]:
    return {
        "reason": BECAUSE[situation.reason],
        "line": "就是台灯。",
        "quantity": f"{situation.wanted}件。",
        "spec": f"{OTHER_SPEC}。",
        "address": "浙江省杭州市余杭区良睦路12号2单元1402室。",
        "invoice_title": "个人。",
        "evidence": "没有照片。",
    }


class Systems:
    """The shop's own, over the intranet API."""

    def __init__(self, url: str, http: httpx.AsyncClient, key: str) -> None:
        self._http = http
        self._url = url
        self._key = key
        self._client = AsyncClient(url, ApiKey(key), http=http)

    async def rulings(self, conversation_id: str) -> list[tuple[str, dict[str, Any]]]:
        """What was decided in a conversation as its log has it, each with the decision's id."""
        events = (await self._client.trace(conversation_id)).events
        return [(str(each.data["decision_id"]), _words(each)) for each in events if each.type == "decision.made"]

    async def decision(self, decision_id: str) -> dict[str, Any]:
        return await self._get(f"/decisions/{decision_id}")

    async def case(self, order_id: str) -> dict[str, Any]:
        """The only one of an order."""
        (found,) = (await self._get(f"/cases?order_id={order_id}"))["cases"]
        return dict(found)

    async def _get(self, path: str) -> dict[str, Any]:
        answer = await self._http.get(f"{self._url}/api/v1{path}", headers={"Authorization": f"Bearer {self._key}"})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def _words(event: TraceEvent) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(event.words or "{}")
    return found


class Desk:
    """Somebody of the shop's people, in a session of his own."""

    def __init__(self, url: str, http: httpx.AsyncClient, session: dict[str, str]) -> None:
        self._base = f"{url}/api/staff/v1"
        self._http = http
        self._session = session

    async def ruling(self, conversation_id: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.post(f"/conversations/{conversation_id}/rulings", body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def proposal(self, conversation_id: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Of a special refund, withdrawn at once so that it counts for nothing; None where nothing can be refunded."""
        words = {"conversation_id": conversation_id, "special_reason": "goodwill", "words": "老顾客"}
        answer = await self.post("/special-refunds", words | body)
        if answer.status_code == 409:
            assert answer.json()["code"] in {"not_special", "nothing_paid"}, answer.text
            return None
        assert answer.status_code == 201, answer.text
        proposed: dict[str, Any] = answer.json()
        assert (await self.post(f"/special-refunds/{proposed['proposal_id']}/withdraw", None)).status_code == 200
        return proposed

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self._http.post(self._base + path, json=body, headers=self._session)
