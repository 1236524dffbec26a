"""A small asynchronous client of the chat protocol.

The client of the intranet API is a distribution of its own, in ``intranet``.

It knows the wire and nothing else: no database, no in-process call into the appliance.
"""

from appliance.client.chat import ChatClient, ChatError, Conversation, TurnTimeout

__all__ = ["ChatClient", "ChatError", "Conversation", "TurnTimeout"]
