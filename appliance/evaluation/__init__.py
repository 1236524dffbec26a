"""Scores the running appliance by conversations. A client like any other: it reads the log, it never reaches inside."""
