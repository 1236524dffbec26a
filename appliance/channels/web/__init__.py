"""The web channel: chat over HTTP and WebSocket for widgets, H5 pages and apps. It decides nothing."""
