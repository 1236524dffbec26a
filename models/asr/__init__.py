"""Speech in: the FunASR runtime's WebSocket protocol, its client, and a worker that speaks it."""
