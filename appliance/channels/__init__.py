"""Channels: each turns its own world into messages of a conversation, and what its customer may see back into it."""
