"""From what stands on a screen to what is said aloud: no digit, sign or bracket is left for an engine to guess at.

``text.py`` holds the order of the rules; each other module is one kind of thing. Words are in ``words.toml``.
"""
