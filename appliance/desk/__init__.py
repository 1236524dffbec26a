"""People: who waits for them, who is there, and who has which conversation."""
