"""The labels that go with what leaves the product: who made it, with which models, and that a machine speaks in it."""

import msgspec

from appliance.conversation.model import TraceEvent, TraceExport
from appliance.ids import ConversationId, ShopId
from security.aigc import Metadata


class AiLabel(msgspec.Struct, frozen=True, kw_only=True):
    producer: str
    """Name or code of who provides the service (setting ``ai_label_producer``); empty: the shop's id."""
    in_words: str
    models: tuple[str, ...]

    def on(self, shop: ShopId, conversation_id: ConversationId, events: tuple[TraceEvent, ...]) -> TraceExport:
        metadata = Metadata(content_producer=self.producer or shop, produce_id=str(conversation_id))
        return TraceExport(metadata=metadata, ai_label=self.in_words, models=self.models, events=events)
