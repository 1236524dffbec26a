"""Traces for a collector of the intranet: how long each stage of a turn took. Off by default, and of no person."""
