"""The intranet API that the shop's own systems call: read a conversation's trace, report what happened to an order."""
