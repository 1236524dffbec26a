"""A small asynchronous client of the appliance's own APIs: the chat protocol, and reading a conversation's trace.

It knows the wire and nothing else: no database, no in-process call into the appliance.
"""

from appliance.client.chat import ChatClient, ChatError, Conversation, TurnTimeout
from appliance.client.intranet import IntranetClient

__all__ = ["ChatClient", "ChatError", "Conversation", "IntranetClient", "TurnTimeout"]
