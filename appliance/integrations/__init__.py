"""What other systems of the enterprise are told and asked. It reads the log, and never writes into a conversation."""
