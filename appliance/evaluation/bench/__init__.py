"""Measurements on this machine, each beside a baseline of its own from the same run, never from another."""
