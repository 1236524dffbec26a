"""The demo's shop as its customers see it: a page that includes the chat widget as any shop's page does."""
