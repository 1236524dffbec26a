"""What a customer's browser may ask for, over HTTP or a socket. Who asks is checked here; what is said is passed on."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import msgspec

from appliance.aftersales.evidence.model import Evidence, Picture
from appliance.channels.web.ports import Conversations, Images, People, QueuePlace, ShopDirectory, Watch
from appliance.channels.web.words import within_limit
from appliance.clock import Clock
from appliance.conversation.model import Channel, Choice, CustomerMessage, Image, Speaker, Text, Visible
from appliance.errors import NotFound, Unavailable
from appliance.identity import customer_token
from appliance.identity.access_token import AccessTokens
from appliance.identity.model import ConversationAccess, SecretPurpose, shop_id_from
from appliance.ids import ConversationId, CustomerId, ShopId
from appliance.web.rate import Rate

T = TypeVar("T")


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation that was started, and the token that all further calls need."""

    conversation_id: ConversationId
    access_token: str
    expires_at: datetime


class Begun(Opened, frozen=True, kw_only=True):
    ai_label: str
    """To be shown beside the conversation as long as it lasts."""


class Chat:
    def __init__(
        self,
        *,
        conversations: Conversations,
        people: People,
        images: Images,
        shops: ShopDirectory,
        tokens: AccessTokens,
        clock: Clock,
        messages: Rate,
        is_evaluation: bool = False,
    ) -> None:
        """``messages``: how many of them, and of pictures, one conversation may bring."""
        self.is_evaluation = is_evaluation
        self.most_image_bytes = images.most_bytes
        self._conversations = conversations
        self._people = people
        self._images = images
        self._shops = shops
        self._tokens = tokens
        self._clock = clock
        self._messages = messages

    async def start(
        self, shop_id: str, channel: Channel, token: str | None, business_now: datetime | None = None
    ) -> Begun:
        shop = shop_id_from(shop_id)
        customer = await self._customer(shop, token)
        offset = business_now - self._clock.now() if business_now else timedelta(0)
        started = await self._conversations.start(shop=shop, channel=channel, customer=customer, business_offset=offset)
        access_token, expires_at = self._tokens.issue(shop, started.conversation_id)
        return Begun(
            conversation_id=started.conversation_id,
            access_token=access_token,
            expires_at=expires_at,
            ai_label=started.ai_label,
        )

    def renew(self, access: ConversationAccess) -> Opened:
        """Another token for the same conversation, with a whole life; the present one ends when it would have."""
        access_token, expires_at = self._tokens.issue(access.shop_id, access.conversation_id)
        return Opened(conversation_id=access.conversation_id, access_token=access_token, expires_at=expires_at)

    def access(self, token: str, conversation_id: UUID) -> ConversationAccess:
        """NotFound if the token is for another conversation: whether that one exists is nobody's business."""
        access = self._tokens.open(token)
        if access.conversation_id != conversation_id:
            raise NotFound("no such conversation")
        return access

    def has_expired(self, access: ConversationAccess) -> bool:
        return access.expires_at <= self._clock.now()

    async def say(self, access: ConversationAccess, message_id: str, text: str) -> bool:
        """True if the message was there already."""
        return await self._receive(access, Text(client_message_id=message_id, text=within_limit(text)))

    async def choose(self, access: ConversationAccess, message_id: str, payload: str) -> bool:
        return await self._receive(access, Choice(client_message_id=message_id, payload=within_limit(payload)))

    async def show(
        self, access: ConversationAccess, message_id: str, evidence_id: UUID, caption: str | None = None
    ) -> bool:
        """NotFound if the picture is not of this conversation."""
        await self._images.find(access.shop_id, access.conversation_id, evidence_id)
        words = None if caption is None else within_limit(caption)
        return await self._receive(access, Image(client_message_id=message_id, evidence_id=evidence_id, caption=words))

    async def flush(self, access: ConversationAccess) -> None:
        await _once_more(lambda: self._conversations.flush(access.shop_id, access.conversation_id))

    async def transcript(self, access: ConversationAccess, after: int) -> tuple[Visible, ...]:
        return await _once_more(lambda: self._conversations.transcript(access.shop_id, access.conversation_id, after))

    async def events(self, access: ConversationAccess, after: int, wait_s: float) -> tuple[Visible, ...]:
        """What came after; if nothing did, wait that long for it."""
        deadline = asyncio.get_running_loop().time() + wait_s
        async with self.watch(access) as watch:
            events = await self.transcript(access, after)
            while not events:
                try:
                    async with asyncio.timeout_at(deadline):
                        await watch.wait()
                except TimeoutError:
                    break
                events = await self.transcript(access, after)
        return events

    def watch(self, access: ConversationAccess) -> AbstractAsyncContextManager[Watch]:
        return self._conversations.watch(access.conversation_id)

    async def place(self, access: ConversationAccess) -> QueuePlace | None:
        """Where the customer stands who waits for a person."""
        return await self._people.place(access.shop_id, access.conversation_id)

    async def leave_queue(self, access: ConversationAccess) -> None:
        await self._people.leave(access.shop_id, access.conversation_id)

    async def rate(self, access: ConversationAccess, score: int) -> None:
        self._messages.take(access.conversation_id)
        await self._people.rate(access.shop_id, access.conversation_id, score)

    async def typing(self, access: ConversationAccess) -> None:
        self._messages.take(access.conversation_id)
        await self._people.typing(access.shop_id, access.conversation_id, Speaker.CUSTOMER)

    async def keep_image(self, access: ConversationAccess, content: bytes) -> Evidence:
        self._messages.take(access.conversation_id)
        return await self._images.keep(access.shop_id, access.conversation_id, content)

    async def open_image(self, access: ConversationAccess, evidence_id: UUID) -> Picture:
        return await self._images.open(access.shop_id, access.conversation_id, evidence_id)

    async def move_clock(self, access: ConversationAccess, by: timedelta) -> None:
        await self._conversations.move_clock(access.shop_id, access.conversation_id, by)

    async def _customer(self, shop: ShopId, token: str | None) -> CustomerId | None:
        identity = await self._shops.get(shop)
        if token is None:
            return None
        now = self._clock.now()
        secrets = identity.valid(SecretPurpose.CUSTOMER_TOKEN, now)
        return customer_token.verify(token, shop=shop, secrets=secrets, now=now).customer_id

    async def _receive(self, access: ConversationAccess, message: CustomerMessage) -> bool:
        self._messages.take(access.conversation_id)
        received = await _once_more(
            lambda: self._conversations.receive(access.shop_id, access.conversation_id, message)
        )
        return received.is_duplicate


async def _once_more(attempt: Callable[[], Awaitable[T]]) -> T:
    """For what may be repeated: a database that went away in the middle of it is waited for, not complained about."""
    try:
        return await attempt()
    except Unavailable:
        return await attempt()
