"""A turn that hands over: the customer gets a place in the queue of people, in the transaction that ends the turn."""

from datetime import datetime

from appliance.conversation.events import HandoffMade
from appliance.conversation.performer import Performer
from appliance.conversation.ports import Asked, Desk, Place
from appliance.db import Connection
from appliance.dialogue.state import State
from appliance.ids import ShopId


async def draw(
    desk: Desk, performer: Performer, conn: Connection, shop: ShopId, channel: str, state: State, at: datetime
) -> Place:
    await desk.lock(conn, shop)
    made = next(event.data for event in performer.events if isinstance(event.data, HandoffMade))
    asked = Asked(
        conversation_id=performer.conversation_id,
        channel=channel,
        reason=made.reason,
        flow=state.top.flow if state.top else None,
        is_urgent=made.is_urgent,
        business_at=at,
    )
    place = await desk.draw(conn, shop, asked)
    performer.tell_place(asked, place)
    return place
