"""Calls from a page of the shop (docs/page-call.md): a browser's microphone and loudspeaker, and no telephone."""
