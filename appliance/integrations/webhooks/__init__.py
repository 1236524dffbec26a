"""Webhooks out: the shop's own systems are told what happens in conversations. Signed, retried, in order."""
