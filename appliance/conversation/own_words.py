"""What a customer gave himself, shown to him whole before he says yes to it: put in when his words are delivered.

Kept, logged, shown to the shop's people and given to models is a part of it and a placeholder. That it is shown, and
what for, is said to the audit log by the turn that asks for the yes.
"""

from collections.abc import Mapping

import msgspec

from appliance.conversation.bodies import Shown
from appliance.conversation.events import BotSaid
from appliance.conversation.model import Visible
from appliance.conversation.ports import Masking
from appliance.conversation.store import StoredEvent
from appliance.db import Connection
from appliance.ids import ConversationId, ShopId
from security.crypto.subject import SubjectKeys

_decoder = msgspec.json.Decoder(Shown)


def of(event: StoredEvent, body: bytes | None) -> Mapping[str, str]:
    """Placeholders by the part of them that stands in the words."""
    return _decoder.decode(body).own if event.type == BotSaid.TYPE and body else {}


async def with_whole(
    conn: Connection,
    masking: Masking,
    shop: ShopId,
    conversation_id: ConversationId,
    keys: SubjectKeys,
    event: Visible,
    own: Mapping[str, str],
) -> Visible:
    """What is not kept any more stays as it is shown to everybody."""
    text = event.text
    for part, placeholder in own.items():
        value = await masking.value_of(conn, shop, conversation_id, keys, placeholder)
        text = text.replace(part, value or part, 1)
    return msgspec.structs.replace(event, text=text)
