"""A turn that hands over: the customer gets a place in the queue of people, in the transaction that ends the turn."""

from datetime import datetime

import msgspec

from appliance.conversation import store
from appliance.conversation.call_events import CallGivenToPeople
from appliance.conversation.events import HandoffMade
from appliance.conversation.performer import Performer
from appliance.conversation.ports import Asked, Desk, Place
from appliance.conversation.store import Claimed
from appliance.db import Connection
from appliance.dialogue.state import State
from appliance.ids import ShopId


async def draw(
    desk: Desk, performer: Performer, conn: Connection, shop: ShopId, claimed: Claimed, state: State, at: datetime
) -> Place:
    """LeaseLost where an agent has taken the conversation meanwhile."""
    await desk.lock(conn, shop)
    await store.check_floor(conn, shop, performer.conversation_id, claimed)
    made = next(event.data for event in performer.events if isinstance(event.data, HandoffMade))
    asked = Asked(
        conversation_id=performer.conversation_id,
        channel=claimed.channel,
        reason=made.reason,
        flow=state.top.flow if state.top else None,
        is_urgent=made.is_urgent,
        business_at=at,
    )
    place = await desk.draw(conn, shop, asked)
    if place.transfer_to and any(isinstance(event.data, CallGivenToPeople) for event in performer.events):
        place = msgspec.structs.replace(place, transfer_to="")  # its line is where all calls go
    performer.tell_place(asked, place)
    return place
