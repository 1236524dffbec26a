"""Policy: decision tables that say what is due, and the quotes in integer fen that follow. No I/O but loading a pack.

Models never come here; nothing here reads what a customer typed, but for the check digit of a tax id.
"""
