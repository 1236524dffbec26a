"""What photo links need of others: the conversation that waits, the settings, a gateway that knows their SMS."""

from uuid import UUID

from appliance.aftersales.cases.port import AuditTrail
from appliance.aftersales.photo_links.jobs import PhotoLinkCare
from appliance.aftersales.photo_links.model import Terms
from appliance.aftersales.photo_links.secrets import LinkSecrets, Root
from appliance.aftersales.photo_links.service import PhotoOffers
from appliance.clock import Clock
from appliance.config import Settings
from appliance.conversation import store
from appliance.conversation.model import Image
from appliance.conversation.service import Conversations
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId
from appliance.jobs.queue import Jobs
from appliance.joints.sms import sends_links


class PhotoTalk:
    """``aftersales.photo_links.ports.Talk``"""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def show(self, shop: ShopId, conversation_id: ConversationId, evidence: tuple[UUID, ...]) -> None:
        for evidence_id in evidence:
            message = Image(client_message_id=f"photo-{evidence_id}", evidence_id=evidence_id)
            await self._conversations.receive(shop, conversation_id, message)
        await self._conversations.flush(shop, conversation_id)

    async def awaiting(self, conn: Connection, shop: ShopId, conversation_id: ConversationId) -> str | None:
        return await store.awaiting(conn, shop, conversation_id)


def terms_of(settings: Settings) -> Terms:
    photos = settings.photos
    return Terms(
        address=photos.address,
        said_as=photos.said_as,
        valid_min=photos.valid_min,
        most=photos.most,
        calls_back=photos.call_back,
    )


def photo_offers(settings: Settings, root: Root, audit: AuditTrail, clock: Clock) -> PhotoOffers | None:
    """None where callers have no address to go to."""
    if not settings.photos.address:
        return None
    return PhotoOffers(LinkSecrets(root), audit, clock, terms_of(settings), texts=sends_links(settings))


def care_for_photo_links(jobs: Jobs, care: PhotoLinkCare) -> None:
    async def send() -> None:
        await care.send_due()

    async def look() -> None:
        await care.end_due()
        await care.follow_up()

    jobs.every("* * * * * */3", "photo_links.send", send)
    jobs.every("* * * * * */30", "photo_links.look", look)
