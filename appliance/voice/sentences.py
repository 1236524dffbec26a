"""Cuts what a bot says into sentences: so much of it is heard or not, and from there it goes on."""

import re

_SENTENCE = re.compile(r"[^。！？；!?\n]+[。！？；!?]*")


def sentences(text: str) -> tuple[str, ...]:
    return tuple(cut for each in _SENTENCE.findall(text) if (cut := each.strip()))
