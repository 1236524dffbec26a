"""Everything that the edges need, small and in memory: shops, pictures, systems, a journal, and the web application."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_network
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from litestar import Litestar

from appliance.aftersales.evidence import rules
from appliance.aftersales.evidence.model import Evidence, Picture
from appliance.channels.intranet.ai_label import AiLabel
from appliance.channels.intranet.http import Intranet, intranet_router
from appliance.channels.intranet.ports import OrderEvent, PushRules
from appliance.channels.intranet.service import OrderEventIntake
from appliance.channels.web.http import Starts, chat_router
from appliance.channels.web.pages import Pages
from appliance.channels.web.service import Chat
from appliance.channels.web.socket import Pace
from appliance.channels.web.widget import Wardrobe
from appliance.clock import FixedClock
from appliance.errors import Conflict, NotFound, TooLarge, TooManyRequests
from appliance.identity import customer_token
from appliance.identity.access_token import AccessTokens
from appliance.identity.errors import ApiKeyNotValid, NotGranted
from appliance.identity.model import ApiClient, Needed, Scope, Secret, SecretPurpose, Shop, ShopIdentity
from appliance.identity.signed_clients import SignedCall
from appliance.identity.widgets import Widget
from appliance.ids import ConversationId, CustomerId, ShopId, SubjectId, uuid7
from appliance.web.app import WebParts, create_web
from appliance.web.origin import Origins
from appliance.web.rate import Left, Rate
from security.access.errors import SignatureRefused
from security.access.model import Origin
from tests.appliance.channels.fake_conversations import AI_LABEL, FakeConversations, FakePeople

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SHOP = ShopId("demo")
OTHER_SHOP = ShopId("other")
MOST_IMAGE_BYTES = 256 * 1024


class Root:
    def __init__(self, key: bytes = b"root") -> None:
        self._key = key

    def mac(self, message: bytes) -> bytes:
        return hashlib.sha256(self._key + message).digest()


class FakeShops:
    def __init__(self) -> None:
        self.kept = {shop: _shop(shop) for shop in (SHOP, OTHER_SHOP)}

    async def get(self, shop: ShopId) -> ShopIdentity:
        try:
            return self.kept[shop]
        except KeyError:
            raise NotFound("no such shop") from None

    def secret(self, purpose: SecretPurpose, shop: ShopId = SHOP) -> str:
        return self.kept[shop].valid(purpose, NOW)[0]


class FakeWidgets:
    def __init__(self) -> None:
        self.kept = {
            shop: Widget(
                name="示范店", persona={"bot_name": "小鹿"}, origins=[], accent=None, avatar=None, has_calls=False
            )
            for shop in (SHOP, OTHER_SHOP)
        }

    async def of(self, shop: ShopId) -> Widget:
        try:
            return self.kept[shop]
        except KeyError:
            raise NotFound("no such shop") from None

    def dress(self, shop: ShopId, **look: Any) -> None:
        self.kept[shop] = msgspec.structs.replace(self.kept[shop], **look)


class FakeImages:
    """Real checks, kept unsealed in memory."""

    most_bytes = MOST_IMAGE_BYTES

    def __init__(self) -> None:
        self.kept: dict[UUID, tuple[Evidence, Picture]] = {}

    async def keep(self, shop: ShopId, conversation: ConversationId, content: bytes) -> Evidence:
        if len(content) > self.most_bytes:
            raise TooLarge("too large")
        picture = rules.inspect(content)
        evidence = Evidence(
            shop_id=shop,
            evidence_id=uuid7(),
            conversation_id=conversation,
            subject_id=SubjectId(uuid4()),
            media_type=picture.media_type,
            size_bytes=len(content),
            width=picture.width,
            height=picture.height,
            sha256=sha256(content).digest(),
            received_at=NOW,
        )
        self.kept[evidence.evidence_id] = (evidence, picture)
        return evidence

    async def find(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Evidence:
        return self._find(shop, conversation, evidence_id)[0]

    async def open(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> Picture:
        return self._find(shop, conversation, evidence_id)[1]

    def _find(self, shop: ShopId, conversation: ConversationId, evidence_id: UUID) -> tuple[Evidence, Picture]:
        found = self.kept.get(evidence_id)
        if found is None or (found[0].shop_id, found[0].conversation_id) != (shop, conversation):
            raise NotFound("no such picture in this conversation")
        return found


class FakeClients:
    def __init__(self) -> None:
        self.keys: dict[str, ApiClient] = {}

    def add(self, *scopes: Scope, shop: ShopId = SHOP) -> str:
        key = f"ak_{shop}_{uuid4().hex}"
        self.keys[key] = ApiClient(shop_id=shop, key_id=uuid7(), name="erp", scopes=frozenset(scopes), created_at=NOW)
        return key

    async def authenticate(self, key: str, needed: Needed) -> ApiClient:
        return (await self.recognise(key)).cleared(needed)

    async def recognise(self, key: str) -> ApiClient:
        client = self.keys.get(key)
        if client is None:
            raise ApiKeyNotValid("the API key is not valid")
        return client


class FakeSigned:
    """Takes the signature ``good`` of any client of the shop."""

    async def authenticate(self, call: SignedCall, needed: Needed) -> ApiClient:
        if call.signature != "good":
            raise SignatureRefused("the signature does not fit")
        return ApiClient(shop_id=SHOP, key_id=uuid7(), name="erp", scopes=frozenset({needed.scope}), created_at=NOW)


class FakeRefusals:
    """Why, for what; and who, where they had proved that."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str, ShopId | None, UUID | None]] = []

    async def note_system(self, error: Exception, what: str, origin: Origin) -> None:  # noqa: ARG002
        known = (error.shop, error.system) if isinstance(error, NotGranted) else (None, None)
        self.noted.append((getattr(error, "code", ""), what, *known))


class FakeLooks:
    """Which system read how many events of which conversation."""

    def __init__(self) -> None:
        self.noted: list[tuple[UUID, UUID, int]] = []

    async def note(self, client: ApiClient, conversation_id: ConversationId, events: int, origin: Origin) -> None:  # noqa: ARG002
        self.noted.append((client.key_id, conversation_id, events))


class FakeJournal:
    def __init__(self) -> None:
        self.taken: dict[tuple[ShopId, str], bool] = {}
        self.signed: dict[tuple[ShopId, bytes], str] = {}

    async def take(self, shop: ShopId, event_id: str, signed_sha256: bytes | None) -> bool:
        if (shop, event_id) in self.taken:
            return not self.taken[shop, event_id]
        if signed_sha256 is not None and self.signed.setdefault((shop, signed_sha256), event_id) != event_id:
            raise Conflict("the same signed message was sent before under another event id")
        self.taken[shop, event_id] = False
        return True

    async def finish(self, shop: ShopId, event_id: str) -> None:
        self.taken[shop, event_id] = True


class FakeOrderEvents:
    def __init__(self) -> None:
        self.applied: list[tuple[ShopId, OrderEvent]] = []
        self.fails_with: Exception | None = None
        self.pushes: dict[ShopId, PushRules] = {}

    async def rules(self, shop: ShopId) -> PushRules | None:
        return self.pushes.get(shop)

    async def apply(self, shop: ShopId, event: OrderEvent) -> None:
        if self.fails_with is not None:
            raise self.fails_with
        self.applied.append((shop, event))


class FakeAllowances:
    """``ports.Calls``, in memory."""

    def __init__(self, per_min: int) -> None:
        self._limit = per_min
        self._rate = Rate(per_min)

    async def take(self, shop: ShopId, caller: str) -> Left:
        try:
            self._rate.take((shop, caller))
        except TooManyRequests as refused:
            return Left(limit=self._limit, remaining=0, whole_in_s=60, wait_s=refused.wait_s)
        return Left(limit=self._limit, remaining=self._limit - 1, whole_in_s=1)


@dataclass
class World:
    is_evaluation: bool = False
    producer: str = ""
    pace: Pace = field(default_factory=Pace)
    per_min: int = 10_000
    """How often the same one may ask."""
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    shops: FakeShops = field(default_factory=FakeShops)
    images: FakeImages = field(default_factory=FakeImages)
    clients: FakeClients = field(default_factory=FakeClients)
    journal: FakeJournal = field(default_factory=FakeJournal)
    order_events: FakeOrderEvents = field(default_factory=FakeOrderEvents)
    refusals: FakeRefusals = field(default_factory=FakeRefusals)
    looks: FakeLooks = field(default_factory=FakeLooks)

    def __post_init__(self) -> None:
        self.conversations = FakeConversations(self.clock)
        self.widgets = FakeWidgets()
        self.ai_label = AiLabel(producer=self.producer, in_words=AI_LABEL, models=("compact/1a2b3c",))
        self.tokens = AccessTokens(Root(), self.clock)
        chat = Chat(
            conversations=self.conversations,
            people=FakePeople(),
            images=self.images,
            shops=self.shops,
            tokens=self.tokens,
            clock=self.clock,
            messages=Rate(self.per_min),
            is_evaluation=self.is_evaluation,
        )
        intake = OrderEventIntake(
            events=self.order_events,
            journal=self.journal,
            shops=self.shops,
            clock=self.clock,
            calls=FakeAllowances(self.per_min),
        )
        intranet = Intranet(
            clients=self.clients,
            signed=FakeSigned(),
            traces=self.conversations,
            ai_label=self.ai_label,
            intake=intake,
            refusals=self.refusals,
            looks=self.looks,
            calls=FakeAllowances(self.per_min),
        )
        starts = Starts(Rate(self.per_min), Origins([ip_network("10.9.0.0/16")]))
        routers = [
            chat_router(chat, starts, Pages(self.widgets), Wardrobe(self.widgets, AI_LABEL), self.pace),
            intranet_router(intranet),
        ]
        self.web: Litestar = create_web(WebParts(routers=routers, version="1"))

    def http(self, address: str = "127.0.0.1") -> httpx.AsyncClient:
        app: Any = self.web
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=(address, 1))
        return httpx.AsyncClient(transport=transport, base_url="http://appliance")

    def customer_token(self, customer: str = "U1001", life: timedelta = timedelta(minutes=30)) -> str:
        return customer_token.sign(
            CustomerId(customer),
            shop=SHOP,
            secret=self.shops.secret(SecretPurpose.CUSTOMER_TOKEN),
            token_id=uuid4().hex,
            now=self.clock.now(),
            life=life,
        )


class Customer:
    """A customer with a conversation of their own, over HTTP."""

    def __init__(self, http: httpx.AsyncClient, opened: dict[str, Any]) -> None:
        self.http = http
        self.conversation_id = ConversationId(UUID(opened["conversation_id"]))
        self.access_token: str = opened["access_token"]
        self.path = f"/api/chat/v1/conversations/{self.conversation_id}"
        self.headers = {"Authorization": f"Bearer {self.access_token}"}

    @classmethod
    async def start(cls, http: httpx.AsyncClient, **body: Any) -> "Customer":
        answer = await http.post("/api/chat/v1/conversations", json={"shop": SHOP, **body})
        assert answer.status_code == 201, answer.text
        return cls(http, answer.json())

    async def post(self, what: str, body: Any = None) -> httpx.Response:
        return await self.http.post(f"{self.path}/{what}", json=body, headers=self.headers)

    async def get(self, what: str, **query: Any) -> httpx.Response:
        return await self.http.get(f"{self.path}/{what}", params=query, headers=self.headers)

    async def say(self, text: str, message_id: str | None = None) -> httpx.Response:
        body = {"type": "text", "client_message_id": message_id or uuid4().hex, "text": text}
        return await self.post("messages", body)

    async def upload(self, content: bytes, media_type: str = "image/png") -> httpx.Response:
        headers = {**self.headers, "Content-Type": media_type}
        return await self.http.post(f"{self.path}/images", content=content, headers=headers)


def _shop(shop: ShopId) -> ShopIdentity:
    secrets = tuple(
        Secret(secret_id=uuid7(), purpose=purpose, value=f"{shop}-{purpose}-".ljust(43, "x"), created_at=NOW)
        for purpose in SecretPurpose
    )
    return ShopIdentity(shop=Shop(shop_id=shop, name=shop, created_at=NOW), secrets=secrets)
