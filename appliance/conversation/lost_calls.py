"""Ends calls whose process died with them: their lines are gone, and nobody has said so."""

import logging
from datetime import timedelta
from typing import Final

from appliance.clock import Clock
from appliance.conversation.earshot import BROKEN
from appliance.conversation.service import Conversations
from appliance.conversation.store import SQL
from appliance.db import Database
from appliance.errors import ApplianceError
from security.errors import KeysUnavailable

_log = logging.getLogger(__name__)

SILENT: Final = timedelta(minutes=10)
"""A call that is held leaves something in the log far sooner: its own question whether somebody is there ends it."""
LOOKED_BACK: Final = timedelta(days=2)


class LostCalls:
    def __init__(self, db: Database, conversations: Conversations, clock: Clock) -> None:
        self._db = db
        self._conversations = conversations
        self._clock = clock

    async def end(self) -> None:
        """As if the caller had hung up: whoever has not heard his receipt to the end is called back. Each by itself."""
        now = self._clock.now()
        async with self._db.system() as conn:
            values = {"silent_since": now - SILENT, "begun_after": now - LOOKED_BACK}
            lost = await (await conn.execute(SQL["lost_calls"], values)).fetchall()
        for shop, conversation_id in lost:
            try:
                await self._conversations.heard(shop, conversation_id, (), ended=BROKEN)
            except (ApplianceError, KeysUnavailable) as failed:
                _log.warning("call.cannot_be_ended", extra={"code": failed.code, "shop_id": shop})
