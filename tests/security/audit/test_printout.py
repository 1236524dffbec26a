"""The page to print carries the whole signed checkpoint, and says nothing that the note does not."""

import hashlib
import html
import re

from security.audit.printout import page
from tests.security.audit.made_log import one_of


def test_the_note_can_be_typed_back_from_the_page() -> None:
    made = one_of(3)
    text = page(made.notes[0], made.first_key)
    found = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert found is not None
    assert html.unescape(found[1]) == made.notes[0]
    digest = hashlib.sha256(made.notes[0].encode()).hexdigest()
    assert digest in text.replace(" ", "")
    assert "<dd>3</dd>" in text


def test_a_code_to_scan_holds_the_note() -> None:
    made = one_of(1)
    drawn: list[str] = []

    def code(text: str) -> str:
        drawn.append(text)
        return "<svg></svg>"

    assert "<svg></svg>" in page(made.notes[0], made.first_key, code)
    assert drawn == made.notes


def test_what_came_from_elsewhere_is_escaped() -> None:
    made = one_of(1)
    assert "<script>" not in page(made.notes[0], "<script>alert(1)</script>")


def test_what_a_checkpoint_says_is_text_on_the_page_and_never_markup() -> None:
    made = one_of(1)
    hostile = """<script>alert(1)</script>"'&"""
    origin, _, rest = made.notes[0].partition("\n")
    text = page(f"{origin}{hostile}\n{rest}", hostile)
    assert "<script" not in text
    assert html.escape(hostile) in text
