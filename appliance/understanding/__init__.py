"""Text to commands: fast path, then the command models in order, then what is left is checked against the context."""
