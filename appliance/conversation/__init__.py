"""Conversations: the log, the lease, the turn; one turn at a time, each commit a place to go on from."""
