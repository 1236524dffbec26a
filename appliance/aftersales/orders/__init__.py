"""The order system: model, port, and the adapter that a mapping file drives."""
