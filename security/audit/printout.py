"""The checkpoint on paper, once a day: what is in the auditor's folder cannot be rewritten by anybody with a computer.

One page of HTML with the note, a code to scan where a maker of such codes is handed in, and lines to sign on.
"""

import hashlib
from collections.abc import Callable
from html import escape
from pathlib import Path
from string import Template

from security.audit.checkpoint import parse_checkpoint

Drawn = Callable[[str], str]
"""A text as a code to scan, in SVG."""

_PAGE = Path(__file__).with_name("printout.html")
_GROUP = 8


def no_code(_: str) -> str:
    return ""


def page(note: str, key: str, drawn: Drawn = no_code) -> str:
    checkpoint = parse_checkpoint(note.partition("\n\n")[0] + "\n")
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        origin=escape(checkpoint.origin),
        size=checkpoint.size,
        root=grouped(checkpoint.root.hex()),
        ts=escape(checkpoint.ts),
        key=escape(key),
        sha256=grouped(hashlib.sha256(note.encode()).hexdigest()),
        note=escape(note),
        code=drawn(note),
    )


def grouped(digits: str) -> str:
    """In eights, so that two people can read it out and compare."""
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))
