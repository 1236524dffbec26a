"""A request that comes again under the same key is the same request: the id of what it makes follows from the key.

So nothing has to be kept beside what was made, and nothing runs out. A key is its sender's own: two systems may use
the same one.
"""

from typing import Annotated, Final
from uuid import UUID, uuid5

from litestar.params import HeaderParameter

from appliance.channels.intranet.service import EVENT_ID
from appliance.identity.model import ApiClient

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        pattern=EVENT_ID,
        description="Made by the sender for this request; sent again under it, the request is done once",
    ),
]

_NAMES: Final = UUID("5a1f3d02-9d6e-4c55-8a0b-6d1c9e7f4b28")


def named(client: ApiClient, key: str | None, about: UUID | None = None) -> UUID | None:
    """``about``: what the thing that is made belongs to. None without a key: an id of its own is made."""
    return None if key is None else uuid5(_NAMES, f"{client.shop_id} {client.key_id} {about or ''} {key}")
