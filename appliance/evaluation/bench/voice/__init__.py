"""``bench voice``: scripted callers on a throw-away appliance with the real engines, and bare engines beside it."""
